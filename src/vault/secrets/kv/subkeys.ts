import type { Path } from "../../core/backend.js";
import { JsonNumber } from "../../core/json.js";
import { findVersion } from "./data.js";
import { type Secret, versionData, type VersionedStore } from "./store.js";

/** `subkeys/<path>`: a secret's structure without its values. (vault-plugin-secrets-kv: path_subkeys.go) */
export function subkeysPath(store: VersionedStore): Path {
  return {
    pattern: "subkeys/(?<path>.*)",
    summary: "Read the structure of a secret entry from the Key-Value store with the values removed.",
    fields: {
      path: { type: "string", description: "Location of the secret" },
      version: { type: "int", description: "The version to read; the current one if absent or 0" },
      depth: { type: "int", description: "How deep to go; 0 = all the way" },
    },
    operations: {
      read: ({ data }) => {
        const found = findVersion(store, data);
        if (found === undefined) return undefined;
        const { key, number, version } = found;
        const metadata = versionData(key, number, version);
        if (store.isDeleted(version) || version.destroyed) return { data: { subkeys: null, metadata }, status: 404 };
        return { data: { subkeys: withoutValues(version.data ?? {}, data.number("depth"), 1), metadata } };
      },
    },
  };
}

/** Leaves, empty objects and what lies deeper than `deepest` become null. */
function withoutValues(secret: Secret, deepest: number, depth: number): Secret {
  const goOn = deepest === 0 || depth + 1 <= deepest;
  const keys = Object.entries(secret).map(([key, value]) => [
    key,
    goOn && isFilled(value) ? withoutValues(value, deepest, depth + 1) : null,
  ]);
  return Object.fromEntries(keys) as Secret;
}

function isFilled(value: unknown): value is Secret {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
  return isMap && Object.keys(value).length > 0;
}
