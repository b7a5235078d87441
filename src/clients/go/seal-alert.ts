import { createCipheriv, createHmac } from "node:crypto";

const BAD_CERTIFICATE = 42;
const FATAL = 2;

/** A fatal alert as TLS 1.2 sends it before the keys change. */
export function plainAlert(alert: number = BAD_CERTIFICATE): Buffer {
  return Buffer.from([0x15, 3, 3, 0, 2, FATAL, alert]);
}

/** AEAD, key length and hash of TLS 1.3's suites. */
const SUITES: Readonly<
  Record<string, readonly ["aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305", number, "sha256" | "sha384"]>
> = {
  TLS_AES_128_GCM_SHA256: ["aes-128-gcm", 16, "sha256"],
  TLS_AES_256_GCM_SHA384: ["aes-256-gcm", 32, "sha384"],
  TLS_CHACHA20_POLY1305_SHA256: ["chacha20-poly1305", 32, "sha256"],
};

/**
 * A fatal alert as the first record under the client's handshake key of TLS 1.3 (RFC 8446 §5.2), which is where Go's
 * client puts its verdict on a certificate. Node has no call for it.
 * @param secret CLIENT_HANDSHAKE_TRAFFIC_SECRET
 */
export function sealedAlert(suite: string, secret: Buffer, alert: number = BAD_CERTIFICATE): Buffer {
  const [aead, keyLength, hash] = SUITES[suite] ?? ["aes-128-gcm", 16, "sha256"];
  const key = expandLabel(hash, secret, "key", keyLength);
  const iv = expandLabel(hash, secret, "iv", 12);
  const header = Buffer.from([0x17, 3, 3, 0, 3 + 16]);
  // Node's types want the GCM and the ChaCha form named apart; both take the same steps.
  const cipher =
    aead === "chacha20-poly1305"
      ? createCipheriv(aead, key, iv, { authTagLength: 16 })
      : createCipheriv(aead, key, iv, { authTagLength: 16 });
  cipher.setAAD(header, { plaintextLength: 3 });
  const sealed = Buffer.concat([cipher.update(Buffer.from([FATAL, alert, 0x15])), cipher.final()]);
  const changeCipherSpec = Buffer.from([0x14, 3, 3, 0, 1, 1]);
  return Buffer.concat([changeCipherSpec, header, sealed, cipher.getAuthTag()]);
}

/** HKDF-Expand-Label with an empty context (RFC 8446 §7.1). */
function expandLabel(hash: "sha256" | "sha384", secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([length >> 8, length & 0xff, name.length]), name, Buffer.from([0])]);
  // One block of HKDF-Expand is enough: no length here is longer than the hash.
  return createHmac(hash, secret)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, length);
}
