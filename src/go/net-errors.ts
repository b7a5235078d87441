import { isIP } from "node:net";
import { alertNumber, remoteAlert } from "./alerts.js";

/** What Node knows of a failed connection. */
interface NodeError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly address?: string;
}

/** Both ends of a connection that was tried. */
export interface Ends {
  readonly host: string;
  readonly port: number;
  /** `address:port` of this end, where there was a connection. */
  readonly local?: string;
}

/** The words that Go has for the system's errors. (Go: syscall, Linux) */
export const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: "cannot assign requested address",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  EPIPE: "broken pipe",
  ETIMEDOUT: "connection timed out",
};

/** `host:port` as Go joins them: IPv6 addresses stand in brackets. (Go: net.JoinHostPort) */
export function networkAddress(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A connection that could not be opened, in the words of Go's net. */
export function dialError(thrown: Error, { host, port }: Ends): string {
  const error = firstOf(thrown);
  // Whether this machine has a name server to ask must not show. unverified: Go adds " on <name server>" where it asked one.
  if (error.syscall === "getaddrinfo") return `dial tcp: lookup ${host}: no such host`;
  const words = SYSTEM_ERRORS[error.code ?? ""] ?? error.message;
  return `dial tcp ${networkAddress(error.address ?? host, port)}: connect: ${words}`;
}

/**
 * A failed connection or exchange in the words of Go's net, crypto/tls and net/http, without the `Get "url": ` in front.
 * What has no counterpart keeps Node's own message.
 */
export function connectionError(thrown: Error, ends: Ends): string {
  const error = firstOf(thrown);
  const { code = "", syscall } = error;
  if (syscall === "connect" || syscall === "getaddrinfo") return dialError(error, ends);
  const alert = alertNumber(error);
  if (alert !== undefined) return remoteAlert(alert);
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return "tls: first record does not look like a TLS handshake";
  }
  if (code === "ERR_SSL_UNSUPPORTED_PROTOCOL") return "tls: server selected unsupported protocol version 301"; // 301 = TLS 1.0; OpenSSL does not say which
  const path = `${ends.local ?? "127.0.0.1:0"}->${networkAddress(ends.host, ends.port)}`;
  if (code === "EPIPE") return `write tcp ${path}: write: ${SYSTEM_ERRORS[code]}`;
  if (code === "ECONNRESET" && syscall === "read") return `read tcp ${path}: read: ${SYSTEM_ERRORS[code]}`;
  return code === "ECONNRESET" || code === "HPE_INVALID_EOF_STATE" ? "EOF" : error.message;
}

/** What went wrong with the first address tried: Node collects them all, Go reports that one. */
function firstOf(error: Error): NodeError {
  return error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
}
