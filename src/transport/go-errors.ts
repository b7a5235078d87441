import { isIP } from "node:net";

/** What Node knows of a failed connection. */
interface NodeError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
}

export interface Peer {
  readonly host: string;
  readonly port: number;
  /** `address:port` of this end, where there was a connection. */
  readonly local?: string;
}

const REFUSALS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "connect: connection timed out",
  EADDRNOTAVAIL: "connect: cannot assign requested address",
};

/** Alerts as Go's crypto/tls names them, by the name that OpenSSL gives them in its error codes. */
const ALERTS: Readonly<Record<string, string>> = {
  UNEXPECTED_MESSAGE: "unexpected message",
  BAD_RECORD_MAC: "bad record MAC",
  HANDSHAKE_FAILURE: "handshake failure",
  BAD_CERTIFICATE: "bad certificate",
  UNSUPPORTED_CERTIFICATE: "unsupported certificate",
  CERTIFICATE_REVOKED: "revoked certificate",
  CERTIFICATE_EXPIRED: "expired certificate",
  CERTIFICATE_UNKNOWN: "unknown certificate",
  ILLEGAL_PARAMETER: "illegal parameter",
  UNKNOWN_CA: "unknown certificate authority",
  ACCESS_DENIED: "access denied",
  DECODE_ERROR: "error decoding message",
  DECRYPT_ERROR: "error decrypting message",
  PROTOCOL_VERSION: "protocol version not supported",
  INSUFFICIENT_SECURITY: "insufficient security level",
  INTERNAL_ERROR: "internal error",
  UNRECOGNIZED_NAME: "unrecognized name",
  NO_APPLICATION_PROTOCOL: "no application protocol",
  CERTIFICATE_REQUIRED: "certificate required",
};

/**
 * A failed connection or exchange in the words of Go's net, crypto/tls and net/http, without the `Get "url": ` in front.
 * What has no counterpart keeps Node's own message.
 */
export function goConnectionError(error: Error, peer: Peer): string {
  const { code = "", syscall } = error as NodeError;
  const target = `${(error as NodeError).address ?? peer.host}:${peer.port}`;
  const refusal = REFUSALS[code];
  if (refusal !== undefined && syscall === "connect") return `dial tcp ${bracketed(target)}: ${refusal}`;
  if (error instanceof AggregateError && error.errors[0] instanceof Error)
    return goConnectionError(error.errors[0], peer);
  if (code === "ENOTFOUND") return `dial tcp: lookup ${peer.host}: no such host`;
  if (code === "EAI_AGAIN") return `dial tcp: lookup ${peer.host}: Temporary failure in name resolution`;
  const alert = ALERTS[/^ERR_SSL_(?:SSLV3|TLSV1|TLSV13)_ALERT_(\w+)$/.exec(code)?.[1] ?? ""];
  if (alert !== undefined) return `remote error: tls: ${alert}`;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return "tls: first record does not look like a TLS handshake";
  }
  if (code === "ERR_SSL_UNSUPPORTED_PROTOCOL") return "tls: server selected unsupported protocol version 301"; // 301 = TLS 1.0; OpenSSL does not say which
  if (code === "EPIPE") return `write tcp ${peer.local ?? "127.0.0.1:0"}->${bracketed(target)}: write: broken pipe`;
  if (code === "ECONNRESET" && syscall === "read") {
    return `read tcp ${peer.local ?? "127.0.0.1:0"}->${bracketed(target)}: read: connection reset by peer`;
  }
  return code === "ECONNRESET" || code === "HPE_INVALID_EOF_STATE" ? "EOF" : error.message;
}

/** IPv6 addresses stand in brackets before a port. */
function bracketed(target: string): string {
  const at = target.lastIndexOf(":");
  const host = target.slice(0, at);
  return isIP(host) === 6 ? `[${host}]${target.slice(at)}` : target;
}
