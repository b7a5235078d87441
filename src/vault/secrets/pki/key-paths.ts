import { createPublicKey } from "node:crypto";
import { colonHex, keyIdOf } from "../../../pki/index.js";
import type { BackendReply, BackendRequest, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { genericName } from "../../core/sdk.js";
import type { PkiStore, StoredKey } from "./store.js";

/** The default key, and each key's name. (builtin/logical/pki/path_fetch_keys.go) */
export function keyPaths(store: PkiStore): Path[] {
  return [
    {
      pattern: "config/keys",
      summary: "The default key.",
      fields: { default: { type: "string" } },
      operations: {
        read: () => ({ data: { default: store.defaultKey } }),
        update: (request) => writeDefault(store, request),
      },
    },
    {
      pattern: "key/(?<key_ref>[^/]+)",
      summary: "A key's name and kind; never the key.",
      fields: { key_ref: { type: "string", default: "default" }, key_name: { type: "string" } },
      operations: {
        read: (request) => shown(named(store, request)),
        update: (request) => rename(named(store, request), request),
        delete: (request) => remove(store, request),
      },
    },
  ];
}

function writeDefault(store: PkiStore, { data }: BackendRequest): BackendReply {
  const reference = data.string("default");
  if (reference === "" || reference === "default") {
    return { error: "Invalid key specification; must be non-empty and can't be 'default'." };
  }
  const key = store.resolveKey(reference);
  if (typeof key === "string") return { error: `Error resolving issuer reference: ${key}` };
  store.defaultKey = key.id;
  return { data: { default: key.id } };
}

/** @throws VaultError 500 if there is no such key */
function named(store: PkiStore, { data }: BackendRequest): StoredKey {
  const key = store.resolveKey(data.string("key_ref"));
  if (typeof key === "string") throw new VaultError(500, key);
  return key;
}

function described({ id, name, key }: StoredKey): Record<string, unknown> {
  return { key_id: id, key_name: name, key_type: key.asymmetricKeyType };
}

function shown(key: StoredKey): BackendReply {
  return { data: { ...described(key), subject_key_id: colonHex(keyIdOf(createPublicKey(key.key))) } };
}

const NAME = new RegExp(`^${genericName("name")}$`);

function rename(key: StoredKey, { data }: BackendRequest): BackendReply {
  const name = data.string("key_name");
  if (name !== "" && !NAME.test(name)) return { error: "new key name outside of valid character limits" };
  key.name = name;
  const nameless = `Name successfully deleted, you will now need to reference this key by it's Id: ${key.id}`;
  return { data: described(key), ...(name === "" && { warnings: [nameless] }) };
}

function remove(store: PkiStore, { data }: BackendRequest): BackendReply {
  const reference = data.string("key_ref");
  const key = store.resolveKey(reference);
  if (typeof key === "string") return undefined;
  const user = [...store.issuers.values()].find(({ keyId }) => keyId === key.id);
  if (user !== undefined) return { error: `Failed to Delete Key.  Key in Use by Issuer: ${user.id}` };
  store.keys.delete(key.id);
  if (store.defaultKey !== key.id) return undefined;
  store.defaultKey = "";
  return {
    warnings: [
      `Deleted key ${key.id} (via key_ref ${reference}); this was configured as the default key. Operations without an explicit key will not work until a new default is configured.`,
    ],
  };
}
