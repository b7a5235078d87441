import type { TLSSocket } from "node:tls";
import { CIPHER_SUITES } from "./registry.js";

/**
 * Why Go's HTTP/2 server will not speak on a connection, in its words: HTTP/2 wants TLS 1.2 at least, and over that
 * ephemeral key exchange with authenticated encryption. (RFC 9113 §9.2, appendix A; h2_bundle: serverConn.serve)
 */
export function prohibitedInHttp2(version: string, cipherSuite: string): string | undefined {
  if (version === "TLSv1.3") return undefined;
  if (version !== "TLSv1.2") return "TLS version too low";
  const suite = CIPHER_SUITES.find((known) => known.name === cipherSuite);
  const allowed = suite?.keyExchange !== "RSA" && /GCM|CHACHA20|CCM/.test(cipherSuite);
  return allowed ? undefined : `Prohibited TLS 1.2 Cipher Suite: ${(suite?.id ?? 0).toString(16)}`;
}

const GOAWAY = 7;
const INADEQUATE_SECURITY = 0xc;

/** Go says GOAWAY before it has said SETTINGS, which its own client calls a protocol error. (h2_bundle: rejectConn) */
export function rejectHttp2(socket: TLSSocket, why: string): void {
  const debug = Buffer.from(why);
  const frame = Buffer.alloc(17);
  frame.writeUIntBE(8 + debug.length, 0, 3);
  frame.writeUInt8(GOAWAY, 3);
  frame.writeUInt32BE(INADEQUATE_SECURITY, 13);
  socket.resume();
  socket.on("end", () => socket.destroy());
  socket.end(Buffer.concat([frame, debug]));
}
