import { z } from "zod";
import { at, isObject, type JsonObject, listAt, objectAt, type Path } from "./path.js";
import { Scenario } from "./schema/index.js";

/** The format as JSON Schema, draft 2020-12, for editors: what `schema/scenario.v1.json` holds. */
export function scenarioJsonSchema(): JsonObject {
  return z.toJSONSchema(Scenario, { target: "draft-2020-12", io: "input" });
}

/** The text of `schema/scenario.v1.json`. */
export function scenarioJsonSchemaText(): string {
  return `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;
}

/** The keys that the object at `path` of `value` may have; none where any are allowed. */
export function keysAt(schema: JsonObject, value: unknown, path: Path): string[] {
  let here = choose(schema, schema, value);
  for (const [i, step] of path.entries()) {
    const next =
      typeof step === "number" ? here.items : (objectAt(here, ["properties"])[step] ?? here.additionalProperties);
    here = choose(schema, isObject(next) ? next : {}, at(value, path.slice(0, i + 1)));
  }
  return Object.keys(objectAt(here, ["properties"]));
}

/** Follows a reference, and takes the branch of a union that `value` is meant for. */
function choose(root: JsonObject, node: JsonObject, value: unknown): JsonObject {
  if (typeof node.$ref === "string")
    return choose(root, objectAt(root, node.$ref.replace(/^#\//, "").split("/")), value);
  const branches = [...listAt(node, ["oneOf"]), ...listAt(node, ["anyOf"])].filter(isObject);
  if (branches.length === 0) return node;
  const resolved = branches.map((branch) => choose(root, branch, value));
  const meant =
    resolved.find((branch) => discriminates(branch, value)) ?? resolved.find((branch) => "properties" in branch);
  return meant ?? node;
}

function discriminates(branch: JsonObject, value: unknown): boolean {
  return Object.entries(objectAt(branch, ["properties"])).some(
    ([key, property]) => isObject(property) && "const" in property && property.const === at(value, [key]),
  );
}
