import type { Permissions } from "./acl.js";

/** Which parameter is in the way, in words for the journal. */
export interface ParameterRefusal {
  readonly wanted: string;
  readonly got: string;
}

/**
 * Do a request's parameters keep to the rule? Names are compared in lower case, except that a required parameter is looked up
 * exactly as the lower-cased name. A request without data is let through. (vault/acl.go: AllowOperation)
 */
export function refusedParameter(
  data: Readonly<Record<string, unknown>>,
  rule: Permissions,
  byElement: boolean,
): ParameterRefusal | undefined {
  for (const name of rule.required) {
    if (!(name.toLowerCase() in data))
      return { wanted: `the parameter "${name}" (required_parameters)`, got: "a request without it" };
  }
  const sent = Object.entries(data);
  if (sent.length === 0) return undefined;
  return refusedByDenied(sent, rule, byElement) ?? refusedByAllowed(sent, rule, byElement);
}

type Sent = readonly (readonly [name: string, value: unknown])[];

function refusedByDenied(sent: Sent, { denied }: Permissions, byElement: boolean): ParameterRefusal | undefined {
  if (denied.size === 0) return undefined;
  if (denied.has("*")) return { wanted: "no parameters (denied_parameters has a star)", got: names(sent) };
  for (const [name, value] of sent) {
    const values = denied.get(name.toLowerCase());
    const hit = (one: unknown): boolean => values !== undefined && inList(one, values);
    if (hit(value) || (byElement && elements(value).some(hit))) {
      return { wanted: `no "${name}" among denied_parameters`, got: show(name, value) };
    }
  }
  return undefined;
}

function refusedByAllowed(sent: Sent, { allowed }: Permissions, byElement: boolean): ParameterRefusal | undefined {
  if (allowed.size === 0) return undefined;
  const others = allowed.has("*");
  if (others && allowed.size === 1) return undefined;
  for (const [name, value] of sent) {
    const values = allowed.get(name.toLowerCase());
    if (values === undefined && !others) {
      return { wanted: `one of allowed_parameters: ${[...allowed.keys()].join(", ")}`, got: show(name, value) };
    }
    if (values !== undefined && !inList(value, values) && !(byElement && allInList(value, values))) {
      return {
        wanted: `"${name}" to be one of ${JSON.stringify(values)} (allowed_parameters)`,
        got: show(name, value),
      };
    }
  }
  return undefined;
}

/** A list, or a text that may stand for one. */
function elements(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === "string" ? value.split(",").map((part) => part.trim()) : [];
}

function allInList(value: unknown, list: readonly unknown[]): boolean {
  if (!Array.isArray(value) && typeof value !== "string") return false;
  return elements(value).every((one) => inList(one, list));
}

/** An empty list holds every value. Only strings are globbed; numbers of JSON never equal those of HCL. */
function inList(value: unknown, list: readonly unknown[]): boolean {
  if (list.length === 0) return true;
  return list.some((item) => {
    if (typeof item === "string" && typeof value === "string") return globMatches(item, value);
    return isSame(item, value);
  });
}

/** (Go: reflect.DeepEqual of what HCL and JSON decode to) */
function isSame(item: unknown, value: unknown): boolean {
  if (Array.isArray(item) && Array.isArray(value)) {
    return item.length === value.length && item.every((one, i) => isSame(one, value[i]));
  }
  return (typeof item === "boolean" || typeof item === "string") && item === value;
}

/** A star counts at either end only, and not on its own. (go-secure-stdlib: strutil.GlobbedStringsMatch) */
function globMatches(pattern: string, text: string): boolean {
  if (pattern.length < 2) return pattern === text;
  const head = pattern.startsWith("*");
  const tail = pattern.endsWith("*");
  const bare = pattern.slice(head ? 1 : 0, tail ? -1 : undefined);
  if (head && tail) return text.includes(bare);
  if (head) return text.endsWith(bare);
  return tail ? text.startsWith(bare) : pattern === text;
}

function names(sent: Sent): string {
  return sent.map(([name]) => name).join(", ");
}

function show(name: string, value: unknown): string {
  return `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`;
}
