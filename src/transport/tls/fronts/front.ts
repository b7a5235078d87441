import type { LogLevel } from "../../../journal/index.js";
import type { Version } from "../../../runtime/index.js";
import type { ClientCertificateProblem } from "../client-certificate.js";
import type { ClientHello } from "../client-hello.js";
import { type AlertName, CIPHER_SUITES, type CipherSuite } from "../registry.js";
import type { FrontName } from "../settings.js";

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

/** Suites by number, in that order. */
export function suites(...ids: number[]): readonly CipherSuite[] {
  return ids.flatMap((id) => CIPHER_SUITES.find((suite) => suite.id === id) ?? []);
}
