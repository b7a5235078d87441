import { createPublicKey, randomBytes } from "node:crypto";
import { type BackendReply, type BackendRequest, type Path, VaultError } from "../../core/backend.js";
import { genericName, NOT_FOUND } from "../../core/sdk.js";
import { decoded } from "./batch.js";
import type { TransitStore } from "./key-settings.js";
import { supports } from "./key-types.js";
import { type Keyring, type KeyVersion, NO_CIRCUMSTANCE } from "./keyring.js";

const NAME = genericName("name");

/** Keys that leave the engine: data keys, exports of those that may be, and backups. (path_datakey.go, path_export.go, path_backup.go) */
export function materialPaths(store: TransitStore): Path[] {
  const { keys } = store;
  const ringOf = ({ data }: BackendRequest): Keyring | undefined => keys.get(data.string("name"));
  /** By what a backup says; nobody else can read it. */
  const backups = new Map<string, Keyring>();
  const text = { type: "string" } as const;
  const padding = store.context.quirk("transit-pads-rsa") ? { padding_scheme: text } : {};
  return [
    {
      pattern: `datakey/(?<plaintext>\\w(([\\w-.]+)?\\w)?)/${NAME}`,
      summary: "A new key, encrypted and perhaps in plain.",
      fields: {
        ...{ name: text, plaintext: text, context: text, nonce: text, ...padding },
        bits: { type: "int", default: 256 },
        key_version: { type: "int" },
      },
      operations: { update: (request) => dataKey(ringOf(request), request) },
    },
    {
      pattern: `export/(?<type>\\w(([\\w-.]+)?\\w)?)/${NAME}(/(?<version>.*))?`,
      summary: "The key itself, if it is exportable.",
      fields: { name: text, type: text, version: text },
      operations: { read: (request) => exported(store, ringOf(request), request) },
    },
    {
      pattern: `backup/${NAME}`,
      summary: "The whole key, to be restored by this Vault alone.",
      fields: { name: text },
      operations: { read: (request) => backup(store, backups, ringOf(request), request) },
    },
    {
      pattern: "restore(/(?<name>.+))?",
      summary: "A key from its backup.",
      fields: { name: text, backup: text, force: { type: "bool", default: false } },
      operations: { update: (request) => restore(store, backups, request) },
    },
  ];
}

const DATA_KEY_BITS = [128, 256, 512];

function dataKey(ring: Keyring | undefined, { data }: BackendRequest): BackendReply {
  const form = data.string("plaintext");
  if (form !== "plaintext" && form !== "wrapped") return { error: "Invalid path, must be 'plaintext' or 'wrapped'" };
  const [context, nonce] = [decoded(data.string("context")), decoded(data.string("nonce"))];
  if (typeof context === "string") return { error: "failed to base64-decode context" };
  if (typeof nonce === "string") return { error: "failed to base64-decode nonce" };
  if (ring === undefined) return { error: "encryption key not found" };
  const bits = data.number("bits");
  if (!DATA_KEY_BITS.includes(bits)) return { error: "invalid bit length" };
  const padding = data.has("padding_scheme") ? data.string("padding_scheme") : "";
  if (padding !== "" && ring.kind.does !== "rsa")
    return { error: `padding_scheme argument invalid: unsupported key type ${ring.type} for padding scheme` };
  if (!supports(ring.type).encryption) return { error: `message encryption not supported for key type ${ring.type}` };
  const version = data.number("key_version");
  const refusal = ring.versionError(version);
  if (refusal !== undefined) return { error: refusal };
  if (nonce.length > 0 && !ring.options.convergent) {
    throw new VaultError(500, "provided nonce not allowed for this key");
  }
  const used = version === 0 ? ring.latest : version;
  const derived = ring.derived(used, context);
  if (typeof derived === "string") return { error: derived };
  const key = randomBytes(bits / 8);
  const circumstance = { ...NO_CIRCUMSTANCE, context, nonce, ...(padding !== "" && { padding }) };
  return {
    data: {
      ciphertext: ring.encrypt(key, circumstance, used),
      key_version: used,
      ...(form === "plaintext" && { plaintext: key.toString("base64") }),
    },
  };
}

const EXPORTS = ["encryption-key", "signing-key", "hmac-key", "public-key"];
const CHAIN = "certificate-chain";

function exported(store: TransitStore, ring: Keyring | undefined, { data }: BackendRequest): BackendReply {
  const type = data.string("type");
  const known = store.context.quirk("transit-keys-have-chains") ? [...EXPORTS, CHAIN] : EXPORTS;
  if (!known.includes(type)) return { error: `invalid export type: ${type}` };
  if (ring === undefined) return NOT_FOUND;
  if (!ring.exportable && type !== "public-key" && type !== CHAIN) {
    return { error: "private key material is not exportable" };
  }
  const { encryption, signing } = supports(ring.type);
  if (type === "encryption-key" && !encryption) return { error: "encryption not supported for the key" };
  if (type === "signing-key" && !signing) return { error: "signing not supported for the key" };
  if (type === CHAIN && !signing) {
    return { error: "certificate chain not supported for keys that do not support signing" };
  }
  const versions = versionsOf(ring, data.string("version"));
  if (typeof versions === "string") return { error: versions };
  const keys = versions.map(([number, version]) => [String(number), material(ring, type, version)]);
  return { data: { name: ring.name, type: ring.type, keys: Object.fromEntries(keys) as Record<string, string> } };
}

/** (path_export.go: getExportKey) @throws VaultError */
function material({ kind, type: name }: Keyring, type: string, { pair, secret, hmacKey }: KeyVersion): string {
  if (type === "hmac-key") return hmacKey.toString("base64");
  if (type === CHAIN) throw new VaultError(500, "selected key version does not have a certificate chain imported");
  if (pair === undefined) {
    if (type === "public-key" && kind.does !== "ed25519") {
      throw new VaultError(500, `unknown key type ${name} for export type ${type}`);
    }
    return secret.toString("base64");
  }
  if (type === "public-key") return createPublicKey(pair).export({ type: "spki", format: "pem" }).toString();
  return pair.export({ type: kind.does === "rsa" ? "pkcs1" : "sec1", format: "pem" } as never).toString();
}

/** The versions that are asked for: all without a number, or the reason why there is none. */
function versionsOf(ring: Keyring, asked: string): ReturnType<Keyring["usable"]> | string {
  const all = ring.usable();
  if (asked === "") return all;
  const text = asked === "latest" ? String(ring.latest) : asked.replace(/^v/, "");
  if (!/^-?\d+$/.test(text)) return "invalid key version";
  const version = Number(text);
  if (version < ring.minDecryption) return "version for export is below minimum decryption version";
  const found = all.filter(([number]) => number === version);
  return found.length === 0 ? "version does not exist or cannot be found" : found;
}

function backup(
  { context }: TransitStore,
  backups: Map<string, Keyring>,
  ring: Keyring | undefined,
  { data }: BackendRequest,
): BackendReply {
  const name = data.string("name");
  if (ring === undefined) throw new VaultError(500, `key "${name}" not found`);
  if (!ring.exportable) throw new VaultError(500, "exporting is disallowed on the policy");
  if (!ring.allowPlaintextBackup) throw new VaultError(500, "plaintext backup is disallowed on the policy");
  ring.backedUpAt = context.clock.now();
  const text = Buffer.from(JSON.stringify({ policy: { name }, id: context.ids.uuid() })).toString("base64");
  backups.set(text, ring.renamed(name));
  return { data: { backup: text } };
}

/** (keysutil: LockManager.RestorePolicy) */
function restore(
  { keys }: TransitStore,
  backups: ReadonlyMap<string, Keyring>,
  { data }: BackendRequest,
): BackendReply {
  const text = data.string("backup");
  if (text === "") return { error: "'backup' must be supplied" };
  if (data.string("name").includes("/")) throw new VaultError(500, "key names cannot be paths");
  const bytes = decoded(text);
  if (typeof bytes === "string") throw new VaultError(500, bytes);
  const kept = backups.get(text);
  if (kept === undefined) {
    const first = bytes.toString("utf8").charAt(0);
    throw new VaultError(500, `invalid character '${first}' looking for beginning of value`);
  }
  const name = data.string("name") || kept.name;
  if (keys.has(name) && !data.bool("force")) throw new VaultError(500, `key "${name}" already exists`);
  keys.set(name, kept.renamed(name));
  return undefined;
}
