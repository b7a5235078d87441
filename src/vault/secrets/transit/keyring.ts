import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  hkdfSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { promisify } from "node:util";
import { generateRsaKey } from "../../../pki/index.js";
import { rfc3339Nano } from "../../core/go.js";
import { badBase64 } from "../../core/tools.js";
import { VaultError } from "../../core/backend.js";
import { KEY_KINDS, type KeyKind, supports } from "./key-types.js";

const NONCE = 12;
const TAG = 16;
const generate = promisify(generateKeyPair);

/** One version of a key: `secret` of symmetric keys and seeds, `pair` of asymmetric ones. */
export interface KeyVersion {
  readonly secret: Buffer;
  readonly pair?: KeyObject;
  readonly hmacKey: Buffer;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** How a key is made, once and for all. */
export interface KeyOptions {
  readonly type: string;
  readonly derived: boolean;
  readonly convergent: boolean;
  /** Bytes, of keys for HMACs alone. */
  readonly keySize: number;
}

/** What goes with a message, decoded. */
export interface Circumstance {
  readonly context: Buffer;
  readonly nonce: Buffer;
  readonly associated: Buffer;
  /** Of RSA; OAEP unless it says otherwise. */
  readonly padding?: string;
}

export const NO_CIRCUMSTANCE: Circumstance = {
  context: Buffer.alloc(0),
  nonce: Buffer.alloc(0),
  associated: Buffer.alloc(0),
};

const NO_CONTEXT =
  "missing 'context' for key derivation; the key was created using a derived key, which means additional, per-request information must be included in order to perform operations with the key";
export const TOO_OLD = "ciphertext or signature version is disallowed by policy (too old)";

/** A named key with its versions. What it makes reads `vault:v<version>:<base64>`. (sdk/helper/keysutil: Policy) */
export class Keyring {
  readonly #versions: KeyVersion[] = [];
  readonly kind: KeyKind;
  minDecryption = 1;
  minEncryption = 0;
  minAvailable = 0;
  deletionAllowed = false;
  exportable = false;
  allowPlaintextBackup = false;
  autoRotate = 0;
  /** When it was backed up last, in ms since the epoch. */
  backedUpAt: number | undefined;

  private constructor(
    readonly name: string,
    readonly options: KeyOptions,
  ) {
    this.kind = KEY_KINDS[options.type] ?? { does: "hmac" };
  }

  /** A key with its first version. */
  static async create(name: string, options: KeyOptions, now: number): Promise<Keyring> {
    const ring = new Keyring(name, options);
    await ring.rotate(now);
    return ring;
  }

  /** The same key under another name, as a backup gives it back. */
  renamed(name: string): Keyring {
    const ring = Object.assign(new Keyring(name, this.options), {
      minDecryption: this.minDecryption,
      minEncryption: this.minEncryption,
      minAvailable: this.minAvailable,
      deletionAllowed: this.deletionAllowed,
      exportable: this.exportable,
      allowPlaintextBackup: this.allowPlaintextBackup,
      autoRotate: this.autoRotate,
      backedUpAt: this.backedUpAt,
    });
    ring.#versions.push(...this.#versions);
    return ring;
  }

  get type(): string {
    return this.options.type;
  }

  get latest(): number {
    return this.#versions.length;
  }

  /** The key of a version. @throws VaultError where it was trimmed or archived */
  version(number: number): KeyVersion {
    const isGone = number < Math.max(this.minAvailable, this.minDecryption);
    const found = isGone ? undefined : this.#versions[number - 1];
    if (found === undefined) throw new VaultError(400, "no such key version");
    return found;
  }

  async rotate(now: number): Promise<void> {
    const { bytes = 0, bits, curve } = this.kind;
    const size = this.kind.does === "hmac" ? this.options.keySize : bytes;
    const secret = randomBytes(size);
    const pair =
      bits !== undefined
        ? await generateRsaKey(bits)
        : curve !== undefined
          ? (await generate("ec", { namedCurve: curve[0] })).privateKey
          : undefined;
    // A key for HMACs alone is its own.
    const hmacKey = this.kind.does === "hmac" ? secret : randomBytes(32);
    this.#versions.push({ secret, hmacKey, createdAt: now, ...(pair !== undefined && { pair }) });
  }

  /** Why nothing is encrypted, or signed, under that version; 0 is the newest. */
  versionError(version: number, doing = "encryption"): string | undefined {
    const used = version === 0 ? this.latest : version;
    if (used < 0) return `requested version for ${doing} is negative`;
    if (used > this.latest) return `requested version for ${doing} is higher than the latest key version`;
    return used < this.minEncryption
      ? `requested version for ${doing} is less than the minimum encryption key version`
      : undefined;
  }

  /** The key that a version and a context make, or why they make none. */
  derived(version: number, context: Buffer, bytes = this.kind.bytes ?? 0): Buffer | string {
    const { secret } = this.version(version);
    if (!this.options.derived) return secret;
    if (context.length === 0) return NO_CONTEXT;
    return Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), context, bytes));
  }

  /** The pair that signs: made from its seed where the key is an Ed25519 one. */
  signer(version: number, context: Buffer): KeyObject | string {
    const { pair } = this.version(version);
    if (pair !== undefined) return pair;
    const seed = this.derived(version, context);
    return typeof seed === "string" ? seed : ed25519(seed);
  }

  /** The ciphertext, or Vault's words for why not. (EncryptWithOptions) */
  encrypt(plaintext: Buffer, circumstance: Circumstance, version = this.latest): string {
    const { context, nonce: given, associated, padding } = circumstance;
    const { pair } = this.version(version);
    if (pair !== undefined) return sealed(version, rsaSealed(pair, plaintext, padding));
    const { convergent } = this.options;
    const size = this.kind.bytes ?? 0;
    const derived = this.derived(version, context, convergent ? size + 32 : size);
    if (typeof derived === "string") throw new VaultError(400, derived);
    const nonce = convergent
      ? createHmac("sha256", derived.subarray(size)).update(plaintext).digest().subarray(0, NONCE)
      : given.length > 0
        ? given
        : randomBytes(NONCE);
    const cipher = createCipheriv(this.#cipher, derived.subarray(0, size), nonce, { authTagLength: TAG });
    if (associated.length > 0) cipher.setAAD(associated);
    return sealed(version, Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  }

  get #cipher(): "aes-256-gcm" {
    // Node's types tell the ciphers apart, which here are used alike.
    return (this.kind.cipher ?? "aes-256-gcm") as "aes-256-gcm";
  }

  /** The plaintext, or Vault's words for why not. (DecryptWithOptions) @throws VaultError where RSA fails */
  decrypt(ciphertext: string, { context, associated, padding }: Circumstance): Buffer | string {
    if (!supports(this.type).encryption) return `message decryption not supported for key type ${this.type}`;
    if (!ciphertext.startsWith("vault:v")) return "invalid ciphertext: no prefix";
    const colon = ciphertext.indexOf(":", "vault:v".length);
    if (colon === -1) return "invalid ciphertext: wrong number of fields";
    const number = ciphertext.slice("vault:v".length, colon);
    const encoded = ciphertext.slice(colon + 1);
    if (!/^[-+]?\d+$/.test(number)) return "invalid ciphertext: version number could not be decoded";
    const version = Number(number) === 0 ? 1 : Number(number);
    if (version > this.latest) return "invalid ciphertext: version is too new";
    if (version < this.minDecryption) return TOO_OLD;
    if (badBase64(encoded) !== undefined) return "invalid ciphertext: could not decode base64";
    const body = Buffer.from(encoded, "base64");
    const { pair } = this.version(version);
    if (pair !== undefined) return rsaOpened(pair, body, padding);
    const size = this.kind.bytes ?? 0;
    const derived = this.derived(version, context, this.options.convergent ? size + 32 : size);
    if (typeof derived === "string") return derived;
    if (body.length < NONCE) return "invalid ciphertext length";
    const family = this.kind.cipher === "chacha20-poly1305" ? "chacha20poly1305" : "cipher";
    const failure = `${family}: message authentication failed`;
    if (body.length < NONCE + TAG) return failure;
    const nonce = body.subarray(0, NONCE);
    const opened = createDecipheriv(this.#cipher, derived.subarray(0, size), nonce, { authTagLength: TAG });
    if (associated.length > 0) opened.setAAD(associated);
    opened.setAuthTag(body.subarray(-TAG));
    try {
      return Buffer.concat([opened.update(body.subarray(NONCE, -TAG)), opened.final()]);
    } catch {
      return failure;
    }
  }

  /** The versions that may still be used, with their numbers. */
  usable(): readonly (readonly [number: number, version: KeyVersion])[] {
    return this.#versions
      .map((version, at) => [at + 1, version] as const)
      .filter(([number]) => number >= this.minDecryption && number >= this.minAvailable);
  }

  /** As `GET keys/<name>` shows it; `context` for the public keys of derived ones. */
  shown(late: LateFields, context: Buffer): Readonly<Record<string, unknown>> {
    const { derived, convergent, keySize } = this.options;
    const { encryption, signing, derivation } = supports(this.type);
    const keys = this.usable().map(([number, version]) => [
      String(number),
      this.kind.does === "aead"
        ? Math.floor(version.createdAt / 1_000)
        : this.#published(number, version, late, context),
    ]);
    return {
      allow_plaintext_backup: this.allowPlaintextBackup,
      auto_rotate_period: this.autoRotate,
      deletion_allowed: this.deletionAllowed,
      derived,
      ...(derived && { kdf: "hkdf_sha256", convergent_encryption: convergent }),
      ...(convergent && { convergent_encryption_version: -1 }),
      ...(this.backedUpAt !== undefined && {
        backup_info: { time: rfc3339Nano(this.backedUpAt), version: this.latest },
      }),
      exportable: this.exportable,
      imported_key: false,
      ...(this.kind.does === "hmac" ? { key_size: keySize } : { keys: Object.fromEntries(keys) as unknown }),
      latest_version: this.latest,
      min_available_version: this.minAvailable,
      min_decryption_version: this.minDecryption,
      min_encryption_version: this.minEncryption,
      name: this.name,
      supports_decryption: encryption,
      supports_derivation: derivation,
      supports_encryption: encryption,
      supports_signing: signing,
      type: this.type,
    };
  }

  #published(number: number, { createdAt }: KeyVersion, late: LateFields, context: Buffer): Record<string, unknown> {
    return {
      ...late,
      creation_time: rfc3339Nano(createdAt),
      name: this.kind.curve?.[1] ?? this.type,
      public_key: this.publicKey(number, context),
    };
  }

  /** PEM, or the bare bytes of an Ed25519 key in base64; a derived one has none without a context. */
  publicKey(number: number, context: Buffer): string {
    const signer = this.signer(number, context);
    if (typeof signer === "string") return "";
    const half = createPublicKey(signer);
    return this.kind.does === "ed25519"
      ? half.export({ type: "spki", format: "der" }).subarray(-32).toString("base64")
      : half.export({ type: "spki", format: "pem" }).toString();
  }
}

/** What later releases tell of each public key, in vain here. */
export type LateFields = Readonly<Record<string, string>>;

function sealed(version: number, body: Buffer): string {
  return `vault:v${version}:${body.toString("base64")}`;
}

/** An Ed25519 key from its seed. (RFC 8410 §7) */
function ed25519(seed: Buffer): KeyObject {
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: "der", type: "pkcs8" });
}

function rsaOptions(key: KeyObject, padding = "oaep"): Parameters<typeof publicEncrypt>[0] {
  return padding === "pkcs1v15"
    ? { key, padding: constants.RSA_PKCS1_PADDING }
    : { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
}

/** @throws VaultError */
function rsaSealed(pair: KeyObject, plaintext: Buffer, padding: string | undefined): Buffer {
  try {
    return publicEncrypt(rsaOptions(createPublicKey(pair), padding), plaintext);
  } catch {
    throw new VaultError(500, "failed to RSA encrypt the plaintext: crypto/rsa: message too long for RSA key size");
  }
}

/** @throws VaultError */
function rsaOpened(pair: KeyObject, body: Buffer, padding: string | undefined): Buffer {
  try {
    return privateDecrypt(rsaOptions(pair, padding), body);
  } catch {
    throw new VaultError(500, "failed to RSA decrypt the ciphertext: crypto/rsa: decryption error");
  }
}
