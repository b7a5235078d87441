import { constants, createHmac, createPublicKey, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";
import { goQuote } from "../../../runtime/index.js";
import {
  type BackendReply,
  type BackendRequest,
  type Field,
  type FieldData,
  type Path,
  VaultError,
} from "../../core/backend.js";
import { genericName } from "../../core/sdk.js";
import { HASHES } from "../../core/tools.js";
import { answer, decoded, type Item, type Items, itemsOf, type Result, textOf } from "./batch.js";
import { settled } from "./cipher-paths.js";
import type { TransitStore } from "./key-settings.js";
import { supports } from "./key-types.js";
import { type Keyring, TOO_OLD } from "./keyring.js";

const FIELDS: Readonly<Record<string, Field>> = {
  name: { type: "string" },
  input: { type: "string" },
  context: { type: "string" },
  signature: { type: "string" },
  hmac: { type: "string" },
  hash_algorithm: { type: "string", default: "sha2-256" },
  algorithm: { type: "string", default: "sha2-256" },
  urlalgorithm: { type: "string" },
  key_version: { type: "int" },
  prehashed: { type: "bool" },
  signature_algorithm: { type: "string" },
  marshaling_algorithm: { type: "string", default: "asn1" },
  salt_length: { type: "string", default: "auto" },
  batch_input: { type: "slice" },
};

/** Hashes by Vault's names, with SHA-1, which the tools do not have. */
const SIGNED_HASHES: Readonly<Record<string, string>> = { ...HASHES, sha1: "sha1", none: "none" };

type Update = (ring: Keyring | undefined, request: BackendRequest) => BackendReply;

/** Signatures and HMACs. (path_sign_verify.go, path_hmac.go) */
export function signPaths(store: TransitStore): Path[] {
  const { keys } = store;
  const name = genericName("name");
  const path = (verb: string, summary: string, update: Update): Path => ({
    pattern: `${verb}/${name}(?:/${genericName("urlalgorithm")})?`,
    summary,
    fields: FIELDS,
    operations: { update: (request) => update(keys.get(request.data.string("name")), request) },
  });
  return [
    path("hmac", "Make an HMAC.", (ring, request) => makeHmac(store, ring, request)),
    path("sign", "Sign.", (ring, request) => makeSignature(store, ring, request)),
    path("verify", "Verify a signature or an HMAC.", (ring, request) => check(store, ring, request)),
  ];
}

/** How something is signed. */
interface Manner {
  readonly hash: string;
  readonly jws: boolean;
  readonly prehashed: boolean;
  /** Of RSA: `pss` unless it says otherwise. */
  readonly scheme: string;
  /** Bytes, or one of OpenSSL's constants. */
  readonly salt: number;
}

/** (getCommonSignVerifyApiArgs) */
function mannerOf(data: FieldData): Manner | string {
  const name = hashName(data);
  const hash = SIGNED_HASHES[name];
  if (hash === undefined) return `invalid hash algorithm ${goQuote(name)}`;
  const marshaling = data.string("marshaling_algorithm");
  if (marshaling !== "asn1" && marshaling !== "jws") return `invalid marshaling type ${goQuote(marshaling)}`;
  const salt = saltOf(data.string("salt_length"));
  if (typeof salt === "string") return salt;
  const scheme = data.string("signature_algorithm");
  const prehashed = data.bool("prehashed");
  if (hash === "none" && !(prehashed && scheme === "pkcs1v15")) {
    return "hash_algorithm=none requires both prehashed=true and signature_algorithm=pkcs1v15";
  }
  return { hash, jws: marshaling === "jws", prehashed, scheme, salt };
}

function hashName(data: FieldData): string {
  const inPath = data.string("urlalgorithm");
  if (inPath !== "") return inPath;
  return data.has("hash_algorithm") ? data.string("hash_algorithm") : data.string("algorithm");
}

function saltOf(text: string): number | string {
  const name = text.toLowerCase();
  if (name === "auto") return constants.RSA_PSS_SALTLEN_AUTO;
  if (name === "hash") return constants.RSA_PSS_SALTLEN_DIGEST;
  if (!/^[-+]?\d+$/.test(text)) return `salt length neither 'auto', 'hash', nor an int: ${text}`;
  return Number(text) < -1 ? `salt length is invalid: ${Number(text)}` : Number(text);
}

function makeSignature(store: TransitStore, ring: Keyring | undefined, request: BackendRequest): BackendReply {
  const { data } = request;
  const manner = mannerOf(data);
  if (typeof manner === "string") return { error: manner };
  if (ring === undefined) return { error: "signing key not found" };
  if (!supports(ring.type).signing) return { error: `key type ${ring.type} does not support signing` };
  const sent = itemsOf(request, ["input", "context"], "'': ");
  if ("error" in sent) return sent;
  // A single input that is not there is an empty one.
  const items = sent.isBatch ? sent.items : sent.items.map((item) => ({ input: "", ...item }));
  const late = store.context.quirk("transit-keys-may-be-hybrid");
  const words = late ? "" : " as base64";
  const one = (key: Keyring, item: Item): Result =>
    signOne(key, item, manner, { version: data.number("key_version"), late, words });
  const results = items.map((item) => settled(ring, item, one, sent.isBatch));
  // A batch tells a version even of what has none.
  return answer(sent, results, { extra: { key_version: 0 } });
}

interface Signing {
  readonly version: number;
  /** Does the release know of pre-hashed Ed25519? */
  readonly late: boolean;
  /** In which its input cannot be read. */
  readonly words: "" | " as base64";
}

/** @throws VaultError 500, which is the item's own in a batch */
function signOne(ring: Keyring, item: Item, manner: Manner, { version, late, words }: Signing): Result {
  if (item.input === undefined) return "missing input";
  const input = decoded(item.input);
  if (typeof input === "string") return `unable to decode input${words}: ${input}`;
  const context = decoded(item.context);
  if (typeof context === "string") return "failed to base64-decode context";
  const impure = late ? impurity(ring, manner) : undefined;
  if (impure !== undefined) return `failed to parse batch item: ${impure}`;
  const refusal = ring.versionError(version, "signing");
  if (refusal !== undefined) throw new VaultError(500, refusal);
  const used = version === 0 ? ring.latest : version;
  const key = signerOf(ring, used, context);
  refuseScheme(key, manner, input);
  const signature = sign(digestFor(key, manner), input, { key, ...optionsOf(key, manner, true) });
  const published = ring.options.derived ? { public_key: ring.publicKey(used, context) } : {};
  const text = signature.toString(manner.jws ? "base64url" : "base64");
  return { signature: `vault:v${used}:${text}`, key_version: used, ...published };
}

/** What only Vault Enterprise does with an Ed25519 key. */
function impurity({ kind }: Keyring, { hash, prehashed }: Manner): string | undefined {
  if (kind.does !== "ed25519") return undefined;
  if (prehashed) return "only Pure Ed25519 signatures supported, prehashed must be false";
  return hash === "sha512" ? "only Pure Ed25519 signatures supported, hash_alogithm should not be set" : undefined;
}

/** @throws VaultError where the key is derived and there is nothing to derive it from */
function signerOf(ring: Keyring, version: number, context: Buffer): KeyObject {
  const key = ring.signer(version, context);
  if (typeof key === "string") throw new VaultError(500, `error deriving key: ${key}`);
  return key;
}

/**
 * The digest that is signed; an input that is hashed already is hashed once more, so that only this engine
 * knows the signature again.
 */
function digestFor(key: KeyObject, { hash }: Manner): string | null {
  if (key.asymmetricKeyType === "ed25519") return null;
  return hash === "none" ? "sha256" : hash;
}

const DIGEST_BYTES: Readonly<Record<string, number>> = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  "sha3-224": 28,
  "sha3-256": 32,
  "sha3-384": 48,
  "sha3-512": 64,
};

/** @throws VaultError where RSA cannot do it */
function refuseScheme(key: KeyObject, { scheme, hash, prehashed }: Manner, input: Buffer): void {
  if (key.asymmetricKeyType !== "rsa") return;
  if (!["", "pss", "pkcs1v15"].includes(scheme)) {
    throw new VaultError(500, `unsupported rsa signature algorithm ${scheme}`);
  }
  if (prehashed && hash !== "none" && input.length !== DIGEST_BYTES[hash]) {
    throw new VaultError(500, "crypto/rsa: input must be hashed with given hash");
  }
}

function optionsOf(key: KeyObject, { jws, scheme, salt }: Manner, signs: boolean): Readonly<Record<string, unknown>> {
  switch (key.asymmetricKeyType) {
    case "rsa":
      if (scheme === "pkcs1v15") return { padding: constants.RSA_PKCS1_PADDING };
      return {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        // As long as fits, as Go has it; OpenSSL would call that by another name.
        saltLength: signs && salt === constants.RSA_PSS_SALTLEN_AUTO ? constants.RSA_PSS_SALTLEN_MAX_SIGN : salt,
      };
    case "ec":
      return { dsaEncoding: jws ? "ieee-p1363" : "der" };
    default:
      return {};
  }
}

/** What is to be verified: signatures or HMACs, and nothing else. */
function check(store: TransitStore, ring: Keyring | undefined, request: BackendRequest): BackendReply {
  const sent = itemsOf(request, ["input", "context", "signature", "hmac"], "'': ");
  if ("error" in sent) return sent;
  // Where an element has both, its signature counts.
  const signed = sent.items.some(({ signature }) => signature !== undefined);
  const hashed = sent.items.some(({ signature, hmac }) => signature === undefined && hmac !== undefined);
  const missing = sent.items.some(({ signature, hmac }) => signature === undefined && hmac === undefined);
  const words = store.context.quirk("transit-knows-cmacs") ? WITH_CMACS : WITHOUT_CMACS;
  if (!sent.isBatch && !signed && !hashed) return { error: words.nothing };
  if (signed && hashed) return { error: words.both };
  if (missing && signed) return { error: "some elements of batch_input are missing 'signature'" };
  if (missing && hashed) return { error: "some elements of batch_input are missing 'hmac'" };
  if (!signed && !hashed) return { error: words.none };
  return hashed ? checkHmacs(store, ring, request, sent) : checkSignatures(store, ring, request, sent);
}

const WITH_CMACS = {
  nothing: "missing one of 'signature', 'hmac' or 'cmac' arguments to verify",
  both: "elements of batch_input must all provide either 'signature', 'hmac' or 'cmac'",
  none: "no batch_input elements have 'signature', 'hmac' or 'cmac'",
} as const;
const WITHOUT_CMACS = {
  nothing: "neither a 'signature' nor an 'hmac' were given to verify",
  both: "elements of batch_input must all provide 'signature' or all provide 'hmac'",
  none: "no batch_input elements have 'signature' or 'hmac'",
} as const;

/** A batch tells of each element whether it is valid, and `always` even of one that failed. */
function verdicts(sent: Items, results: readonly Result[], always: boolean): BackendReply {
  if (!sent.isBatch) return answer(sent, results);
  const batch_results = results.map((result, at) => {
    const reference = textOf(sent.items[at]?.reference) ?? "";
    return typeof result === "string"
      ? { ...(always && { valid: false }), error: result, reference }
      : { ...result, reference };
  });
  return { data: { batch_results } };
}

function checkSignatures(
  { context }: TransitStore,
  ring: Keyring | undefined,
  { data }: BackendRequest,
  sent: Items,
): BackendReply {
  const manner = mannerOf(data);
  if (typeof manner === "string") return { error: manner };
  if (ring === undefined) return { error: "signature verification key not found" };
  const late = context.quirk("transit-keys-may-be-hybrid");
  const doing = late ? "signing" : "verification";
  if (!supports(ring.type).signing) return { error: `key type ${ring.type} does not support ${doing}` };
  const one = (key: Keyring, item: Item): Result => checkSignature(key, item, manner, late);
  return verdicts(
    sent,
    sent.items.map((item) => settled(ring, item, one, sent.isBatch)),
    true,
  );
}

function checkSignature(ring: Keyring, item: Item, manner: Manner, late: boolean): Result {
  const input = decoded(item.input);
  if (typeof input === "string") {
    return late
      ? `failed to parse item: failed to parse input: ${input}`
      : `unable to decode input as base64: ${input}`;
  }
  const context = decoded(item.context);
  if (typeof context === "string") return `failed to parse item: failed to parse context: ${context}`;
  const found = versioned(textOf(item.signature) ?? "", "signature");
  if (typeof found === "string") return found;
  const { version, encoded } = found;
  if (version > ring.latest) return "invalid signature: version is too new";
  if (version < ring.minDecryption) return TOO_OLD;
  const signature = manner.jws ? Buffer.from(encoded, "base64url") : decoded(encoded);
  if (typeof signature === "string") return "invalid base64 signature value";
  const key = signerOf(ring, version, context);
  refuseScheme(key, manner, input);
  if (key.asymmetricKeyType === "ec" && !manner.jws && !isSequence(signature)) return "supplied signature is invalid";
  const options = { key: createPublicKey(key), ...optionsOf(key, manner, false) };
  return { valid: verify(digestFor(key, manner), input, options, signature) };
}

/** Is it a DER SEQUENCE of its own length? */
function isSequence(bytes: Buffer): boolean {
  const long = bytes[1] === 0x81;
  const length = long ? bytes[2] : bytes[1];
  return bytes[0] === 0x30 && length === bytes.length - (long ? 3 : 2);
}

/** `vault:v<version>:<base64>` in its parts, or why it is none. */
function versioned(text: string, what: string): { readonly version: number; readonly encoded: string } | string {
  if (!text.startsWith("vault:v"))
    return what === "HMAC" ? "invalid HMAC to verify: no prefix" : `invalid ${what}: no prefix`;
  const colon = text.indexOf(":", "vault:v".length);
  if (colon === -1) return `invalid ${what}: wrong number of fields`;
  const number = text.slice("vault:v".length, colon);
  if (!/^[-+]?\d+$/.test(number)) return `invalid ${what}: version number could not be decoded`;
  return { version: Number(number), encoded: text.slice(colon + 1) };
}

/** The hash of an HMAC, or the refusal, in which Vault forgets the name. */
function hmacHash(data: FieldData): string | undefined {
  const name = data.string("urlalgorithm") || data.string("algorithm");
  const hash = SIGNED_HASHES[name];
  return hash === "none" ? undefined : hash;
}

const NO_HASH = "unsupported algorithm '\\x00'";

function makeHmac({ context }: TransitStore, ring: Keyring | undefined, request: BackendRequest): BackendReply {
  const { data } = request;
  if (ring === undefined) return { error: "encryption key not found" };
  const asked = data.number("key_version");
  const version = asked === 0 ? ring.latest : asked;
  if (version !== ring.latest && ring.minEncryption > 0 && version < ring.minEncryption) {
    return { error: "cannot generate HMAC: version is too old (disallowed by policy)" };
  }
  if (version < 0) return { error: "key version does not exist (cannot be negative)" };
  if (version > ring.latest)
    return { error: "key version does not exist; latest key version is " + String(ring.latest) };
  const hash = hmacHash(data);
  if (hash === undefined) return { error: NO_HASH };
  const sent = itemsOf(request, ["input"], "'': ");
  if ("error" in sent) return sent;
  const { hmacKey } = ring.version(version);
  const vain = context.quirk("transit-batches-tell-validity") ? { valid: false } : {};
  const results = sent.items.map((item): Result => {
    if (item.input === undefined) return "missing input for HMAC";
    const input = decoded(item.input);
    if (typeof input === "string") return `unable to decode input as base64: ${input}`;
    const valid = sent.isBatch ? vain : {};
    return { ...valid, hmac: `vault:v${version}:${createHmac(hash, hmacKey).update(input).digest("base64")}` };
  });
  // A batch tells, in vain, whether each is valid.
  return answer(sent, results, { extra: vain });
}

function checkHmacs(
  { context }: TransitStore,
  ring: Keyring | undefined,
  { data }: BackendRequest,
  sent: Items,
): BackendReply {
  if (ring === undefined) return { error: "encryption key not found" };
  const hash = hmacHash(data);
  if (hash === undefined) return { error: NO_HASH };
  return verdicts(
    sent,
    sent.items.map((item) => checkHmac(ring, { ...(!sent.isBatch && { input: "" }), ...item }, hash)),
    context.quirk("transit-batches-tell-validity"),
  );
}

function checkHmac(ring: Keyring, item: Item, hash: string): Result {
  if (item.input === undefined) return "missing input";
  const input = decoded(item.input);
  if (typeof input === "string") return `unable to decode input as base64: ${input}`;
  const found = versioned(textOf(item.hmac) ?? "", "HMAC");
  if (typeof found === "string") return found;
  const { version, encoded } = found;
  const wanted = decoded(encoded);
  if (typeof wanted === "string") return `unable to decode verification HMAC as base64: ${wanted}`;
  if (version > ring.latest) return "invalid HMAC: version is too new";
  if (version < ring.minDecryption) return "cannot verify HMAC: version is too old (disallowed by policy)";
  const made = createHmac(hash, ring.version(version).hmacKey).update(input).digest();
  return { valid: made.length === wanted.length && timingSafeEqual(made, wanted) };
}
