import type { BackendReply, BackendRequest, Field, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { goType } from "../../core/go.js";
import { genericName } from "../../core/sdk.js";
import { answer, decoded, type Item, type Items, itemsOf, type Result, textOf, unparsed } from "./batch.js";
import { createKey, type TransitStore } from "./key-settings.js";
import { supports } from "./key-types.js";
import type { Circumstance, Keyring } from "./keyring.js";

const FIELDS: Readonly<Record<string, Field>> = {
  name: { type: "string" },
  type: { type: "string", default: "aes256-gcm96" },
  plaintext: { type: "string" },
  ciphertext: { type: "string" },
  key_version: { type: "int" },
  batch_input: { type: "slice" },
  context: { type: "string" },
  nonce: { type: "string" },
  associated_data: { type: "string" },
  convergent_encryption: { type: "bool" },
  partial_failure_response_code: { type: "int" },
};
const PADDING: Readonly<Record<string, Field>> = { padding_scheme: { type: "string" } };
const ITEM = ["plaintext", "ciphertext", "key_version", "context", "nonce", "associated_data", "padding_scheme"];
/** What rewrapping does not know; its batches fail in parts without saying so. */
const NOT_REWRAPPED = ["plaintext", "associated_data", "partial_failure_response_code"];
type One = (ring: Keyring, item: Item) => Result;

/** Encrypting, decrypting and both after each other. (path_encrypt.go, path_decrypt.go, path_rewrap.go) */
export function cipherPaths(store: TransitStore): Path[] {
  const name = genericName("name");
  const late = store.context.quirk("transit-pads-rsa");
  const fields = { ...FIELDS, ...(late && PADDING) };
  const item = late ? ITEM : ITEM.filter((field) => field !== "padding_scheme");
  const ringOf = ({ data }: BackendRequest): Keyring | undefined => store.keys.get(data.string("name"));
  const encrypt = (request: BackendRequest): BackendReply =>
    each(ringOf(request), request, item, "plaintext", encryptOne, 400);
  const opening =
    (one: One, failed?: number) =>
    (request: BackendRequest): BackendReply =>
      each(ringOf(request), request, item, "ciphertext", one, failed);
  return [
    {
      pattern: `encrypt/${name}`,
      summary: "Encrypt.",
      fields,
      exists: (request) => ringOf(request) !== undefined,
      operations: {
        create: async (request) => (await upsertKey(store, request, item)) ?? encrypt(request),
        update: encrypt,
      },
    },
    {
      pattern: `decrypt/${name}`,
      summary: "Decrypt.",
      fields,
      operations: {
        update: opening(decryptOne, 400),
      },
    },
    {
      pattern: `rewrap/${name}`,
      summary: "Decrypt and encrypt under the newest version.",
      fields: Object.fromEntries(Object.entries(fields).filter(([field]) => !NOT_REWRAPPED.includes(field))),
      operations: {
        update: opening(rewrapOne),
      },
    },
  ];
}

/** Makes the key that is to encrypt, derived if there is a context; or says why not. */
async function upsertKey(
  store: TransitStore,
  request: BackendRequest,
  fields: readonly string[],
): Promise<BackendReply> {
  const sent = inputsOf(request, fields, "plaintext");
  if ("error" in sent) return sent;
  if (!store.upserts) return { error: "encryption key not found" };
  const { data } = request;
  const type = data.string("type");
  const isOld = !store.context.quirk("transit-keys-may-be-hybrid");
  if (!supports(type).encryption || (isOld && !supports(type).derivation)) return { error: `unknown key type ${type}` };
  const derived = sent.items.some(hasContext);
  const convergent = data.bool("convergent_encryption");
  if (convergent && !derived) {
    return { error: "convergent encryption requires derivation to be enabled, so context is required" };
  }
  const made = await createKey(store, { name: data.string("name"), type, derived, convergent, keySize: 0 });
  return typeof made === "string" ? { error: made } : undefined;
}

type Input = "plaintext" | "ciphertext";

/** That nothing was sent is said before the key is looked for, or made. */
function inputsOf(
  request: BackendRequest,
  fields: readonly string[],
  input: Input,
): Items | { readonly error: string } {
  const sent = itemsOf(request, fields);
  if ("error" in sent) return sent;
  if (!sent.isBatch) {
    const value = sent.items[0]?.[input];
    if (input === "plaintext" && value === undefined) return { error: "missing plaintext to encrypt" };
    return input === "ciphertext" && (value ?? "") === "" ? { error: "missing ciphertext to decrypt" } : sent;
  }
  const wrong = sent.items.flatMap((item, at) => itemErrors(item, at, input));
  if (wrong.length > 0) throw unparsed(`${wrong.length} error(s) decoding:\n\n${wrong.sort().join("\n")}`);
  const isMixed = sent.items.some(hasContext) && !sent.items.every(hasContext);
  return isMixed && input === "plaintext"
    ? { error: "context should be set either in all the request blocks or in none" }
    : sent;
}

function hasContext({ context }: Item): boolean {
  return (textOf(context) ?? "") !== "";
}

const MISSING = { plaintext: "missing plaintext to encrypt", ciphertext: "missing ciphertext to decrypt" } as const;

/** (decodeEncryptBatchRequestItems, decodeDecryptBatchRequestItems) */
function itemErrors(item: Item, at: number, input: Input): string[] {
  const unfit = (field: string, type: string): string =>
    `* '[${at}].${field}' expected type '${type}', got unconvertible type '${goType(item[field])}'`;
  const texts = [input, "context", "nonce", "associated_data", "reference"].filter(
    (field) => item[field] !== undefined && typeof item[field] !== "string",
  );
  const version = item.key_version;
  return [
    ...texts.map((field) => unfit(field, "string")),
    ...(version === undefined || goType(version) === "json.Number" ? [] : [unfit("key_version", "int")]),
    ...(item[input] === undefined ? [`* '[${at}].${input}' ${MISSING[input]}`] : []),
  ];
}

/** One input, or a batch whose failures do not stop the rest but may give the reply a status. */
function each(
  ring: Keyring | undefined,
  request: BackendRequest,
  fields: readonly string[],
  input: Input,
  one: One,
  failed?: number,
): BackendReply {
  const sent = inputsOf(request, fields, input);
  if ("error" in sent) return sent;
  if (ring === undefined) return { error: "encryption key not found" };
  const results = sent.items.map((item) => settled(ring, item, one));
  const succeeded = results.some((result) => typeof result !== "string");
  const { data } = request;
  if (failed === undefined) return answer(sent, results);
  const own = data.has("partial_failure_response_code") ? data.number("partial_failure_response_code") : 0;
  return answer(sent, results, { status: succeeded && own !== 0 ? own : failed });
}

/** A user's mistake is the item's own; in some batches all others are, too, and else the request's. */
export function settled(ring: Keyring, item: Item, one: One, swallows = false): Result {
  try {
    return one(ring, item);
  } catch (error) {
    if (error instanceof VaultError && (swallows || error.status === 400)) return error.message;
    throw error;
  }
}

/** What goes with a message, or what is wrong with it. */
function circumstanceOf(ring: Keyring, item: Item): Circumstance | string {
  const [context, nonce] = [decoded(item.context), decoded(item.nonce)];
  if (typeof context === "string") return context;
  if (typeof nonce === "string") return nonce;
  const padding = textOf(item.padding_scheme) ?? "";
  if (padding !== "" && ring.kind.does !== "rsa")
    return `'[0].padding_scheme' invalid: unsupported key type ${ring.type} for padding scheme`;
  if (!["", "oaep", "pkcs1v15"].includes(padding))
    return `'[0].padding_scheme' invalid: unknown padding scheme: ${padding}`;
  const sent = textOf(item.associated_data) ?? "";
  if (sent !== "" && ring.kind.does !== "aead")
    return `'[0].associated_data' provided for non-AEAD cipher suite ${ring.type}`;
  const associated = decoded(sent);
  if (typeof associated === "string") {
    throw new VaultError(500, `unable to get associated_data/additional_data from factory[0]: ${associated}`);
  }
  return { context, nonce, associated, ...(padding !== "" && { padding }) };
}

function encryptOne(ring: Keyring, item: Item): Result {
  const plaintext = decoded(item.plaintext);
  if (typeof plaintext === "string") return plaintext;
  const circumstance = circumstanceOf(ring, item);
  if (typeof circumstance === "string") return circumstance;
  if (circumstance.nonce.length > 0) return "provided nonce not allowed for this key";
  if (!supports(ring.type).encryption) return `message encryption not supported for key type ${ring.type}`;
  const version = Number(item.key_version ?? 0);
  const refusal = ring.versionError(version);
  if (refusal !== undefined) return refusal;
  const used = version === 0 ? ring.latest : version;
  return { ciphertext: ring.encrypt(plaintext, circumstance, used), key_version: used };
}

function opened(ring: Keyring, item: Item): Buffer | string {
  const ciphertext = textOf(item.ciphertext) ?? "";
  if (ciphertext === "") return "missing ciphertext to decrypt";
  const circumstance = circumstanceOf(ring, item);
  return typeof circumstance === "string" ? circumstance : ring.decrypt(ciphertext, circumstance);
}

function decryptOne(ring: Keyring, item: Item): Result {
  const plaintext = opened(ring, item);
  return typeof plaintext === "string" ? plaintext : { plaintext: plaintext.toString("base64") };
}

function rewrapOne(ring: Keyring, item: Item): Result {
  const plaintext = opened(ring, item);
  if (typeof plaintext === "string") return plaintext;
  const circumstance = circumstanceOf(ring, item);
  if (typeof circumstance === "string") return circumstance;
  if (circumstance.nonce.length > 0) return "provided nonce not allowed for this key";
  return { ciphertext: ring.encrypt(plaintext, circumstance), key_version: ring.latest };
}
