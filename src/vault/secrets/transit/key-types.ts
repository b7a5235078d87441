/** Kinds of keys, and what they can do. (sdk/helper/keysutil: KeyType) */
export interface KeyKind {
  readonly does: "aead" | "rsa" | "ecdsa" | "ed25519" | "hmac";
  /** Bytes of a symmetric key. */
  readonly bytes?: number;
  readonly cipher?: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";
  /** Bits of an RSA key. */
  readonly bits?: number;
  /** As OpenSSL and as Go name the curve. */
  readonly curve?: readonly [openssl: string, go: string];
}

export const KEY_KINDS: Readonly<Record<string, KeyKind>> = {
  "aes128-gcm96": { does: "aead", bytes: 16, cipher: "aes-128-gcm" },
  "aes256-gcm96": { does: "aead", bytes: 32, cipher: "aes-256-gcm" },
  "chacha20-poly1305": { does: "aead", bytes: 32, cipher: "chacha20-poly1305" },
  ed25519: { does: "ed25519", bytes: 32 },
  "ecdsa-p256": { does: "ecdsa", curve: ["P-256", "P-256"] },
  "ecdsa-p384": { does: "ecdsa", curve: ["P-384", "P-384"] },
  "ecdsa-p521": { does: "ecdsa", curve: ["P-521", "P-521"] },
  "rsa-2048": { does: "rsa", bits: 2048 },
  "rsa-3072": { does: "rsa", bits: 3072 },
  "rsa-4096": { does: "rsa", bits: 4096 },
  hmac: { does: "hmac" },
};

const ENCRYPTING: readonly string[] = ["aead", "rsa"];
const SIGNING: readonly string[] = ["rsa", "ecdsa", "ed25519"];
const DERIVING: readonly string[] = ["aead", "ed25519"];

export function supports(type: string): {
  readonly encryption: boolean;
  readonly signing: boolean;
  readonly derivation: boolean;
  readonly convergence: boolean;
} {
  const does = KEY_KINDS[type]?.does ?? "";
  return {
    encryption: ENCRYPTING.includes(does),
    signing: SIGNING.includes(does),
    derivation: DERIVING.includes(does),
    convergence: does === "aead",
  };
}
