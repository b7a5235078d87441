import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { generateRsaKeySync } from "./rsa.js";

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

  key(type: KeyType, purpose: string): KeyObject {
    const name = `${type} ${purpose}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const made = generateKey(type);
    this.#keys.set(name, made);
    return made;
  }
}

export function keyPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
