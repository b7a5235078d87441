import { inRange, MistrustError, parseVersion, type Version } from "../runtime/index.js";

/** A named behaviour that only some releases of istiod or of the proxy have. Ranges as in `>=1.21.0 <1.24.0`. */
export interface Quirk {
  readonly where: string;
  /** One sentence: what such a release does. */
  readonly says: string;
  readonly source: string;
}

export const QUIRKS = {
  "verify-flag": {
    where: ">=1.12.0 <1.24.0",
    says: "istiod reads VERIFY_CERTIFICATE_AT_CLIENT.",
    source: "istio/istio #33472 (1.12), removed by #52599 (1.24.0)",
  },
  "verifies-by-default": {
    where: ">=1.21.0",
    says: "A DestinationRule with TLS and no CA is verified against the operating system's CAs, as file-root:system.",
    source: "istio/istio #48225 (1.21.0); without a switch since 1.24.0",
  },
  "files-server": {
    where: ">=1.26.0",
    says: "Beside somebody else's workload socket the istio-agent serves files on a socket of its own.",
    source: "istio/istio #54725",
  },
  "log-names-cluster": {
    where: ">=1.18.0",
    says: "Envoy's line about a closed xDS stream names the cluster.",
    source:
      "recorded by istio/istio #40364 (1.14, without) and spiffe/spire #5687 (1.22, with); unverified: the release between",
  },
  "log-says-via-upstream": {
    where: ">=1.28.0",
    says: "Envoy's line about a closed xDS stream ends with {via_upstream}.",
    source: "recorded on Envoy 1.36.2 to 1.40.0; spiffe/spire #5687 (1.22) has none; unverified: the release between",
  },
  "body-tells-tls-error": {
    where: "<1.30.0",
    says: "The body of Envoy's 503 tells the TLS error.",
    source: "recorded on Envoy 1.36.2 and 1.37.0 (with) and 1.38.3 to 1.40.0 (without)",
  },
  "old-found-line": {
    where: "<1.25.0",
    says: "The agent's line about a foreign workload socket names no path.",
    source: "istio/istio pkg/istio-agent/agent.go of 1.21 and 1.25; unverified: the releases between",
  },
} as const satisfies Record<string, Quirk>;

export type QuirkId = keyof typeof QUIRKS;

export interface Release {
  readonly text: string;
  readonly version: Version;
}

/** Reads `1.22.3`. @throws MISTRUST_VERSION_UNKNOWN */
export function releaseOf(text: string): Release {
  const version = parseVersion(text);
  if (version === undefined || inRange(version, "<1.12.0")) {
    throw new MistrustError("MISTRUST_VERSION_UNKNOWN", `"${text}" is not an Istio release that can be emulated`, {
      remedy: 'name one from 1.12 on, such as "1.22.3"',
    });
  }
  return { text: version.join("."), version };
}

/** Does `release` behave as the quirk says? */
export function hasQuirk(release: Release, id: QuirkId): boolean {
  return inRange(release.version, QUIRKS[id].where);
}
