import { remoteAlert } from "../../../go/index.js";
import { compareVersions, goQuoteList, type Version } from "../../../runtime/index.js";
import { goCertificateAlert } from "../client-certificate.js";
import { versionsOf } from "../client-hello.js";
import { type Front, type HandshakeProblem, suites } from "./front.js";

const since = (go: Version, minor: number): boolean => compareVersions(go, [1, minor, 0]) >= 0;

/** Go: crypto/tls cipherSuitesPreferenceOrder. */
const GO_ECDHE = [0xc02f, 0xc02b, 0xc030, 0xc02c, 0xcca8, 0xcca9, 0xc013, 0xc009, 0xc014, 0xc00a];
const GO_RSA = [0x009c, 0x009d, 0x002f, 0x0035];
const GO_3DES_ECDHE = 0xc012;
const GO_3DES_RSA = 0x000a;

export const vault: Front = {
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

/** crypto/tls (handshake_server.go, handshake_server_tls13.go) and net/http (server.go) in their own words, read in 1.19 to 1.26. */
function goReason(problem: HandshakeProblem, go: Version): string | undefined {
  switch (problem.kind) {
    case "protocol-version":
      return `tls: client offered only unsupported versions: ${hexList(versionsOf(problem.hello))}`;
    case "cipher-suite":
      return `tls: no cipher suite supported by both client and server${since(go, 25) ? `; client offered: ${hexList(problem.hello.cipherSuites)}` : ""}`;
    case "key-exchange":
      return since(go, 24)
        ? "tls: no key exchanges supported by both client and server"
        : "tls: no ECDHE curve supported by both client and server";
    case "application-protocol":
      return `tls: client requested unsupported application protocols (${since(go, 24) ? goQuoteList(problem.hello.alpn) : `[${problem.hello.alpn.join(" ")}]`})`;
    case "client-certificate":
      return problem.problem.kind === "missing"
        ? "tls: client didn't provide a certificate"
        : `tls: failed to verify ${since(go, 20) ? "" : "client "}certificate: x509: ${problem.problem.goText}`;
    case "client-alert":
      return remoteAlert(problem.alert);
    case "closed":
      return "EOF";
    case "reset":
      return `read tcp ${problem.local}->${problem.remote}: read: connection reset by peer`;
    case "timeout":
      return `read tcp ${problem.local}->${problem.remote}: i/o timeout`;
    case "plain-http":
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
