import type { Entity, Group } from "../core/identity.js";

/** Why a path's `{{…}}` cannot be a template at all. (sdk/helper/identitytpl: PopulateString) */
export function templateProblem(path: string): string | undefined {
  return pieces(path) === undefined ? "unbalanced templating characters" : undefined;
}

/** Fills in the templates of a path; `undefined` where one has no value, and then the rule does not count. */
export function renderTemplate(path: string, entity: Entity | undefined, groups: readonly Group[]): string | undefined {
  const parts = pieces(path);
  if (parts === undefined) return undefined;
  let rendered = "";
  for (const part of parts) {
    const value = typeof part === "string" ? part : valueOf(part.selector, entity, groups);
    if (value === undefined) return undefined;
    rendered += value;
  }
  return rendered;
}

function pieces(path: string): (string | { readonly selector: string })[] | undefined {
  const [first = "", ...rest] = path.split("{{");
  if (first.includes("}}")) return undefined;
  const parts: (string | { selector: string })[] = [first];
  for (const piece of rest) {
    const [selector = "", text, extra] = piece.split("}}");
    if (text === undefined || extra !== undefined) return undefined;
    parts.push({ selector: selector.trim() }, text);
  }
  return parts;
}

function valueOf(selector: string, entity: Entity | undefined, groups: readonly Group[]): string | undefined {
  if (selector.startsWith("identity.entity.")) {
    return entity === undefined ? undefined : entityValue(selector.slice("identity.entity.".length), entity);
  }
  const group = /^identity\.groups\.(ids|names)\.([^.]+)\.(.+)$/.exec(selector);
  if (group === null) return undefined;
  const [, by, key, what] = group;
  const found = groups.find(({ id, name }) => (by === "ids" ? id : name) === key);
  if (what === "id") return found?.id;
  return what === "name" ? found?.name : undefined;
}

function entityValue(what: string, entity: Entity): string | undefined {
  if (what === "id") return entity.id;
  if (what === "name") return entity.name;
  if (what.startsWith("metadata.")) return entity.metadata?.[what.slice("metadata.".length)];
  const alias = /^aliases\.([^.]+)\.(.+)$/.exec(what);
  const found = entity.aliases.find(({ mountAccessor }) => mountAccessor === alias?.[1]);
  const key = alias?.[2] ?? "";
  if (found === undefined) return undefined;
  if (key === "id") return found.id;
  if (key === "name") return found.name;
  return key.startsWith("metadata.") ? found.metadata[key.slice("metadata.".length)] : undefined;
}
