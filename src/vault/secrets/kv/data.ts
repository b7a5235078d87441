import type { BackendReply, BackendRequest, FieldData, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { JsonNumber } from "../../core/json.js";
import { mergePatch } from "./merge-patch.js";
import { type KeyMetadata, type Secret, versionData, type VersionedStore } from "./store.js";

/** `data/<path>`: versions of a secret. (vault-plugin-secrets-kv: path_data.go) */
export function dataPath(store: VersionedStore): Path {
  const write = (request: BackendRequest) => writeData(store, request);
  return {
    pattern: store.context.quirk("kv-takes-any-path") ? "data/(?<path>.*)" : "data/(?<path>.*?[^/])",
    summary: "Write, Patch, Read, and Delete data in the Key-Value Store.",
    fields: {
      path: { type: "string", description: "Location of the secret" },
      version: { type: "int", description: "The version to read; the current one if absent or 0" },
      options: { type: "map", description: "cas: the version that the key must have now" },
      data: { type: "map", description: "The secret" },
    },
    exists: ({ data }) => store.keys.has(data.string("path")),
    operations: {
      create: write,
      update: write,
      read: (request) => readData(store, request),
      patch: (request) => patchData(store, request),
      delete: (request) => deleteData(store, request),
    },
  };
}

function readData(store: VersionedStore, { data }: BackendRequest): BackendReply {
  const found = findVersion(store, data);
  if (found === undefined) return undefined;
  const { key, number, version } = found;
  const metadata = versionData(key, number, version);
  if (store.isDeleted(version) || version.destroyed) return { data: { data: null, metadata }, status: 404 };
  return { data: { data: version.data, metadata } };
}

/** The version that a request names, or the current one. */
export function findVersion(store: VersionedStore, data: FieldData) {
  const key = store.keys.get(data.string("path"));
  const asked = data.number("version");
  const number = asked > 0 ? asked : (key?.current ?? 0);
  const version = key?.versions.get(number);
  return key === undefined || version === undefined ? undefined : { key, number, version };
}

/** Why check-and-set does not let a write through. (path_data.go: validateCheckAndSetOption) */
function casMistake(store: VersionedStore, data: FieldData, key: KeyMetadata): string | undefined {
  const options = data.map("options");
  if (!("cas" in options)) {
    return store.config.casRequired || key.casRequired ? "check-and-set parameter required for this call" : undefined;
  }
  const cas = weakInt(options.cas);
  if (cas === undefined) return "error parsing check-and-set parameter";
  return cas === key.current ? undefined : "check-and-set parameter did not match the current version";
}

/** A whole number from what people send for one; `undefined` where there is none. (mapstructure: WeakDecode) */
function weakInt(value: unknown): number | undefined {
  if (value === null || value === "") return 0;
  if (typeof value === "boolean") return value ? 1 : 0;
  const text =
    typeof value === "number" || typeof value === "string" || value instanceof JsonNumber ? String(value) : "";
  return /^[-+]?\d+$/.test(text) ? Number(text) : undefined;
}

function writeData(store: VersionedStore, request: BackendRequest): BackendReply {
  const { data } = request;
  if (!data.has("data")) return { error: "no data provided" };
  const name = data.string("path");
  const key = store.keys.get(name) ?? store.emptyKey();
  const mistake = casMistake(store, data, key);
  if (mistake !== undefined) return { error: mistake };
  return addVersion(store, request, name, key, request.body.data === null ? null : data.map("data"));
}

function addVersion(
  store: VersionedStore,
  request: BackendRequest,
  name: string,
  key: KeyMetadata,
  secret: Secret | null,
): BackendReply {
  const version = store.addVersion(name, key, secret, store.attribution(request));
  return { data: versionData(key, key.current, version) };
}

/** A bare 404: the status and no body. */
export const NOT_THERE: BackendReply = { raw: { status: 404, contentType: "application/json", body: "" } };

function patchData(store: VersionedStore, request: BackendRequest): BackendReply {
  const { data } = request;
  if (!data.has("data")) return { error: "no data provided" };
  const name = data.string("path");
  const key = store.keys.get(name);
  if (key === undefined) return NOT_THERE;
  const mistake = casMistake(store, data, key);
  if (mistake !== undefined) return { error: mistake };
  const version = key.versions.get(key.current);
  if (version === undefined) return NOT_THERE;
  if (store.isDeleted(version) || version.destroyed)
    return { data: versionData(key, key.current, version), status: 404 };
  // What was written as null is nothing that could be patched. (sdk/framework: HandlePatchOperation)
  if (version.data === null) throw new VaultError(500, "resource does not exist");
  const isNull = request.body.data === null;
  if (isNull && store.context.quirk("kv-patches-need-an-object")) throw new VaultError(500, "Invalid JSON Patch");
  const patched = isNull ? null : mergePatch(version.data ?? {}, data.map("data"));
  return addVersion(store, request, name, key, patched);
}

function deleteData(store: VersionedStore, request: BackendRequest): BackendReply {
  const key = store.keys.get(request.data.string("path"));
  const version = key?.versions.get(key.current);
  if (key === undefined || version === undefined || version.destroyed || store.isDeleted(version)) return undefined;
  version.deletion = store.now();
  version.deletedBy = key.lastUpdatedBy = store.attribution(request);
  return undefined;
}
