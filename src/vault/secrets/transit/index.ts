import type { BackendFactory, BackendReply, BackendRequest, Field } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { HASH_FIELDS, hashReply, RANDOM_FIELDS, randomReply } from "../../core/tools.js";
import { decoded } from "./batch.js";
import { cipherPaths } from "./cipher-paths.js";
import { configureKey, shownKey, type TransitStore, trimKey, writeKey } from "./key-settings.js";
import type { Keyring } from "./keyring.js";
import { materialPaths } from "./material-paths.js";
import { signPaths } from "./sign-paths.js";

const NAME = genericName("name");
const name: Field = { type: "string" };

const KEY_FIELDS: Readonly<Record<string, Field>> = {
  name,
  type: { type: "string", default: "aes256-gcm96", description: "aes256-gcm96, rsa-2048, ecdsa-p256, ed25519, hmac …" },
  context: { type: "string", description: "Base64; reading a derived key shows its public key for it" },
  exportable: { type: "bool" },
  allow_plaintext_backup: { type: "bool" },
  auto_rotate_period: { type: "duration" },
  derived: { type: "bool" },
  convergent_encryption: { type: "bool" },
  key_size: { type: "int" },
  managed_key_name: { type: "string" },
  managed_key_id: { type: "string" },
};
const LATE_KEY_FIELDS: Readonly<Record<string, Field>> = {
  parameter_set: { type: "string" },
  hybrid_key_type_pqc: { type: "string" },
  hybrid_key_type_ec: { type: "string" },
};
const CONFIG_FIELDS: Readonly<Record<string, Field>> = {
  name,
  min_decryption_version: { type: "int" },
  min_encryption_version: { type: "int" },
  deletion_allowed: { type: "bool" },
  exportable: { type: "bool" },
  allow_plaintext_backup: { type: "bool" },
  auto_rotate_period: { type: "duration" },
};

/**
 * The transit engine: keys, encryption, signatures, HMACs, data keys and backups. Importing keys, CSRs and what Vault
 * Enterprise adds are not emulated.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
export const transit: BackendFactory = (context) => {
  const store: TransitStore = { context, keys: new Map<string, Keyring>(), upserts: true };
  const { keys } = store;
  const ringOf = ({ data }: BackendRequest): Keyring | undefined => keys.get(data.string("name"));
  let cacheSize = 0;
  const hybrid = context.quirk("transit-keys-may-be-hybrid") ? LATE_KEY_FIELDS : {};
  return {
    paths: [
      { pattern: "keys/?", summary: "Names of keys.", operations: { list: () => listReply(keys.keys()) } },
      {
        pattern: `keys/${NAME}/rotate`,
        summary: "Add a version to a key.",
        fields: { name, managed_key_name: { type: "string" }, managed_key_id: { type: "string" } },
        operations: { update: (request) => rotate(store, ringOf(request)) },
      },
      {
        pattern: `keys/${NAME}/config`,
        summary: "Settings of a key.",
        fields: CONFIG_FIELDS,
        operations: { update: (request) => configureKey(store, ringOf(request), request) },
      },
      {
        pattern: `keys/${NAME}/trim`,
        summary: "Forget old versions of a key.",
        fields: { name, min_available_version: { type: "int" } },
        operations: { update: (request) => trimKey(store, ringOf(request), request) },
      },
      {
        pattern: `keys/${NAME}`,
        summary: "A named key.",
        fields: { ...KEY_FIELDS, ...hybrid },
        operations: {
          read: (request) => readKey(store, ringOf(request), request),
          update: (request) => writeKey(store, request),
          delete: (request) => remove(keys, request),
        },
      },
      {
        pattern: "config/keys",
        summary: "Whether encrypting makes keys.",
        fields: { disable_upsert: { type: "bool", default: false } },
        operations: {
          read: () => ({ data: { disable_upsert: !store.upserts } }),
          update: ({ data }) => {
            if (data.has("disable_upsert")) store.upserts = !data.bool("disable_upsert");
            return { data: { disable_upsert: !store.upserts } };
          },
        },
      },
      {
        pattern: "cache-config",
        summary: "How many keys are kept at hand.",
        fields: { size: { type: "int", default: 0 } },
        operations: {
          read: () => ({ data: { size: cacheSize } }),
          update: ({ data }) => {
            const size = data.number("size");
            if (size !== 0 && size < 10) return { error: "size must be 0 or a value greater or equal to 10" };
            cacheSize = size;
            return { data: { size } };
          },
        },
      },
      ...cipherPaths(store),
      ...signPaths(store),
      ...materialPaths(store),
      {
        pattern: `hash(?:/(?<urlalgorithm>.+))?`,
        summary: "Hash the input.",
        fields: HASH_FIELDS,
        operations: { update: ({ data }) => (data.has("input") ? hashReply(data) : { error: "input missing" }) },
      },
      {
        pattern: `random(?:/${genericName("source")})?(?:/(?<urlbytes>.+))?`,
        summary: "Random bytes.",
        fields: RANDOM_FIELDS,
        operations: { update: ({ data }) => randomReply(context, data) },
      },
    ],
  };
};

function readKey(store: TransitStore, ring: Keyring | undefined, { data }: BackendRequest): BackendReply {
  if (ring === undefined) return NOT_FOUND;
  const context = decoded(data.string("context"));
  return typeof context === "string" ? { error: "failed to base64-decode context" } : shownKey(store, ring, context);
}

function remove(keys: Map<string, Keyring>, { data }: BackendRequest): BackendReply {
  const id = data.string("name");
  const ring = keys.get(id);
  if (ring === undefined) return { error: `error deleting policy ${id}: could not delete key; not found` };
  if (!ring.deletionAllowed) return { error: `error deleting policy ${id}: deletion is not allowed for this key` };
  keys.delete(id);
  return undefined;
}

async function rotate(store: TransitStore, ring: Keyring | undefined): Promise<BackendReply> {
  if (ring === undefined) return { error: "key not found" };
  await ring.rotate(store.context.clock.now());
  return shownKey(store, ring);
}
