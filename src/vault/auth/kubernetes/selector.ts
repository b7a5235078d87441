/** Labels that a namespace must carry, all of them. */
export type LabelSelector = Readonly<Record<string, string>>;

/**
 * Reads a label selector from JSON or YAML; `undefined` where Vault refuses it. Only matchLabels are supported.
 * (vault-plugin-auth-kubernetes: makeNsLabelSelector)
 */
export async function parseSelector(text: string): Promise<LabelSelector | undefined> {
  const selector = await parse(text);
  if (typeof selector !== "object" || selector === null || Array.isArray(selector)) return undefined;
  const { matchLabels, matchExpressions } = selector as { matchLabels?: unknown; matchExpressions?: unknown };
  if (matchExpressions !== undefined && matchExpressions !== null) return undefined;
  if (matchLabels === undefined || matchLabels === null) return {};
  if (typeof matchLabels !== "object" || Array.isArray(matchLabels)) return undefined;
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(matchLabels)) {
    if (typeof value !== "string") return undefined;
    labels[name] = value;
  }
  return labels;
}

async function parse(text: string): Promise<unknown> {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const { parse: parseYaml } = await import("../../../runtime/yaml.js");
    try {
      return parseYaml(text) as unknown;
    } catch {
      return undefined;
    }
  }
}

/** An empty selector matches every namespace. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
