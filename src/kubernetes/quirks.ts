import { inRange, MistrustError, parseVersion, type Version } from "../runtime/index.js";

interface Quirk {
  /** Releases of Kubernetes that behave so. */
  readonly range: string;
  readonly doc: string;
}

/** What only some releases of kube-apiserver do. */
export const QUIRKS = {
  "token-id": {
    range: ">=1.30",
    doc: "Issued tokens carry a `jti`, and reviews name it as `authentication.kubernetes.io/credential-id`. (KEP-4193)",
  },
  "node-claims": {
    range: ">=1.30",
    doc: "Tokens bound to a pod on a node name that node, and tokens can be bound to a Node. (KEP-4193)",
  },
  "self-subject-review": { range: ">=1.28", doc: "`selfsubjectreviews` is served in v1. (KEP-3325)" },
  "creation-timestamp-null": {
    range: "<1.34",
    doc: "Objects without a creation time print `creationTimestamp: null`. (apimachinery 0.34 leaves it out)",
  },
  "token-request-uid": {
    range: ">=1.34",
    doc: "A TokenRequest has the service account's uid, and is refused with another one. (TokenRequestServiceAccountUIDValidation)",
  },
  "version-emulation": {
    range: ">=1.33",
    doc: "`/version` tells emulated and minimum compatible versions. (KEP-4330)",
  },
} as const satisfies Record<string, Quirk>;

export type KubernetesQuirk = keyof typeof QUIRKS;

/** A release of kube-apiserver and what it is known to do. */
export interface KubernetesRelease {
  /** `v1.34.4`. */
  readonly gitVersion: string;
  readonly version: Version;
  quirk(id: KubernetesQuirk): boolean;
}

/** @throws MISTRUST_VERSION_UNKNOWN if `text` is no version number */
export function kubernetesRelease(text: string): KubernetesRelease {
  const version = parseVersion(text);
  if (version === undefined) {
    throw new MistrustError(
      "MISTRUST_VERSION_UNKNOWN",
      `"${text}" is no Kubernetes version; write it as 1.34.4 or v1.34.4`,
    );
  }
  return {
    gitVersion: `v${version.join(".")}`,
    version,
    quirk: (id) => inRange(version, QUIRKS[id].range),
  };
}
