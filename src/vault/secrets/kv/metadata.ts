import { formatGoDuration, goQuote } from "../../../runtime/index.js";
import type { BackendReply, BackendRequest, FieldData, Path } from "../../core/backend.js";
import { goPrint, goType, multiError } from "../../core/go.js";
import { JsonNumber } from "../../core/json.js";
import { NOT_THERE } from "./data.js";
import { allBelow, childrenOf, listing, scanned } from "./keys.js";
import { type KeyMetadata, timeText, unsigned, type VersionedStore } from "./store.js";

/** `metadata/<path>`: a key's settings and what is known of its versions. (vault-plugin-secrets-kv: path_metadata.go) */
export function metadataPath(store: VersionedStore): Path {
  const write = (request: BackendRequest) => writeMetadata(store, request);
  return {
    pattern: "metadata/(?<path>.*)",
    summary: "Allows interaction with key metadata and settings in the KV store.",
    fields: {
      path: { type: "string", description: "Location of the secret" },
      cas_required: { type: "bool", description: "Every write needs the cas parameter" },
      max_versions: { type: "int", description: "The number of versions to keep" },
      delete_version_after: { type: "duration", description: "How long a version lives" },
      ...(store.context.quirk("kv-guards-metadata") && {
        metadata_cas: { type: "int" as const, description: "The version that the metadata must have now" },
        metadata_cas_required: { type: "bool" as const, description: "Every metadata write needs metadata_cas" },
      }),
      custom_metadata: { type: "map", description: "Texts that describe the secret" },
    },
    exists: ({ data }) => store.keys.has(data.string("path")),
    paged: true,
    operations: {
      create: write,
      update: write,
      patch: (request) => patchMetadata(store, request),
      read: ({ data }) => {
        const key = store.keys.get(data.string("path"));
        return key === undefined ? undefined : { data: metadataOf(store, key) };
      },
      delete: ({ data }) => {
        store.keys.delete(data.string("path"));
        return undefined;
      },
      list: ({ data }) => listing(childrenOf(store.keys.keys(), data.string("path"))),
      ...(store.context.quirk("paths-are-scanned") && {
        scan: ({ data }: BackendRequest) => scanned(allBelow(store.keys.keys(), data.string("path"))),
      }),
    },
  };
}

/** `detailed-metadata/<path>`: lists with what is known of each key. (OpenBao: kv/path_metadata.go) */
export function detailedMetadataPath(store: VersionedStore): Path {
  const withInfo = (prefix: string, keys: readonly string[]): BackendReply => {
    const infos = keys.map((name) => {
      const key = store.keys.get(`${prefix}${name}`);
      return [name, key === undefined ? {} : metadataOf(store, key)] as const;
    });
    return keys.length === 0 ? undefined : { data: { keys, key_info: Object.fromEntries(infos) } };
  };
  return {
    pattern: "detailed-metadata/(?<path>.*)",
    summary: "Allows interaction with key metadata and settings in the KV store.",
    fields: { path: { type: "string", description: "Location of the secret." } },
    paged: true,
    operations: {
      list: ({ data }) => withInfo(data.string("path"), childrenOf(store.keys.keys(), data.string("path"))),
      scan: ({ data }) => withInfo(data.string("path"), allBelow(store.keys.keys(), data.string("path"))),
    },
  };
}

function metadataOf(store: VersionedStore, key: KeyMetadata): Record<string, unknown> {
  const attributed = store.context.quirk("kv-remembers-who");
  const versions = [...key.versions].map(([number, version]) => [
    String(number),
    {
      created_time: timeText(version.created),
      deletion_time: timeText(version.deletion),
      destroyed: version.destroyed,
      ...(attributed && { created_by: version.createdBy ?? null, deleted_by: version.deletedBy ?? null }),
    },
  ]);
  return {
    versions: Object.fromEntries(versions) as unknown,
    current_version: key.current,
    oldest_version: key.oldest,
    created_time: timeText(key.created),
    updated_time: timeText(key.updated),
    max_versions: key.maxVersions,
    cas_required: key.casRequired,
    delete_version_after: formatGoDuration(key.deleteVersionAfter * 1000),
    custom_metadata: key.custom,
    ...(store.context.quirk("kv-guards-metadata") && {
      current_metadata_version: key.metadataVersion,
      metadata_cas_required: key.metadataCasRequired,
    }),
    ...(attributed && { last_updated_by: key.lastUpdatedBy ?? null }),
  };
}

const SETTINGS = ["max_versions", "cas_required", "delete_version_after", "custom_metadata"];

function writeMetadata(store: VersionedStore, request: BackendRequest): BackendReply {
  const { data } = request;
  const name = data.string("path");
  if (name === "") return { error: "missing path" };
  if (!SETTINGS.some((setting) => data.has(setting))) return undefined;
  const mismatch = metadataMismatch(store, data);
  if (mismatch !== undefined) return { error: mismatch };
  const custom = data.has("custom_metadata") ? readCustom(data.map("custom_metadata")) : undefined;
  if (typeof custom === "string") return { error: custom };
  const now = store.now();
  const key = store.keys.get(name) ?? { ...store.emptyKey(), created: now, updated: now };
  if (custom !== undefined) key.custom = orNull(custom);
  store.keys.set(name, key);
  applySettings(key, data);
  return casWarning(store, data);
}

/** Check-and-set of the metadata; what is not there yet takes any version. (OpenBao: kv/path_metadata.go) */
function metadataMismatch({ keys, config, context }: VersionedStore, data: FieldData): string | undefined {
  if (!context.quirk("kv-guards-metadata")) return undefined;
  const key = keys.get(data.string("path"));
  const isRequired = key?.metadataCasRequired === true || config.metadataCasRequired;
  if (!data.has("metadata_cas"))
    return isRequired ? "metadata check-and-set parameter required for this call" : undefined;
  if (key === undefined || data.number("metadata_cas") === key.metadataVersion) return undefined;
  return "metadata check-and-set parameter does not match the current version";
}

function patchMetadata(store: VersionedStore, request: BackendRequest): BackendReply {
  const { data } = request;
  const name = data.string("path");
  if (name === "") return { error: "missing path" };
  const sent = Object.entries(data.map("custom_metadata"));
  const custom = readCustom(Object.fromEntries(sent.filter(([, value]) => value !== null)));
  if (typeof custom === "string") return { error: custom };
  const key = store.keys.get(name);
  if (key === undefined) return NOT_THERE;
  const mismatch = metadataMismatch(store, data);
  if (mismatch !== undefined) return { error: mismatch };
  const removed = sent.filter(([, value]) => value === null).map(([field]) => field);
  // A null in the place of the map takes away all of it, as in any merge patch.
  const before = request.body.custom_metadata === null ? {} : (key.custom ?? {});
  const kept = Object.entries(before).filter(([field]) => !removed.includes(field));
  key.custom = orNull({ ...Object.fromEntries(kept), ...custom });
  applySettings(key, data);
  return casWarning(store, data);
}

/** Storage does not tell an empty map from none. */
function orNull(custom: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
  return Object.keys(custom).length === 0 ? null : custom;
}

function applySettings(key: KeyMetadata, data: FieldData): void {
  key.metadataVersion++;
  if (data.has("metadata_cas_required")) key.metadataCasRequired = data.bool("metadata_cas_required");
  if (data.has("max_versions")) key.maxVersions = unsigned(data.number("max_versions"));
  if (data.has("cas_required")) key.casRequired = data.bool("cas_required");
  if (data.has("delete_version_after")) key.deleteVersionAfter = data.number("delete_version_after");
}

function casWarning(store: VersionedStore, data: FieldData): BackendReply {
  if (!data.has("cas_required") || !store.config.casRequired || data.bool("cas_required")) return undefined;
  return {
    data: null,
    warnings: ['"cas_required" set to false, but is mandated by backend config. This value will be ignored.'],
  };
}

const FAILED = "custom_metadata validation failed";
const MOST_KEYS = 64;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 512;

/** Custom metadata as texts, or why it is refused. (path_metadata.go: parseCustomMetadata, validateCustomMetadata) */
function readCustom(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | string {
  const custom: Record<string, string> = {};
  for (const [key, value] of Object.entries(raw)) {
    const text = weakText(value);
    if (text === undefined) {
      return `${FAILED}: '' expected type 'string', got unconvertible type '${goType(value)}', value: '${goPrint(value)}'`;
    }
    custom[key] = text;
  }
  const count = Object.keys(custom).length;
  if (count > MOST_KEYS)
    return multiError([`${FAILED}: payload must contain at most ${MOST_KEYS} keys, provided ${count}`]);
  const mistakes = Object.entries(custom).flatMap(([key, value]) => mistakesOf(key, value));
  return mistakes.length === 0 ? custom : multiError(mistakes);
}

function weakText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "number" || value instanceof JsonNumber ? String(value) : undefined;
}

function mistakesOf(key: string, value: string): string[] {
  const [keyLength, valueLength] = [Buffer.byteLength(key), Buffer.byteLength(value)];
  const mistakes: string[] = [];
  if (keyLength === 0 || keyLength > LONGEST_KEY) {
    mistakes.push(
      `${FAILED}: length of key ${goQuote(key)} is ${keyLength} but must be 0 < len(key) <= ${LONGEST_KEY}`,
    );
  }
  if (valueLength === 0 || valueLength > LONGEST_VALUE) {
    mistakes.push(
      `${FAILED}: length of value for key ${goQuote(key)} is ${valueLength} but must be 0 < len(value) <= ${LONGEST_VALUE}`,
    );
  }
  if (!isPrintable(key)) mistakes.push(`${FAILED}: key ${goQuote(key)} (${key}) contains unprintable characters`);
  if (!isPrintable(value)) mistakes.push(`${FAILED}: value for key ${goQuote(key)} contains unprintable characters`);
  return mistakes;
}

/** Letters, marks, numbers, punctuation, symbols and the plain space. (Go: unicode.IsPrint) */
function isPrintable(text: string): boolean {
  return /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]*$/u.test(text);
}
