import type { TLSSocket } from "node:tls";
import { CIPHER_SUITES } from "./registry.js";

/** RFC 9113 appendix A: over TLS 1.2, HTTP/2 allows ephemeral key exchange with authenticated encryption only. */
export function isProhibitedInHttp2(name: string): boolean {
  const suite = CIPHER_SUITES.find((known) => known.name === name);
  return suite?.keyExchange === "RSA" || !/GCM|CHACHA20|CCM/.test(name);
}

const INADEQUATE_SECURITY = 0xc;

/** Go's HTTP/2 server says GOAWAY before it has said SETTINGS, which its own client calls a protocol error. (h2_bundle: rejectConn) */
export function rejectHttp2(socket: TLSSocket, name: string): void {
  const id = CIPHER_SUITES.find((known) => known.name === name)?.id ?? 0;
  const debug = Buffer.from(`Prohibited TLS 1.2 Cipher Suite: ${id.toString(16)}`);
  const frame = Buffer.alloc(17);
  frame.writeUIntBE(8 + debug.length, 0, 3);
  frame.writeUInt8(7, 3);
  frame.writeUInt32BE(INADEQUATE_SECURITY, 13);
  socket.resume();
  socket.on("end", () => socket.destroy());
  socket.end(Buffer.concat([frame, debug]));
}
