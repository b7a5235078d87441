import { compareVersions, parseVersion, type Version } from "../runtime/index.js";
import type { Release } from "./release.js";

/**
 * First release of Vault → the Go that built it ("core: Bump Go version to …" in hashicorp/vault's CHANGELOG).
 * unverified: 1.8 to 1.12, 1.15 to 1.17, 1.19.0, 1.20.0, 1.21.0 and 2.0.0 are from memory of that file; 1.13.0, 1.14.0,
 * 1.18.0, 1.19.4, 1.21.2 and 2.1.1 were read in it.
 */
const GO: readonly (readonly [vault: string, go: string])[] = [
  ["1.8.0", "1.16"],
  ["1.9.0", "1.17"],
  ["1.12.0", "1.19"],
  ["1.13.0", "1.20"],
  ["1.15.0", "1.21"],
  ["1.17.0", "1.22"],
  ["1.19.0", "1.23"],
  ["1.19.4", "1.24"],
  ["1.21.0", "1.25"],
  ["2.0.0", "1.26"],
];

const OLDEST: Version = [0, 0, 0];

/** The Go that a release was built with, such as `1.24`: its TLS alerts depend on it. OpenBao: taken for a current one. */
export function goOf(release: Release): string {
  if (release.product === "openbao") return "1.26";
  const row = GO.findLast(([since]) => compareVersions(release.version, parseVersion(since) ?? OLDEST) >= 0);
  return row?.[1] ?? "1.16";
}
