import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { generateRsaKey, generateRsaKeySync } from "./rsa.js";

/** RSA keys are slow to make (2048 bits: 50 ms); everything else takes well below a millisecond. */
export type KeyType =
  "ec-p256" | "ec-p384" | "ec-p521" | "ed25519" | "rsa-512" | "rsa-1024" | "rsa-2048" | "rsa-3072" | "rsa-4096";

const CURVES = { "ec-p256": "P-256", "ec-p384": "P-384", "ec-p521": "P-521" } as const;
const BITS = { "rsa-512": 512, "rsa-1024": 1024, "rsa-2048": 2048, "rsa-3072": 3072, "rsa-4096": 4096 } as const;

/** A new private key. */
export function generateKey(type: KeyType): KeyObject {
  switch (type) {
    case "ec-p256":
    case "ec-p384":
    case "ec-p521":
      return generateKeyPairSync("ec", { namedCurve: CURVES[type] }).privateKey;
    case "ed25519":
      return generateKeyPairSync("ed25519").privateKey;
    default:
      return generateRsaKeySync(BITS[type]);
  }
}

/**
 * Keys that several labs may share, for speed. A lab without one makes keys of its own.
 * Each `purpose` has one key of each type, made when it is first asked for.
 */
export class KeyPool {
  readonly #keys = new Map<string, KeyObject>();
  #rsa: Promise<KeyObject> | undefined;

  /** One RSA 2048 key, made beside the event loop when it is first asked for. */
  rsaAside(): Promise<KeyObject> {
    return (this.#rsa ??= generateRsaKey(2_048));
  }

  key(type: KeyType, purpose: string): KeyObject {
    const name = `${type} ${purpose}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const made = generateKey(type);
    this.#keys.set(name, made);
    return made;
  }
}

/** The DER of a P-256 key up to its point: AlgorithmIdentifier, then a BIT STRING with an uncompressed point. */
const P256 = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");

/**
 * A public key from its SubjectPublicKeyInfo. One on P-256, as most are, goes in as a JWK: OpenSSL takes twice as long
 * to read it from DER.
 * @throws Error when it is none
 */
export function readPublicKey(spki: Buffer): KeyObject {
  const at = P256.length;
  if (spki.length !== at + 64 || !spki.subarray(0, at).equals(P256))
    return createPublicKey({ key: spki, type: "spki", format: "der" });
  const part = (from: number): string => spki.toString("base64url", from, from + 32);
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x: part(at), y: part(at + 32) }, format: "jwk" });
}

export function keyPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
