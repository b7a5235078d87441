/** Policy names as Vault keeps them: lower case, sorted, each once; `root` stands alone. (sdk/helper/policyutil) */
export function sanitizePolicies(policies: readonly string[], addDefault: boolean): string[] {
  const names = new Set(policies.map((name) => name.trim().toLowerCase()).filter((name) => name !== ""));
  if (names.has("root")) return ["root"];
  if (addDefault) names.add("default");
  return [...names].sort();
}

/** Policies that Vault hands out itself and to nobody else. */
export const NON_ASSIGNABLE: ReadonlySet<string> = new Set(["response-wrapping", "control-group"]);

/** Does a name fit a pattern, in which each star stands for any text? (ryanuber/go-glob) */
export function globFits(pattern: string, name: string): boolean {
  const parts = pattern.split("*");
  const [head = "", ...rest] = parts;
  const tail = rest.pop();
  if (tail === undefined) return pattern === name;
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - at >= tail.length && name.endsWith(tail);
}
