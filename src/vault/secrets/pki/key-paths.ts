import { createPublicKey } from "node:crypto";
import { colonHex, keyIdOf } from "../../../pki/index.js";
import type { BackendReply, BackendRequest, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { genericName } from "../../core/sdk.js";
import { pemBlocks } from "../../../go/index.js";
import { privateKeyOf } from "./import.js";
import { newKey } from "./keys.js";
import { printedKey } from "./output.js";
import { keyNameError } from "./reference-names.js";
import { keyBitsOf } from "./role.js";
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
      pattern: "keys/generate/(?<exported>internal|exported|kms)",
      summary: "Make a key without a certificate.",
      fields: {
        exported: { type: "string" },
        key_name: { type: "string" },
        key_type: { type: "string", default: "rsa" },
        key_bits: { type: "int", default: 0 },
        managed_key_name: { type: "string" },
        managed_key_id: { type: "string" },
      },
      operations: { update: (request) => generate(store, request) },
    },
    {
      pattern: "keys/import",
      summary: "Take a key from elsewhere.",
      fields: { key_name: { type: "string" }, pem_bundle: { type: "string" } },
      operations: { update: (request) => take(store, request) },
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

/** (path_manage_keys.go: pathGenerateKeyHandler) */
async function generate(store: PkiStore, { data }: BackendRequest): Promise<BackendReply> {
  const wrong = keyNameError(store, data);
  if (wrong !== undefined) return { error: wrong };
  const exported = data.string("exported");
  if (exported === "kms") throw new VaultError(500, "missing argument managed_key_name or managed_key_id");
  const type = data.string("key_type");
  const bits = keyBitsOf(type, data.number("key_bits"));
  if (typeof bits === "string") return { error: `Validation for key_type, key_bits failed: ${bits}` };
  const key = await newKey(type, bits);
  const { stored } = store.addKey(key, data.string("key_name").trim());
  const shown = exported === "exported" ? { private_key: printedKey("pem", key, false).private_key } : {};
  return { data: { ...described(stored), ...shown } };
}

/** (path_manage_keys.go: pathImportKeyHandler) */
function take(store: PkiStore, { data }: BackendRequest): BackendReply {
  const wrong = keyNameError(store, data);
  if (wrong !== undefined) return { error: wrong };
  const text = data.string("pem_bundle");
  if (Buffer.byteLength(text) < 75) {
    return {
      error:
        "provided data for import was too short; perhaps a path was passed to the API rather than the contents of a PEM file",
    };
  }
  const [block, ...others] = pemBlocks(text);
  if (block === undefined) return { error: "provided PEM block contained no data" };
  if (others.length > 0) return { error: "only a single key can be present within the pem_bundle for importing" };
  const key = privateKeyOf(block.type, block.der);
  if (typeof key === "string") return { error: key };
  const { stored, existing } = store.addKey(key, data.string("key_name").trim());
  return {
    data: described(stored),
    ...(existing && { warnings: ["Key already imported, use key/ endpoint to update name."] }),
  };
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
