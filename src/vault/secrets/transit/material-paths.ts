import { randomBytes } from "node:crypto";
import type { BackendReply, BackendRequest, Path } from "../../core/backend.js";
import { genericName, NOT_FOUND } from "../../core/sdk.js";
import type { Keyring } from "./keyring.js";

const NAME = genericName("name");

/** Keys that leave the engine: data keys, and exports of those that may be. (path_datakey.go, path_export.go) */
export function materialPaths(ringOf: (request: BackendRequest) => Keyring | undefined): Path[] {
  return [
    {
      pattern: `datakey/(?<plaintext>\\w(([\\w-.]+)?\\w)?)/${NAME}`,
      summary: "A new key, encrypted and perhaps in plain.",
      fields: {
        name: { type: "string" },
        plaintext: { type: "string" },
        bits: { type: "int", default: 256 },
        key_version: { type: "int" },
        context: { type: "string" },
        nonce: { type: "string" },
      },
      operations: { update: (request) => dataKey(ringOf(request), request) },
    },
    {
      pattern: `export/(?<type>\\w(([\\w-.]+)?\\w)?)/${NAME}(/(?<version>.*))?`,
      summary: "The key itself, if it is exportable.",
      fields: { name: { type: "string" }, type: { type: "string" }, version: { type: "string" } },
      operations: { read: (request) => exported(ringOf(request), request) },
    },
  ];
}

const DATA_KEY_BITS = [128, 256, 512];

function dataKey(ring: Keyring | undefined, { data }: BackendRequest): BackendReply {
  const form = data.string("plaintext");
  if (form !== "plaintext" && form !== "wrapped") return { error: "Invalid path, must be 'plaintext' or 'wrapped'" };
  if (ring === undefined) return { error: "encryption key not found" };
  const bits = data.number("bits");
  if (!DATA_KEY_BITS.includes(bits)) return { error: "invalid bit length" };
  const version = data.number("key_version");
  const refusal = ring.versionError(version);
  if (refusal !== undefined) return { error: refusal };
  const used = version === 0 ? ring.latest : version;
  const key = randomBytes(bits / 8);
  return {
    data: {
      ciphertext: ring.encrypt(key, used),
      key_version: used,
      ...(form === "plaintext" && { plaintext: key.toString("base64") }),
    },
  };
}

const EXPORTS = ["encryption-key", "signing-key", "hmac-key", "public-key"];

function exported(ring: Keyring | undefined, { data }: BackendRequest): BackendReply {
  const type = data.string("type");
  if (!EXPORTS.includes(type)) return { error: `invalid export type: ${type}` };
  if (ring === undefined) return NOT_FOUND;
  if (!ring.exportable && type !== "public-key") return { error: "private key material is not exportable" };
  if (type === "signing-key") return { error: "signing not supported for the key" };
  const versions = versionsOf(ring, data.string("version"));
  if (typeof versions === "string") return { error: versions };
  const keys = versions.map((version) => [String(version), ring.material(version, type === "hmac-key")]);
  return { data: { name: ring.name, type: ring.type, keys: Object.fromEntries(keys) as Record<string, string> } };
}

/** The versions that `version` stands for: all without one, or the reason why there is none. */
function versionsOf(ring: Keyring, asked: string): readonly number[] | string {
  const all = Array.from({ length: ring.latest }, (_, at) => at + 1).slice(ring.minDecryption - 1);
  if (asked === "") return all;
  const text = asked === "latest" ? String(ring.latest) : asked.replace(/^v/, "");
  if (!/^-?\d+$/.test(text)) return "invalid key version";
  const version = Number(text);
  if (version < ring.minDecryption) return "version for export is below minimum decryption version";
  return version > ring.latest ? "version does not exist or cannot be found" : [version];
}
