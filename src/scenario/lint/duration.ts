import { parseGoDuration } from "../../runtime/index.js";

/** Why `value` is no duration for Go's time.ParseDuration, which Kubernetes manifests are read with. */
export function goDurationProblem(value: unknown): string | undefined {
  if (typeof value !== "string" || value.includes("{{")) return undefined;
  return parseGoDuration(value) === undefined ? `"${value}" is not a duration` : undefined;
}

/** Why `value` is no duration for Vault, which also takes plain seconds and days. (go-secure-stdlib/parseutil) */
export function vaultDurationProblem(value: unknown): string | undefined {
  if (typeof value === "number")
    return Number.isInteger(value) ? undefined : `${value} is not a whole number of seconds`;
  if (typeof value !== "string") return `${JSON.stringify(value)} is not a duration`;
  if (value === "" || value.includes("{{") || /^-?\d+d?$/.test(value)) return undefined;
  return parseGoDuration(value) === undefined ? `"${value}" is not a duration` : undefined;
}
