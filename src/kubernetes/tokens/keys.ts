import { createHash, createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { generateRsaKey } from "../../pki/index.js";

/** What signs service account tokens: kube-apiserver takes RSA and ECDSA keys. */
export type SigningKeyType = "rsa-2048" | "ec-p256" | "ec-p384" | "ec-p521";

interface Algorithm {
  readonly name: string;
  readonly hash: string;
}

const ALGORITHMS: Readonly<Record<SigningKeyType, Algorithm>> = {
  "rsa-2048": { name: "RS256", hash: "sha256" },
  "ec-p256": { name: "ES256", hash: "sha256" },
  "ec-p384": { name: "ES384", hash: "sha384" },
  "ec-p521": { name: "ES512", hash: "sha512" },
};

/** A service account signing key. `kid` is derived from the public key as kube-apiserver does. */
export class SigningKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly #algorithm: Algorithm;

  constructor(
    readonly type: SigningKeyType,
    readonly privateKey: KeyObject,
  ) {
    this.publicKey = createPublicKey(privateKey);
    this.#algorithm = ALGORITHMS[type];
    this.kid = createHash("sha256")
      .update(this.publicKey.export({ type: "spki", format: "der" }))
      .digest("base64url");
  }

  /** `RS256`, `ES256`… */
  get algorithm(): string {
    return this.#algorithm.name;
  }

  /** A JWT of `claims`; `header` replaces the usual header's members (`undefined` takes one out). */
  sign(claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): string {
    const text = `${encode({ alg: this.algorithm, kid: this.kid, ...header })}.${encode(claims)}`;
    const key = { key: this.privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${text}.${sign(this.#algorithm.hash, Buffer.from(text), key).toString("base64url")}`;
  }

  /** The public key as `/openid/v1/jwks` shows it. */
  jwk(): Readonly<Record<string, unknown>> {
    const { kty, ...rest } = this.publicKey.export({ format: "jwk" });
    return { use: "sig", kty, kid: this.kid, alg: this.algorithm, ...rest };
  }
}

/**
 * Signing keys that several clusters may share, for speed: an RSA key takes 50 ms to make.
 * Each is made, off the main thread, when it is first asked for.
 */
export class SigningKeys {
  readonly #make: (type: SigningKeyType) => Promise<SigningKey>;
  readonly #keys = new Map<SigningKeyType, Promise<SigningKey>>();

  constructor(make: (type: SigningKeyType) => Promise<SigningKey> = generateSigningKey) {
    this.#make = make;
  }

  key(type: SigningKeyType): Promise<SigningKey> {
    const known = this.#keys.get(type);
    if (known !== undefined) return known;
    const made = this.#make(type);
    this.#keys.set(type, made);
    return made;
  }
}

/** The keys that clusters of this process share unless told otherwise. They hold no state but the keys. */
export const sharedSigningKeys = new SigningKeys();

const generate = promisify(generateKeyPair);

export async function generateSigningKey(type: SigningKeyType): Promise<SigningKey> {
  if (type === "rsa-2048") return new SigningKey(type, await generateRsaKey(2048));
  const curve = { "ec-p256": "P-256", "ec-p384": "P-384", "ec-p521": "P-521" }[type];
  return new SigningKey(type, (await generate("ec", { namedCurve: curve })).privateKey);
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
