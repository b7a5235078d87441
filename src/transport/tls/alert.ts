import { createCipheriv, createHmac } from "node:crypto";
import type net from "node:net";

const FATAL = 2;
const ALERT = 0x15;

/** An alert as a record of its own, unencrypted: as it goes before keys are agreed on, and before TLS 1.3 until Finished. */
export function plainAlert(code: number): Buffer {
  return Buffer.from([ALERT, 3, 3, 0, 2, code === 0 ? 1 : FATAL, code]);
}

/**
 * The alert as the first record under a traffic secret of TLS 1.3 (RFC 8446 §5.2, §7.3): the server's application secret, or
 * the client's handshake secret. Node cannot be told to send one.
 */
export function sealedAlert(code: number, trafficSecret: Buffer, cipherSuite: string): Buffer {
  const hash = cipherSuite.endsWith("SHA384") ? "sha384" : "sha256";
  const cipher = cipherSuite.includes("CHACHA20")
    ? "chacha20-poly1305"
    : cipherSuite.includes("AES_256")
      ? "aes-256-gcm"
      : "aes-128-gcm";
  const key = expandLabel(trafficSecret, "key", cipher === "aes-128-gcm" ? 16 : 32, hash);
  const nonce = expandLabel(trafficSecret, "iv", 12, hash);
  const inner = Buffer.from([FATAL, code, ALERT]);
  const header = Buffer.from([0x17, 3, 3, 0, inner.length + 16]);
  // The two calls differ in their types only.
  const sealing =
    cipher === "chacha20-poly1305"
      ? createCipheriv(cipher, key, nonce, { authTagLength: 16 })
      : createCipheriv(cipher, key, nonce);
  sealing.setAAD(header, { plaintextLength: inner.length });
  return Buffer.concat([header, sealing.update(inner), sealing.final(), sealing.getAuthTag()]);
}

function expandLabel(secret: Buffer, label: string, length: number, hash: string): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([length >> 8, length & 255, name.length]), name, Buffer.from([0])]);
  return createHmac(hash, secret)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, length);
}

/** How long a peer may take to close after it was sent away. */
const LINGER_MS = 5_000;

/**
 * Sends last bytes so that they arrive: closing while the peer's bytes lie unread would make the kernel send a reset,
 * which overtakes them.
 */
export function sendAway(socket: net.Socket, bytes?: string | Buffer): void {
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.destroy());
  socket.setTimeout(LINGER_MS, () => socket.destroy());
  socket.resume();
  if (bytes === undefined) socket.end();
  else socket.end(bytes);
}
