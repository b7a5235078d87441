import { createPrivateKey, generateKeyPairSync, generatePrime, generatePrimeSync, type KeyObject } from "node:crypto";
import { promisify } from "node:util";

const prime = promisify<number, { readonly bigint: true }, bigint>(generatePrime);

/** The exponent that everybody uses. */
const E = 65_537n;

/**
 * A new RSA key, made beside the event loop. Its primes are sought side by side, and as RFC 8017 wants them: OpenSSL's
 * own generator builds them as FIPS 186-4 does, which takes more than twice the work, one after the other.
 */
export async function generateRsaKey(bits: number): Promise<KeyObject> {
  for (;;) {
    const [p, q] = await Promise.all([prime(bits / 2, { bigint: true }), prime(bits / 2, { bigint: true })]);
    const key = keyOf(p, q, bits);
    if (key !== undefined) return key;
  }
}

/** The same at once. OpenSSL is quick enough with toy keys, and they are for showing how they fail. */
export function generateRsaKeySync(bits: number): KeyObject {
  if (bits < 1_024) return generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
  for (;;) {
    const p = generatePrimeSync(bits / 2, { bigint: true });
    const key = keyOf(p, generatePrimeSync(bits / 2, { bigint: true }), bits);
    if (key !== undefined) return key;
  }
}

/** The key of two primes; `undefined` for primes that do not fit together. */
function keyOf(p: bigint, q: bigint, bits: number): KeyObject | undefined {
  const n = p * q;
  const phi = (p - 1n) * (q - 1n);
  if (p === q || phi % E === 0n || n >> BigInt(bits - 1) !== 1n) return undefined;
  const d = inverse(E, phi);
  const key = {
    kty: "RSA",
    n: base64url(n),
    e: base64url(E),
    d: base64url(d),
    p: base64url(p),
    q: base64url(q),
    dp: base64url(d % (p - 1n)),
    dq: base64url(d % (q - 1n)),
    qi: base64url(inverse(q, p)),
  };
  return createPrivateKey({ key, format: "jwk" });
}

/** The number by which `value` gives 1 modulo `modulus` (extended Euclid). */
function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next] = [modulus, value % modulus];
  let [before, now] = [0n, 1n];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [before, now] = [now, before - quotient * now];
  }
  return before < 0n ? before + modulus : before;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url");
}
