import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

interface Suite {
  readonly cipher: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";
  readonly keyBytes: number;
}

/** Key types that encrypt; the asymmetric and signing ones are not emulated. */
const SUITES: Readonly<Record<string, Suite>> = {
  "aes128-gcm96": { cipher: "aes-128-gcm", keyBytes: 16 },
  "aes256-gcm96": { cipher: "aes-256-gcm", keyBytes: 32 },
  "chacha20-poly1305": { cipher: "chacha20-poly1305", keyBytes: 32 },
};

const NONCE = 12;
const TAG = 16;

export function isKeyType(type: string): boolean {
  return SUITES[type] !== undefined;
}

interface Version {
  readonly key: Buffer;
  readonly hmacKey: Buffer;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** A named key with its versions. Ciphertexts read `vault:v<version>:<base64 of nonce, ciphertext and tag>`. */
export class Keyring {
  readonly #versions: Version[] = [];
  minDecryption = 1;
  minEncryption = 0;
  deletionAllowed = false;
  exportable = false;
  allowPlaintextBackup = false;
  autoRotate = 0;

  constructor(
    readonly name: string,
    readonly type: string,
    now: number,
  ) {
    this.rotate(now);
  }

  get latest(): number {
    return this.#versions.length;
  }

  rotate(now: number): void {
    this.#versions.push({
      key: randomBytes(this.#suite.keyBytes),
      hmacKey: randomBytes(32),
      createdAt: Math.floor(now / 1_000),
    });
  }

  get #suite(): Suite {
    return SUITES[this.type] ?? { cipher: "aes-256-gcm", keyBytes: 32 };
  }

  /** Why nothing is encrypted under that version; 0 is the newest. */
  versionError(version: number): string | undefined {
    const used = version === 0 ? this.latest : version;
    if (used < 0) return "requested version for encryption is negative";
    if (used > this.latest) return "requested version for encryption is higher than the latest key version";
    return used < this.minEncryption
      ? "requested version for encryption is less than the minimum encryption key version"
      : undefined;
  }

  /** A version's key, or the one for its HMACs, in base64. */
  material(version: number, forHmac: boolean): string {
    const found = this.#versions[version - 1];
    return ((forHmac ? found?.hmacKey : found?.key) ?? Buffer.alloc(0)).toString("base64");
  }

  encrypt(plaintext: Buffer, version = this.latest): string {
    const nonce = randomBytes(NONCE);
    const { cipher } = this.#suite;
    const key = this.#versions[version - 1]?.key ?? Buffer.alloc(0);
    const sealed = createCipheriv(cipher as "aes-256-gcm", key, nonce, { authTagLength: TAG });
    const body = Buffer.concat([nonce, sealed.update(plaintext), sealed.final(), sealed.getAuthTag()]);
    return `vault:v${version}:${body.toString("base64")}`;
  }

  /** The plaintext, or Vault's words for why not. (sdk/helper/keysutil Policy.Decrypt) */
  decrypt(ciphertext: string): Buffer | string {
    if (!ciphertext.startsWith("vault:v")) return "invalid ciphertext: no prefix";
    const [number, encoded] = ciphertext.slice("vault:v".length).split(":", 2);
    if (encoded === undefined) return "invalid ciphertext: wrong number of fields";
    if (!/^\d+$/.test(number ?? "")) return "invalid ciphertext: version number could not be decoded";
    const version = number === "0" ? 1 : Number(number);
    if (version > this.latest) return "invalid ciphertext: version is too new";
    if (version < this.minDecryption) return "ciphertext or signature version is disallowed by policy (too old)";
    if (badBase64(encoded) !== undefined) return "invalid ciphertext: could not decode base64";
    const body = Buffer.from(encoded, "base64");
    if (body.length < NONCE + TAG) return "invalid ciphertext length";
    const key = this.#versions[version - 1]?.key ?? Buffer.alloc(0);
    const opened = createDecipheriv(this.#suite.cipher as "aes-256-gcm", key, body.subarray(0, NONCE), {
      authTagLength: TAG,
    });
    opened.setAuthTag(body.subarray(-TAG));
    try {
      return Buffer.concat([opened.update(body.subarray(NONCE, -TAG)), opened.final()]);
    } catch {
      return "invalid ciphertext: unable to decrypt";
    }
  }

  /** As `GET keys/<name>` shows it. */
  shown(): Readonly<Record<string, unknown>> {
    const shown = this.#versions.slice(this.minDecryption - 1);
    return {
      allow_plaintext_backup: this.allowPlaintextBackup,
      auto_rotate_period: this.autoRotate,
      deletion_allowed: this.deletionAllowed,
      derived: false,
      exportable: this.exportable,
      imported_key: false,
      keys: Object.fromEntries(shown.map(({ createdAt }, at) => [String(at + this.minDecryption), createdAt])),
      latest_version: this.latest,
      min_available_version: 0,
      min_decryption_version: this.minDecryption,
      min_encryption_version: this.minEncryption,
      name: this.name,
      supports_decryption: true,
      supports_derivation: true,
      supports_encryption: true,
      supports_signing: false,
      type: this.type,
    };
  }
}

/** Where Go's base64.StdEncoding stumbles. */
export function badBase64(text: string): number | undefined {
  const at = text.search(/[^A-Za-z0-9+/]/);
  const body = at === -1 ? text : text.slice(0, at);
  if (at === -1) return text.length % 4 === 0 ? undefined : text.length - (text.length % 4);
  return text.slice(at) === "=".repeat((4 - (body.length % 4)) % 4) ? undefined : at;
}
