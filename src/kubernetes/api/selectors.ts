import { type KubernetesObject, textAt } from "../objects.js";
import { badRequest } from "../status.js";

/**
 * Does an object fit a label selector (`a=b,c!=d,e,!f,g in (h,i)`) and a field selector (`metadata.name=x`)?
 * @throws ApiError 400
 */
export function selects(labelSelector: string, fieldSelector: string, object: KubernetesObject): boolean {
  const labels = object.metadata.labels ?? {};
  const fitsLabels = terms(labelSelector).every((term) => fitsLabel(term, labels));
  return fitsLabels && terms(fieldSelector).every((term) => fitsField(term, object));
}

function terms(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== "");
}

function fitsLabel(term: string, labels: Readonly<Record<string, string>>): boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const value = labels[key];
    const inside = value !== undefined && list.split(",").some((item) => item.trim() === value);
    return operator === "in" ? inside : !inside;
  }
  const [, key = "", operator, value = ""] = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/.exec(term) ?? [];
  const [, stray] = /^!?\S+\s+(\S+)/.exec(term) ?? [];
  if (operator === undefined && stray !== undefined) {
    throw badRequest(`unable to parse requirement: found '${stray}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  if (operator === undefined) return term.startsWith("!") ? !(term.slice(1) in labels) : term in labels;
  return operator === "!=" ? labels[key] !== value : labels[key] === value;
}

function fitsField(term: string, object: KubernetesObject): boolean {
  const [, field = "", operator, value = ""] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? [];
  if (operator === undefined) throw badRequest(`invalid field selector ${JSON.stringify(term)}`);
  const found = textAt(object, ...field.split("."));
  return operator === "!=" ? found !== value : found === value;
}
