import { goJson } from "../../runtime/index.js";

/** JSON as Go encodes maps: keys sorted at every depth. (Go: encoding/json) */
export function goMapJson(value: unknown): string {
  return goJson(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
