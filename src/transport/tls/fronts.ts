import type { LogLevel } from "../../journal/index.js";
import { compareVersions, goQuoteList, type Version } from "../../runtime/index.js";
import type { ClientHello } from "./client-hello.js";
import { versionsOf } from "./client-hello.js";
import { goCertificateAlert, opensslCertificateAlert, type ClientCertificateProblem } from "./client-certificate.js";
import { type AlertName, ALERTS, CIPHER_SUITES, type CipherSuite } from "./registry.js";
import { nginxPage } from "./nginx-pages.js";
import type { FrontName } from "./settings.js";

/** Why a server ends a handshake, before it comes to certificates. */
export type HelloProblem = "protocol-version" | "cipher-suite" | "key-exchange" | "application-protocol";

/** Everything that can go wrong in a handshake, with what a log line needs to say it. */
export type HandshakeProblem =
  | { readonly kind: HelloProblem; readonly hello: ClientHello }
  | { readonly kind: "client-certificate"; readonly problem: ClientCertificateProblem; readonly version: string }
  | { readonly kind: "client-alert"; readonly alert: number }
  | { readonly kind: "closed" }
  | { readonly kind: "reset"; readonly local: string; readonly remote: string }
  | { readonly kind: "timeout"; readonly local: string; readonly remote: string }
  | { readonly kind: "plain-http" }
  | { readonly kind: "not-tls" }
  | { readonly kind: "sslv2" }
  | { readonly kind: "library"; readonly reason: string };

export interface LogLine {
  readonly level: LogLevel;
  readonly line: string;
}

/** What one product in front of a server does where products differ. */
export interface Front {
  readonly id: FrontName;
  /** One sentence for the reference page. */
  readonly doc: string;
  cipherSuites(go: Version): readonly CipherSuite[];
  groups(go: Version): readonly string[];
  readonly alpn: readonly string[];
  readonly clientCertificate: "none" | "request";
  /** Does a client's ALPN list without a common protocol end the handshake? */
  readonly insistsOnAlpn: boolean;
  /** The alert for a client certificate that is missing or bad; `http` where the handshake goes on and HTTP refuses. */
  certificateAlert(problem: ClientCertificateProblem, version: string, go: Version): AlertName | "http";
  /** Is a certificate verified that was asked for but not demanded? */
  readonly verifiesOptional: boolean;
  /** Bytes that answer plain HTTP on the TLS port; nothing where it just closes. */
  plainHttp(firstBytes: string): string | undefined;
  log(problem: HandshakeProblem, remote: string, go: Version): LogLine | undefined;
}

const since = (go: Version, minor: number): boolean => compareVersions(go, [1, minor, 0]) >= 0;
const suites = (...ids: number[]): readonly CipherSuite[] =>
  ids.flatMap((id) => CIPHER_SUITES.find((suite) => suite.id === id) ?? []);

/** Go: crypto/tls cipherSuitesPreferenceOrder. */
const GO_ECDHE = [0xc02f, 0xc02b, 0xc030, 0xc02c, 0xcca8, 0xcca9, 0xc013, 0xc009, 0xc014, 0xc00a];
const GO_RSA = [0x009c, 0x009d, 0x002f, 0x0035];
const GO_3DES_ECDHE = 0xc012;
const GO_3DES_RSA = 0x000a;

const vault: Front = {
  id: "vault",
  doc: "Vault's own listener: Go's crypto/tls and net/http, whose alerts depend on the Go that Vault was built with.",
  cipherSuites: (go) =>
    suites(...GO_ECDHE, ...(since(go, 22) ? [] : [...GO_RSA, GO_3DES_RSA]), ...(since(go, 23) ? [] : [GO_3DES_ECDHE])),
  groups: (go) => [...(since(go, 24) ? ["X25519MLKEM768"] : []), "X25519", "P-256", "P-384", "P-521"],
  alpn: ["h2", "http/1.1"],
  clientCertificate: "request",
  insistsOnAlpn: true,
  certificateAlert: goCertificateAlert,
  verifiesOptional: false,
  plainHttp: (first) =>
    // Go: net/http tlsRecordHeaderLooksLikeHTTP
    ["GET /", "HEAD ", "POST ", "PUT /", "OPTIO"].includes(first.slice(0, 5))
      ? "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
      : undefined,
  log: (problem, remote, go) => {
    const reason = goReason(problem, go);
    return reason === undefined
      ? undefined
      : { level: "info", line: `http: TLS handshake error from ${remote}: ${reason}` };
  },
};

/** crypto/tls and net/http in their own words. */
function goReason(problem: HandshakeProblem, go: Version): string | undefined {
  switch (problem.kind) {
    case "protocol-version":
      return `tls: client offered only unsupported versions: ${hexList(versionsOf(problem.hello))}`;
    case "cipher-suite":
      // unverified: which Go began to add the offer; it is there in 1.26 and in the recordings.
      return `tls: no cipher suite supported by both client and server${since(go, 24) ? `; client offered: ${hexList(problem.hello.cipherSuites)}` : ""}`;
    case "key-exchange":
      // unverified: the words changed with the post-quantum groups of Go 1.24.
      return since(go, 24)
        ? "tls: no key exchanges supported by both client and server"
        : "tls: no ECDHE curve supported by both client and server";
    case "application-protocol":
      return `tls: client requested unsupported application protocols (${goQuoteList(problem.hello.alpn)})`;
    case "client-certificate":
      return problem.problem.kind === "missing"
        ? "tls: client didn't provide a certificate"
        : `tls: failed to verify certificate: x509: ${problem.problem.goText}`;
    case "client-alert":
      return `remote error: tls: ${GO_ALERTS[problem.alert] ?? `alert(${problem.alert})`}`;
    case "closed":
      return "EOF";
    case "reset":
      return `read tcp ${problem.local}->${problem.remote}: read: connection reset by peer`;
    case "timeout":
      return `read tcp ${problem.local}->${problem.remote}: i/o timeout`;
    case "plain-http":
      // unverified: asked for in golang/go#66501 (March 2024), so taken to be there from 1.23 on.
      return since(go, 23) ? "client sent an HTTP request to an HTTPS server" : undefined;
    case "not-tls":
      return "tls: first record does not look like a TLS handshake";
    case "sslv2":
      return "tls: unsupported SSLv2 handshake received";
    case "library":
      return `tls: ${problem.reason}`;
  }
}

function hexList(ids: readonly number[]): string {
  return `[${ids.map((id) => id.toString(16)).join(" ")}]`;
}

/** Go: crypto/tls alertText. */
const GO_ALERTS: Readonly<Record<number, string>> = {
  10: "unexpected message",
  20: "bad record MAC",
  40: "handshake failure",
  42: "bad certificate",
  43: "unsupported certificate",
  44: "revoked certificate",
  45: "expired certificate",
  46: "unknown certificate",
  47: "illegal parameter",
  48: "unknown certificate authority",
  49: "access denied",
  50: "error decoding message",
  51: "error decrypting message",
  70: "protocol version not supported",
  71: "insufficient security level",
  80: "internal error",
  86: "inappropriate fallback",
  90: "user canceled",
  112: "unrecognized name",
  116: "certificate required",
  120: "no application protocol",
};

/** What an OpenSSL-based front offers when its configuration names nothing: forward secrecy and RSA key exchange. */
const OPENSSL_SUITES = suites(
  ...[0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc02b, 0xc02f, 0xc024, 0xc028, 0xc023, 0xc027, 0xc00a, 0xc014, 0xc009, 0xc013],
  ...[0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f],
);

const openssl: Front = {
  id: "openssl",
  doc: "A server on OpenSSL that adds nothing of its own, such as `openssl s_server` or a Node server.",
  cipherSuites: () => OPENSSL_SUITES,
  groups: () => ["X25519", "P-256", "X448", "P-521", "P-384"],
  alpn: ["http/1.1"],
  clientCertificate: "none",
  insistsOnAlpn: true,
  certificateAlert: opensslCertificateAlert,
  verifiesOptional: true,
  plainHttp: () => undefined,
  log: (problem) => {
    const error = opensslError(problem);
    return error === undefined ? undefined : { level: "error", line: error };
  },
};

const PLAIN_HTTP_NGINX = nginxPage("The plain HTTP request was sent to HTTPS port");

const nginx: Front = {
  ...openssl,
  id: "nginx",
  doc: "nginx: refuses client certificates in HTTP with a page of its own, after a handshake that succeeds.",
  certificateAlert: () => "http",
  verifiesOptional: true,
  plainHttp: () =>
    `HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: ${PLAIN_HTTP_NGINX.length}\r\n` +
    `Connection: close\r\n\r\n${PLAIN_HTTP_NGINX}`,
  log: (problem, remote) => {
    const client = remote.replace(/:\d+$/, "");
    if (problem.kind === "plain-http") {
      return {
        level: "info",
        line: `client sent plain HTTP request to HTTPS port while reading client request headers, client: ${client}`,
      };
    }
    if (problem.kind === "client-certificate") {
      const what =
        problem.problem.kind === "missing"
          ? "client sent no required SSL certificate"
          : `client SSL certificate verify error: (${problem.problem.openssl})`;
      return { level: "info", line: `${what} while reading client request headers, client: ${client}` };
    }
    if (problem.kind === "closed")
      return {
        level: "info",
        line: `peer closed connection in SSL handshake while SSL handshaking, client: ${client}`,
      };
    const error = opensslError(problem);
    return error === undefined
      ? undefined
      : { level: "info", line: `SSL_do_handshake() failed (SSL: ${error}) while SSL handshaking, client: ${client}` };
  },
};

const haproxy: Front = {
  ...openssl,
  id: "haproxy",
  doc: "HAProxy: OpenSSL's alerts; a client whose ALPN list has nothing in common goes on without one.",
  insistsOnAlpn: false,
  // unverified: the words of the log line differ between releases; these are the ones without an error-log-format.
  log: (problem, remote) => ({
    level: "info",
    line: `${remote} fe/1: ${problem.kind === "closed" ? "Connection closed during SSL handshake" : problem.kind === "timeout" ? "Timeout during SSL handshake" : "SSL handshake failure"}`,
  }),
};

/** OpenSSL 3.0's error for a problem, as its error queue prints it. */
function opensslError(problem: HandshakeProblem): string | undefined {
  const text = (reason: number, words: string): string =>
    `error:0A${reason.toString(16).toUpperCase().padStart(6, "0")}:SSL routines::${words}`;
  switch (problem.kind) {
    case "protocol-version":
      return text(0x102, "unsupported protocol");
    case "cipher-suite":
      return text(0xc1, "no shared cipher");
    case "key-exchange":
      return text(0x65, "no suitable key share");
    case "application-protocol":
      return text(0xeb, "no application protocol");
    case "client-certificate":
      return problem.problem.kind === "missing"
        ? text(0xc7, "peer did not return a certificate")
        : text(0x86, "certificate verify failed");
    case "client-alert":
      return text(1000 + problem.alert, opensslAlert(problem.alert));
    case "plain-http":
      return text(0x9c, "http request");
    case "not-tls":
    case "sslv2":
      return text(0x10b, "wrong version number");
    case "library":
      return `SSL routines::${problem.reason}`;
    default:
      return undefined;
  }
}

/** Alerts that SSL 3 had are still called after it, up to OpenSSL 3.1. */
const OF_SSL3: readonly AlertName[] = [
  "unexpected_message",
  "bad_record_mac",
  "decompression_failure",
  "handshake_failure",
  "no_certificate",
  "bad_certificate",
  "unsupported_certificate",
  "certificate_revoked",
  "certificate_expired",
  "certificate_unknown",
  "illegal_parameter",
];

function opensslAlert(code: number): string {
  const name = (Object.keys(ALERTS) as AlertName[]).find((known) => ALERTS[known] === code);
  if (name === undefined) return `reason(${1000 + code})`;
  const family = OF_SSL3.includes(name)
    ? "sslv3"
    : name === "certificate_required" || name === "missing_extension"
      ? "tlsv13"
      : "tlsv1";
  return `${family} alert ${name.replaceAll("_", " ")}`;
}

/** Every front, by name. */
export const FRONTS: Readonly<Record<FrontName, Front>> = { vault, nginx, haproxy, openssl };
