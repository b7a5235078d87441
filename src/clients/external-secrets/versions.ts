import { inRange, type Version } from "../../runtime/index.js";
import type { GoProgram } from "../go/program.js";
import { rowFor } from "../releases.js";

/** Newest patch of each minor release (tags of external-secrets/external-secrets, August 2026). */
export const RELEASES = [
  "0.8.17",
  "0.9.20",
  "0.10.7",
  "0.11.0",
  "0.12.1",
  "0.13.0",
  "0.14.4",
  "0.15.1",
  "0.16.2",
  "0.17.0",
  "0.18.2",
  "0.19.2",
  "0.20.4",
  "1.0.0",
  "1.1.1",
  "1.2.1",
  "1.3.2",
  "2.0.1",
  "2.1.0",
  "2.2.0",
  "2.3.0",
  "2.4.1",
  "2.5.0",
  "2.6.0",
  "2.7.0",
  "2.8.0",
  "2.9.0",
] as const;

/** From which release on: `go` line of go.mod, which is also what builds the images (publish.yml), and go-retryablehttp. */
const BUILDS: readonly (readonly [since: string, go: string, retryablehttp: string])[] = [
  ["0.8.0", "1.19", "0.7.2"],
  ["0.8.4", "1.19", "0.7.4"],
  ["0.8.10", "1.21", "0.7.5"],
  ["0.9.0", "1.19", "0.7.4"],
  ["0.9.7", "1.21", "0.7.4"],
  ["0.9.10", "1.21", "0.7.5"],
  ["0.9.17", "1.22", "0.7.5"],
  ["0.9.18", "1.22", "0.7.6"],
  ["0.9.19", "1.22", "0.7.7"],
  ["0.10.1", "1.23", "0.7.7"],
  ["0.14.4", "1.24", "0.7.7"],
  ["0.18.2", "1.24", "0.7.8"],
  ["0.20.2", "1.25", "0.7.8"],
  ["2.2.0", "1.26", "0.7.8"],
];

export function buildOf(version: Version): GoProgram {
  const [, go, retryablehttp] = rowFor(BUILDS, version) ?? ["", "1.19", "0.7.2"];
  return { goLine: go, toolchain: go, retryablehttp };
}

/** Behaviours that only some releases have, read from the provider and the controllers at the tags. */
export const QUIRKS = {
  "auth-namespace": { where: ">=0.9.14", says: "auth.namespace is used for the login alone." },
  "created-is-told": {
    where: ">=0.9.17",
    says: "A new Secret has an event Created; before, it was Updated like any other.",
  },
  "token-lifetime-checked": {
    where: ">=0.9.20",
    says: "lookup-self must tell ttl and expire_time; under 60 s counts as expired.",
  },
  "validation-error-shown": {
    where: ">=0.10 <0.20",
    says: "The condition of a store that fails validation ends with the error; elsewhere only the event has it.",
  },
  headers: { where: ">=0.10", says: "spec.provider.vault.headers are sent." },
  "metadata-folder-exact": {
    where: ">=0.10.3",
    says: "Without a path, the metadata of a key are where its folder /data/ is replaced; before, its first `data`.",
  },
  "find-in-kv1": { where: ">=0.10.4", says: "A KV 1 engine can be searched by name; only tags are refused." },
  "ca-decoded-twice": { where: ">=0.10.1", says: "caBundle may be base64 of base64; CA errors are worded anew." },
  "short-sync-message": {
    where: ">=0.11",
    says: "A synced secret is announced as `secret synced`; a store that is not ready is named with its kind.",
  },
  "spec-data-prefix": { where: ">=0.12", says: "Failures begin with `error processing spec.data[0] (key: …)`." },
  "empty-folder-is-no-secret": {
    where: ">=0.12",
    says: "A folder without secrets is told as a secret that does not exist.",
  },
  "secret-namespace-named": { where: ">=0.14.1", says: "A Secret that is missing is named with its namespace." },
  "push-waits-for-refresh": {
    where: ">=0.14",
    says: "A PushSecret that did not change is left alone until its refreshInterval is over.",
  },
  "auth-optional": { where: ">=0.14.4", says: "A store without auth is used without a token." },
  "token-request-first": {
    where: ">=0.15.1",
    says: "The TokenRequest comes before the service account's own Secrets.",
  },
  "validation-is-config-error": {
    where: ">=0.19",
    says: "A store that fails validation has reason InvalidProviderConfig.",
  },
  "check-and-set": { where: ">=0.20", says: "checkAndSet.required makes PushSecret send the version that it read." },
  "push-compares-values": {
    where: ">=0.20.3",
    says: "A whole secret is compared by its values before it is written; before, by its JSON text, and single properties, too.",
  },
  "cert-auth-path": { where: ">=0.20.2", says: "auth.cert.path names the mount." },
  "push-hides-json-errors": {
    where: ">=1.3.2",
    says: "A pushed value that is no JSON object is not quoted in the error.",
  },
  "cert-auth-role": { where: ">=2.3", says: "auth.cert.vaultRole is sent as the name." },
  "ca-provider-stays-home": { where: ">=2.4", says: "A SecretStore's caProvider may name no other namespace." },
  "system-metadata": {
    where: ">=2.8",
    says: "metadataPolicy Fetch gives created_time, current_version and delete_version_after, too.",
  },
} as const satisfies Record<string, { where: string; says: string }>;

export type QuirkId = keyof typeof QUIRKS;

export function hasQuirk(version: Version, id: QuirkId): boolean {
  return inRange(version, QUIRKS[id].where);
}
