import { goJsonError } from "../../runtime/index.js";
import { isObject, type JsonObject } from "../objects.js";
import { ApiError, badRequest, notConsumed } from "../status.js";

export type PatchKind = "apply" | "json" | "merge" | "strategic";

const KINDS: Readonly<Record<string, PatchKind>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/apply-patch+yaml": "apply",
  "application/strategic-merge-patch+json": "strategic",
};

/** @throws ApiError 415 */
export function patchKind(contentType: string | undefined): PatchKind {
  const kind = KINDS[(contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? ""];
  if (kind === undefined) throw notConsumed();
  return kind;
}

/**
 * The object that a patch makes of another. Lists are replaced: strategic patches and applied objects merge some of them by
 * a key in a real server, and applied objects lose there what their manager owned and leaves out.
 * @throws ApiError 400 for what cannot be read, 422 for operations that do not go
 */
export async function patch(kind: PatchKind, object: JsonObject, body: Buffer): Promise<JsonObject> {
  if (kind === "json") return operated(object, parsed(body, "array", "[]jsonpatch.Operation"));
  if (kind === "apply") {
    const { parse } = await import("../../runtime/yaml.js");
    return asObject(merged(object, parse(body.toString())), object);
  }
  return asObject(merged(object, parsed(body, "object", "map[string]interface {}")), object);
}

function parsed(body: Buffer, wanted: "array" | "object", type: string): unknown {
  const text = body.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(`error decoding patch: ${goJsonError(text) ?? String(error)}`);
  }
  const got = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  if (got !== wanted)
    throw badRequest(`error decoding patch: json: cannot unmarshal ${got} into Go value of type ${type}`);
  return value;
}

function asObject(value: unknown, otherwise: JsonObject): JsonObject {
  return isObject(value) ? value : otherwise;
}

function merged(target: unknown, change: unknown): unknown {
  if (!isObject(change)) return change;
  const fields = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(change)) {
    if (value === null) fields.delete(key);
    else fields.set(key, merged(fields.get(key), value));
  }
  return Object.fromEntries(fields);
}

/** RFC 6902. */
function operated(object: JsonObject, operations: unknown): JsonObject {
  let document: unknown = structuredClone(object);
  for (const operation of Array.isArray(operations) ? operations : []) {
    if (!isObject(operation)) throw impossible();
    const { op, value } = operation;
    const path = pointer(operation.path);
    if (op === "test") {
      if (JSON.stringify(valueAt(document, path)) !== JSON.stringify(value)) throw impossible();
    } else if (op === "add" || op === "replace") document = written(document, path, value, op);
    else if (op === "remove") document = removed(document, path);
    else if (op === "copy" || op === "move") {
      const from = pointer(operation.from);
      const found = valueAt(document, from);
      document = written(op === "move" ? removed(document, from) : document, path, found, "add");
    } else throw impossible();
  }
  return asObject(document, object);
}

function pointer(path: unknown): readonly string[] {
  if (typeof path !== "string") throw impossible();
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const part of path) value = childOf(value, part);
  return value;
}

/** @throws ApiError 422 if it is not there */
function childOf(parent: unknown, part: string): unknown {
  const child: unknown = Array.isArray(parent) ? parent[Number(part)] : isObject(parent) ? parent[part] : undefined;
  if (child === undefined) throw impossible();
  return child;
}

function written(document: unknown, path: readonly string[], value: unknown, op: "add" | "replace"): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (rest.length > 0) return withChild(document, part, written(childOf(document, part), rest, value, op));
  if (op === "replace") childOf(document, part);
  if (Array.isArray(document) && op === "add") {
    return document.toSpliced(part === "-" ? document.length : Number(part), 0, value);
  }
  return withChild(document, part, value);
}

function withChild(document: unknown, part: string, child: unknown): unknown {
  if (Array.isArray(document)) return document.map((item: unknown, i) => (String(i) === part ? child : item));
  if (!isObject(document)) throw impossible();
  return { ...document, [part]: child };
}

function removed(document: unknown, path: readonly string[]): unknown {
  const [part, ...rest] = path;
  if (part === undefined) throw impossible();
  const child = childOf(document, part);
  if (rest.length > 0) return withChild(document, part, removed(child, rest));
  if (Array.isArray(document)) return document.filter((_, i) => String(i) !== part);
  return Object.fromEntries(Object.entries(isObject(document) ? document : {}).filter(([name]) => name !== part));
}

function impossible(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}
