import { opensslCertificateAlert } from "../client-certificate.js";
import { type AlertName, ALERTS } from "../registry.js";
import { type Front, type HandshakeProblem, suites } from "./front.js";

/** What an OpenSSL-based front offers when its configuration names nothing: forward secrecy and RSA key exchange. */
const OPENSSL_SUITES = suites(
  ...[0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc02b, 0xc02f, 0xc024, 0xc028, 0xc023, 0xc027, 0xc00a, 0xc014, 0xc009, 0xc013],
  ...[0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f],
);

export const openssl: Front = {
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

/** OpenSSL 3.0's error for a problem, as its error queue prints it. */
export function opensslError(problem: HandshakeProblem): string | undefined {
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
