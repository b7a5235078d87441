import { isObject, type JsonObject } from "./objects.js";

/** Lists whose items are told apart by keys (`x-kubernetes-list-type: map`); all others are owned as a whole. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  env: ["name"],
  volumeMounts: ["mountPath"],
  volumes: ["name"],
  imagePullSecrets: ["name"],
  secrets: ["name"],
};

/** Maps that are owned as a whole (`x-kubernetes-map-type: atomic`). */
const ATOMIC_MAPS: ReadonlySet<string> = new Set(["roleRef", "selector", "nodeSelector"]);

/** Fields that are always printed, so that setting something in them does not create them: they get no `.`. */
const ALWAYS_THERE: ReadonlySet<string> = new Set([
  "metadata",
  "spec",
  "status",
  "containers",
  "boundObjectRef",
  "template",
]);

/** What a request leaves in `metadata.managedFields`, computed from the object's own fields; empty if it sets none. */
export function managedFields(object: JsonObject, about: ManagedBy): readonly JsonObject[] {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of byName(object)) {
    if (name === "kind" || name === "apiVersion") continue;
    const owned = name === "metadata" ? ownedMetadata(value) : owns(name, value);
    if (owned !== undefined) fields[`f:${name}`] = owned;
  }
  if (Object.keys(fields).length === 0) return [];
  return [
    {
      ...(about.manager !== "" && { manager: about.manager }),
      operation: "Update",
      apiVersion: about.apiVersion,
      time: about.time,
      fieldsType: "FieldsV1",
      fieldsV1: fields,
      ...(about.subresource !== undefined && { subresource: about.subresource }),
    },
  ];
}

export interface ManagedBy {
  readonly manager: string;
  readonly apiVersion: string;
  readonly time: string;
  readonly subresource?: string;
}

/** The field manager's name: the query's, else the User-Agent up to its first slash. (apiserver: prefixFromUserAgent) */
export function fieldManager(query: URLSearchParams, userAgent: string | undefined): string {
  const named = query.get("fieldManager") ?? "";
  if (named !== "") return named;
  const prefix = (userAgent ?? "").split("/")[0] ?? "";
  return prefix.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, "").slice(0, 128);
}

const OWNED_METADATA = ["annotations", "finalizers", "generateName", "labels", "ownerReferences"] as const;

function ownedMetadata(metadata: unknown): JsonObject | undefined {
  if (!isObject(metadata)) return undefined;
  const fields: Record<string, unknown> = {};
  for (const name of OWNED_METADATA) {
    const owned = owns(name, metadata[name]);
    if (owned !== undefined) fields[`f:${name}`] = owned;
  }
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function owns(name: string, value: unknown): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return ownsList(name, value);
  if (!isObject(value) || ATOMIC_MAPS.has(name)) return {};
  const entries = byName(value);
  const fields: Record<string, unknown> = ALWAYS_THERE.has(name) || entries.length === 0 ? {} : { ".": {} };
  for (const [key, item] of entries) {
    const owned = owns(key, item);
    if (owned !== undefined) fields[`f:${key}`] = owned;
  }
  return fields;
}

/** Go prints the keys of a field set in order. */
function byName(object: JsonObject): readonly (readonly [string, unknown])[] {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}

function ownsList(name: string, list: readonly unknown[]): JsonObject | undefined {
  if (list.length === 0) return undefined;
  const keys = LIST_KEYS[name];
  if (keys === undefined) return {};
  const fields: Record<string, unknown> = ALWAYS_THERE.has(name) ? {} : { ".": {} };
  for (const item of list) {
    if (!isObject(item)) continue;
    const id = JSON.stringify(Object.fromEntries(keys.map((key) => [key, item[key]])));
    fields[`k:${id}`] = { ".": {}, ...owns("", { ...item }) };
  }
  return fields;
}
