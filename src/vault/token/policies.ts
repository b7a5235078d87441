/** Policy names as Vault keeps them: lower case, sorted, each once; `root` stands alone. (sdk/helper/policyutil) */
export function sanitizePolicies(policies: readonly string[], addDefault: boolean): string[] {
  const names = new Set(policies.map((name) => name.trim().toLowerCase()).filter((name) => name !== ""));
  if (names.has("root")) return ["root"];
  if (addDefault) names.add("default");
  return [...names].sort();
}

/** Policies that Vault hands out itself and to nobody else. */
export const NON_ASSIGNABLE: ReadonlySet<string> = new Set(["response-wrapping", "control-group"]);
