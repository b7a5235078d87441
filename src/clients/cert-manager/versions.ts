import { inRange, type Version } from "../../runtime/index.js";
import type { GoProgram } from "../go/program.js";
import { rowFor } from "../releases.js";

/** Newest patch of each minor release (tags of cert-manager/cert-manager, August 2026). */
export const RELEASES = [
  "1.11.5",
  "1.12.17",
  "1.13.6",
  "1.14.7",
  "1.15.5",
  "1.16.5",
  "1.17.4",
  "1.18.6",
  "1.19.6",
  "1.20.3",
  "1.21.1",
] as const;

/**
 * From which release on: `go` line of cmd/controller's go.mod, Go that built the images (make: VENDORED_GO_VERSION),
 * go-retryablehttp. 1.11.5 is listed with the Go of the recordings; its own images were built with 1.19.
 */
const BUILDS: readonly (readonly [since: string, goLine: string, toolchain: string, retryablehttp: string])[] = [
  ["1.11.0", "1.19", "1.19", "0.7.1"],
  ["1.11.5", "1.19", "1.20", "0.7.1"],
  ["1.12.0", "1.20", "1.20", "0.7.2"],
  ["1.12.9", "1.20", "1.21", "0.7.2"],
  ["1.12.13", "1.21", "1.21", "0.7.7"],
  ["1.12.16", "1.21", "1.23", "0.7.7"],
  ["1.12.17", "1.23", "1.23", "0.7.7"],
  ["1.13.0", "1.20", "1.20", "0.7.4"],
  ["1.13.5", "1.20", "1.21", "0.7.4"],
  ["1.14.0", "1.21", "1.21", "0.7.5"],
  ["1.15.0", "1.22", "1.22", "0.7.6"],
  ["1.15.1", "1.22", "1.22", "0.7.7"],
  ["1.16.0", "1.22", "1.23", "0.7.7"],
  ["1.16.5", "1.23", "1.23", "0.7.7"],
  ["1.18.0", "1.23", "1.24", "0.7.7"],
  ["1.18.4", "1.24", "1.24", "0.7.7"],
  ["1.19.0", "1.25", "1.25", "0.7.8"],
  ["1.20.0", "1.25", "1.26", "0.7.8"],
  ["1.21.0", "1.26", "1.26", "0.7.8"],
];

export function buildOf(version: Version): GoProgram {
  const [, goLine, toolchain, retryablehttp] = rowFor(BUILDS, version) ?? ["", "1.19", "1.19", "0.7.1"];
  return { goLine, toolchain, retryablehttp };
}

/** Behaviours that only some releases have, read from internal/vault/vault.go and pkg/issuer/vault/setup.go at the tags. */
export const QUIRKS = {
  "service-account-ref": {
    where: ">=1.12",
    says: "serviceAccountRef exists; Kubernetes auth errors got a common prefix.",
  },
  "app-role-key-required": { where: ">=1.12", says: "An AppRole without secretRef.key is refused." },
  "sealed-is-named": { where: ">=1.14", says: "501 and 503 of sys/health have texts of their own, others are shown." },
  "token-audiences": {
    where: ">=1.15",
    says: "serviceAccountRef.audiences are asked for before the default audience.",
  },
  "client-certificate": { where: ">=1.15", says: "clientCertSecretRef and clientKeySecretRef are presented in TLS." },
  "certificate-auth": { where: ">=1.16", says: "auth.clientCertificate logs in at the cert auth method." },
  "health-prefix": { where: ">=1.17", says: "Health failures are prefixed in the condition." },
  "server-name": { where: ">=1.18", says: "serverName is asked for and verified instead of the host." },
  "server-audience": { where: ">=1.20", says: "spec.vault.server is the last audience of the token." },
  "aws-auth": { where: ">=1.21", says: "auth.aws exists." },
  "no-certificates-said": { where: ">=1.18.3", says: "A reply without a certificate is said to have no valid ones." },
  "other-key-refused": {
    where: ">=1.18.5 <1.19 || >=1.19.3",
    says: "A certificate of another key than the request's is not stored; the Certificate says InvalidCertificate.",
  },
  "filtered-secrets": { where: ">=1.13", says: "A Secret that is not there is named with the API's plural." },
  "request-named-by-revision": { where: ">=1.13", says: "A CertificateRequest is named by its revision." },
} as const satisfies Record<string, { where: string; says: string }>;

export type QuirkId = keyof typeof QUIRKS;

export function hasQuirk(version: Version, id: QuirkId): boolean {
  return inRange(version, QUIRKS[id].where);
}
