import { hasQuirk, NEWEST, QUIRKS, type QuirkId, releaseOf } from "../spire/index.js";
import type { Rule } from "./examine.js";
import { at, isObject, listAt, objectAt, type Path, stringAt } from "./path.js";

/** Settings that only some releases have, with the quirk that tells which; `*` stands for every key. */
const SETTINGS: readonly (readonly [Path, QuirkId])[] = [
  [["agent", "experimental", "ratelimit"], "rate-limits"],
  [["agent", "disable_sds_api"], "apis-can-be-disabled"],
  [["agent", "disable_workload_api"], "apis-can-be-disabled"],
  [["agent", "authorized_delegates"], "delegated-identity"],
  [["workloads", "*", "adminSocket"], "delegated-identity"],
  [["agent", "sds", "default_all_bundles_name"], "sds-spiffe-validator"],
  [["agent", "sds", "disable_spiffe_cert_validation"], "sds-validator-can-be-disabled"],
  [["agent", "sds", "enable_deprecated_v2_api"], "sds-v2-deprecated"],
  [["entries", "*", "hint"], "hints"],
  [["entries", "*", "jwtSVIDTTL"], "jwt-svid-ttl"],
];

const SPIRE = ["world", "spire"] as const;

/** A setting that the release does not have would be ignored without a word. */
export const spireHasItsSettings: Rule = function* (experiment) {
  const version = stringAt(experiment, [...SPIRE, "version"]) ?? NEWEST;
  const release = releaseIn(version);
  if (release === undefined) return;
  for (const [pattern, quirk] of SETTINGS) {
    if (hasQuirk(release, quirk)) continue;
    for (const path of pathsOf(experiment, [...SPIRE, ...pattern])) {
      const name = String(path.at(-1));
      const sentence = `SPIRE ${version} has no ${name}`;
      yield { path, onKey: true, sentence, remedy: `it is in releases ${QUIRKS[quirk].where}` };
    }
  }
};

/** Delegates ask over an admin socket, which here belongs to a workload as every socket does. */
export const delegatesCanAsk: Rule = function* (experiment) {
  const path = [...SPIRE, "agent", "authorized_delegates"];
  if (listAt(experiment, path).length === 0) return;
  const workloads = Object.values(objectAt(experiment, [...SPIRE, "workloads"]));
  if (workloads.some((workload) => isObject(workload) && workload.adminSocket !== undefined)) return;
  const remedy = "give the delegate's workload an adminSocket: true";
  yield {
    path,
    onKey: true,
    sentence: "authorized_delegates changes nothing: no workload has an admin socket",
    remedy,
  };
};

/** Another rule has told of a version that is none. */
function releaseIn(version: string): ReturnType<typeof releaseOf> | undefined {
  try {
    return releaseOf(version);
  } catch {
    return undefined;
  }
}

function pathsOf(value: unknown, pattern: Path): Path[] {
  const star = pattern.indexOf("*");
  if (star === -1) return at(value, pattern) === undefined ? [] : [pattern];
  const head = pattern.slice(0, star);
  return Object.keys(objectAt(value, head)).flatMap((key) =>
    pathsOf(value, [...head, key, ...pattern.slice(star + 1)]),
  );
}
