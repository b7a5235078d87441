import type { TlsVersion } from "./registry.js";

/** A certificate with its key, as PEM: the leaf, then what is sent beside it. */
export interface KeyAndCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Whose alerts, answers and log lines a TLS listener gives. */
export type FrontName = "vault" | "nginx" | "haproxy" | "openssl";

/** A TLS listener by description. What is left out is what the named front does by default. */
export interface TlsSettings extends KeyAndCertificate {
  /** Default `vault`. */
  readonly front?: FrontName;
  /** The Go that a `vault` front was built with, such as `1.24`: several alerts depend on it. Default: a current one. */
  readonly go?: string;
  /** Default TLSv1.2. */
  readonly minVersion?: TlsVersion;
  /** Default TLSv1.3. */
  readonly maxVersion?: TlsVersion;
  /** IANA names, best first. Those of TLS 1.3 are always on unless some are named. */
  readonly cipherSuites?: readonly string[];
  /** Groups by IANA's or Go's name, best first. */
  readonly curves?: readonly string[];
  /** Best first. Default `h2` and `http/1.1` for `vault`, `http/1.1` for the others. Empty: no ALPN. */
  readonly alpn?: readonly string[];
  /** Default `request` for `vault`, which asks but takes what comes; `none` for the others. */
  readonly clientCertificate?: "none" | "request" | "require";
  /** PEM of the authorities that client certificates must come from. */
  readonly clientCa?: string;
  /** Other certificates by server name; `*.example.org` matches one label. */
  readonly sni?: Readonly<Record<string, KeyAndCertificate>>;
}
