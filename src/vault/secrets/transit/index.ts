import type { BackendContext, BackendFactory, BackendReply, BackendRequest, Field } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { configureKey, createKey } from "./key-settings.js";
import { badBase64, type Keyring } from "./keyring.js";
import { materialPaths } from "./material-paths.js";

const NAME = genericName("name");
const name: Field = { type: "string" };

const KEY_FIELDS: Readonly<Record<string, Field>> = {
  name,
  type: { type: "string", default: "aes256-gcm96", description: "aes128-gcm96, aes256-gcm96 or chacha20-poly1305" },
  exportable: { type: "bool" },
  allow_plaintext_backup: { type: "bool" },
  auto_rotate_period: { type: "duration" },
  derived: { type: "bool" },
  convergent_encryption: { type: "bool" },
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
  auto_rotate_period: { type: "duration" },
};

/**
 * The basics of the transit engine: symmetric keys, encrypt, decrypt, rewrap, rotate. Derived keys and signing are not emulated.
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
        operations: { update: (request) => configureKey(ringOf(request), request) },
      },
      {
        pattern: `keys/${NAME}`,
        summary: "A named key.",
        fields: KEY_FIELDS,
        operations: {
          read: (request) => {
            const ring = ringOf(request);
            return ring === undefined ? NOT_FOUND : { data: ring.shown() };
          },
          update: (request) => createKey(context, keys, request),
          delete: (request) => remove(keys, request),
        },
      },
      {
        pattern: `encrypt/${NAME}`,
        summary: "Encrypt.",
        fields: DATA_FIELDS,
        exists: (request) => ringOf(request) !== undefined,
        operations: {
          create: (request) => {
            const missing = missingInput(request, "plaintext");
            if (missing !== undefined) return missing;
            createKey(context, keys, request);
            return encrypt(ringOf(request), request);
          },
          update: (request) => encrypt(ringOf(request), request),
        },
      },
      {
        pattern: `decrypt/${NAME}`,
        summary: "Decrypt.",
        fields: DATA_FIELDS,
        operations: { update: (request) => batch(ringOf(request), request, "ciphertext", decryptOne) },
      },
      {
        pattern: `rewrap/${NAME}`,
        summary: "Decrypt and encrypt under the newest version.",
        fields: DATA_FIELDS,
        operations: { update: (request) => batch(ringOf(request), request, "ciphertext", rewrapOne) },
      },
      ...materialPaths(ringOf),
    ],
  };
};

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
  return { data: ring.shown() };
}

interface Item {
  readonly plaintext: string | undefined;
  readonly ciphertext: string | undefined;
  readonly version: number;
  readonly reference: string;
}
type Result = Readonly<Record<string, unknown>> | string;

function encrypt(ring: Keyring | undefined, request: BackendRequest): BackendReply {
  return batch(ring, request, "plaintext", encryptOne);
}

/** That nothing was sent is said before the key is looked for, or made. */
function missingInput({ data }: BackendRequest, input: "plaintext" | "ciphertext"): BackendReply {
  const inputs = data.value("batch_input");
  if (data.has("batch_input") && Array.isArray(inputs)) {
    return inputs.length === 0 ? { error: "missing batch input to process" } : undefined;
  }
  if (input === "plaintext") return data.has(input) ? undefined : { error: "missing plaintext to encrypt" };
  return data.string(input) === "" ? { error: "missing ciphertext to decrypt" } : undefined;
}

/** One input, or a batch whose failures do not stop the rest; a batch with failures is a 400 with data. */
function batch(
  ring: Keyring | undefined,
  request: BackendRequest,
  input: "plaintext" | "ciphertext",
  one: (ring: Keyring, item: Item) => Result,
): BackendReply {
  const missing = missingInput(request, input);
  if (missing !== undefined) return missing;
  if (ring === undefined) return { error: "encryption key not found" };
  const { data } = request;
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
  const refusal = ring.versionError(version);
  if (refusal !== undefined) return refusal;
  const used = version === 0 ? ring.latest : version;
  return { ciphertext: ring.encrypt(Buffer.from(plaintext, "base64"), used), key_version: used };
}

function decryptOne(ring: Keyring, { ciphertext }: Item): Result {
  if (ciphertext === undefined || ciphertext === "") return "missing ciphertext to decrypt";
  const plaintext = ring.decrypt(ciphertext);
  return typeof plaintext === "string" ? plaintext : { plaintext: plaintext.toString("base64") };
}

function rewrapOne(ring: Keyring, { ciphertext }: Item): Result {
  if (ciphertext === undefined || ciphertext === "") return "missing ciphertext to decrypt";
  const plaintext = ring.decrypt(ciphertext);
  if (typeof plaintext === "string") return plaintext;
  return { ciphertext: ring.encrypt(plaintext), key_version: ring.latest };
}
