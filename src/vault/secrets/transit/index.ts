import type { BackendContext, BackendFactory, BackendReply, BackendRequest, Field } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { isKeyType, Keyring } from "./keyring.js";

const NAME = genericName("name");
const name: Field = { type: "string" };

const KEY_FIELDS: Readonly<Record<string, Field>> = {
  name,
  type: { type: "string", default: "aes256-gcm96", description: "aes128-gcm96, aes256-gcm96 or chacha20-poly1305" },
  exportable: { type: "bool" },
  allow_plaintext_backup: { type: "bool" },
  auto_rotate_period: { type: "duration" },
};
const DATA_FIELDS: Readonly<Record<string, Field>> = {
  name,
  type: { type: "string", default: "aes256-gcm96" },
  plaintext: { type: "string" },
  ciphertext: { type: "string" },
  key_version: { type: "int" },
  batch_input: { type: "slice" },
  context: { type: "string" },
  nonce: { type: "string" },
  partial_failure_response_code: { type: "int" },
};
const CONFIG_FIELDS: Readonly<Record<string, Field>> = {
  name,
  min_decryption_version: { type: "int" },
  min_encryption_version: { type: "int" },
  deletion_allowed: { type: "bool" },
  exportable: { type: "bool" },
  allow_plaintext_backup: { type: "bool" },
};

/**
 * The basics of the transit engine: symmetric keys, encrypt, decrypt, rewrap, rotate. Derived keys, signing and export are not emulated.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
export const transit: BackendFactory = (context) => {
  const keys = new Map<string, Keyring>();
  const ringOf = ({ data }: BackendRequest): Keyring | undefined => keys.get(data.string("name"));
  return {
    paths: [
      { pattern: "keys/?", summary: "Names of keys.", operations: { list: () => listReply(keys.keys()) } },
      {
        pattern: `keys/${NAME}/rotate`,
        summary: "Add a version to a key.",
        fields: { name },
        operations: { update: (request) => rotate(context, ringOf(request)) },
      },
      {
        pattern: `keys/${NAME}/config`,
        summary: "Settings of a key.",
        fields: CONFIG_FIELDS,
        operations: { update: (request) => configure(ringOf(request), request) },
      },
      {
        pattern: `keys/${NAME}`,
        summary: "A named key.",
        fields: KEY_FIELDS,
        operations: {
          read: (request) => ringOf(request)?.shown() ?? NOT_FOUND,
          update: (request) => create(context, keys, request),
          delete: (request) => remove(keys, request),
        },
      },
      {
        pattern: `encrypt/${NAME}`,
        summary: "Encrypt.",
        fields: DATA_FIELDS,
        exists: (request) => ringOf(request) !== undefined,
        operations: {
          create: (request) =>
            encrypt(create(context, keys, request) !== undefined ? ringOf(request) : undefined, request),
          update: (request) => encrypt(ringOf(request), request),
        },
      },
      {
        pattern: `decrypt/${NAME}`,
        summary: "Decrypt.",
        fields: DATA_FIELDS,
        operations: { update: (request) => batch(ringOf(request), request, decryptOne) },
      },
      {
        pattern: `rewrap/${NAME}`,
        summary: "Decrypt and encrypt under the newest version.",
        fields: DATA_FIELDS,
        operations: { update: (request) => batch(ringOf(request), request, rewrapOne) },
      },
    ],
  };
};

function create(context: BackendContext, keys: Map<string, Keyring>, { data }: BackendRequest): BackendReply {
  const type = data.string("type");
  if (!isKeyType(type)) return { error: `unknown key type ${type}` };
  const id = data.string("name");
  const ring = keys.get(id) ?? new Keyring(id, type, context.clock.now());
  keys.set(id, ring);
  return ring.shown();
}

function remove(keys: Map<string, Keyring>, { data }: BackendRequest): BackendReply {
  const id = data.string("name");
  const ring = keys.get(id);
  if (ring === undefined) return { error: `error deleting policy ${id}: could not delete key; not found` };
  if (!ring.deletionAllowed) return { error: `error deleting policy ${id}: deletion is not allowed for this key` };
  keys.delete(id);
  return undefined;
}

function rotate(context: BackendContext, ring: Keyring | undefined): BackendReply {
  if (ring === undefined) return { error: "key not found" };
  ring.rotate(context.clock.now());
  return ring.shown();
}

function configure(ring: Keyring | undefined, { data }: BackendRequest): BackendReply {
  if (ring === undefined) return { error: "no existing key named that could be found" }; // unverified
  const minimum = data.number("min_decryption_version");
  if (data.has("min_decryption_version") && minimum > ring.latest) {
    return { error: `cannot set min decryption version of ${minimum}, latest key version is ${ring.latest}` };
  }
  if (data.has("min_decryption_version")) ring.minDecryption = Math.max(1, minimum);
  if (data.has("min_encryption_version")) ring.minEncryption = data.number("min_encryption_version");
  if (data.has("deletion_allowed")) ring.deletionAllowed = data.bool("deletion_allowed");
  if (data.has("exportable")) ring.exportable ||= data.bool("exportable");
  if (data.has("allow_plaintext_backup")) ring.allowPlaintextBackup ||= data.bool("allow_plaintext_backup");
  return ring.shown();
}

interface Item {
  readonly plaintext: string | undefined;
  readonly ciphertext: string | undefined;
  readonly version: number;
  readonly reference: string;
}
type Result = Readonly<Record<string, unknown>> | string;

function encrypt(ring: Keyring | undefined, request: BackendRequest): BackendReply {
  return batch(ring, request, encryptOne);
}

/** One input, or a batch whose failures do not stop the rest; a batch with failures is a 400 with data. */
function batch(
  ring: Keyring | undefined,
  { data }: BackendRequest,
  one: (ring: Keyring, item: Item) => Result,
): BackendReply {
  if (ring === undefined) return { error: "encryption key not found" };
  const inputs = data.value("batch_input");
  if (!data.has("batch_input") || !Array.isArray(inputs)) {
    const result = one(
      ring,
      itemOf({
        ...sent(data.has("plaintext"), "plaintext", data.string("plaintext")),
        ciphertext: data.string("ciphertext"),
        key_version: data.number("key_version"),
      }),
    );
    return typeof result === "string" ? { error: result } : { data: result };
  }
  const outcomes = (inputs as readonly unknown[]).map((input) => {
    const item = itemOf(typeof input === "object" && input !== null ? { ...input } : {});
    return { result: one(ring, item), reference: item.reference };
  });
  const results = outcomes.map(({ result, reference }) =>
    typeof result === "string" ? { error: result, reference } : { ...result, reference },
  );
  const failed = outcomes.some(({ result }) => typeof result === "string");
  return { data: { batch_results: results }, ...(failed && { status: 400 }) };
}

function sent(has: boolean, key: string, value: string): Record<string, string> {
  return has ? { [key]: value } : {};
}

function itemOf(input: Readonly<Record<string, unknown>>): Item {
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return {
    plaintext: text(input.plaintext),
    ciphertext: text(input.ciphertext),
    version: Number(input.key_version ?? 0),
    reference: text(input.reference) ?? "",
  };
}

function encryptOne(ring: Keyring, { plaintext, version }: Item): Result {
  if (plaintext === undefined) return "missing plaintext to encrypt";
  const wrong = badBase64(plaintext);
  if (wrong !== undefined) return `illegal base64 data at input byte ${wrong}`;
  const used = version === 0 ? ring.latest : version;
  if (used > ring.latest) return "requested version for encryption is higher than the latest key version";
  return { ciphertext: ring.encrypt(Buffer.from(plaintext, "base64"), used), key_version: used };
}

function decryptOne(ring: Keyring, { ciphertext }: Item): Result {
  if (ciphertext === undefined || ciphertext === "") return "missing ciphertext to decrypt";
  const plaintext = ring.decrypt(ciphertext);
  return typeof plaintext === "string" ? plaintext : { plaintext: plaintext.toString("base64") };
}

function rewrapOne(ring: Keyring, { ciphertext }: Item): Result {
  const plaintext = ring.decrypt(ciphertext ?? "");
  if (typeof plaintext === "string") return plaintext;
  return { ciphertext: ring.encrypt(plaintext), key_version: ring.latest };
}

/** Where Go's base64.StdEncoding stumbles. */
function badBase64(text: string): number | undefined {
  const at = text.search(/[^A-Za-z0-9+/]/);
  const body = at === -1 ? text : text.slice(0, at);
  if (at === -1) return text.length % 4 === 0 ? undefined : text.length - (text.length % 4);
  return text.slice(at) === "=".repeat((4 - (body.length % 4)) % 4) ? undefined : at;
}
