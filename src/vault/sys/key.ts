/** Shortest and longest share that can be one. (vault/barrier_aes_gcm.go: KeyLength, shamir.ShareOverhead) */
export const [LEAST_KEY_BYTES, MOST_KEY_BYTES] = [16, 33];

/** A share from what people send: hex that has the length of a key, else base64. (http/sys_seal.go: handleSysUnseal) */
export function keyBytes(text: string): Buffer | undefined {
  const hex = /^(?:[\da-f]{2})+$/i.test(text) ? Buffer.from(text, "hex") : undefined;
  if (hex !== undefined && hex.length >= LEAST_KEY_BYTES && hex.length <= MOST_KEY_BYTES) return hex;
  const isBase64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(text);
  return isBase64 ? Buffer.from(text, "base64") : undefined;
}

export const NOT_A_KEY = "'key' must be a valid hex or base64 string";

/** Why bytes of this length are no share. */
export function lengthProblem(key: Buffer): string | undefined {
  if (key.length < LEAST_KEY_BYTES) return `key is shorter than minimum ${LEAST_KEY_BYTES} bytes`;
  return key.length > MOST_KEY_BYTES ? `key is longer than maximum ${MOST_KEY_BYTES} bytes` : undefined;
}

/** What comes of shares that are not the right ones. */
export const WRONG_KEY =
  "unable to retrieve stored keys: invalid key: failed to decrypt keys from storage: cipher: message authentication failed";
