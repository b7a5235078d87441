import { compareVersions, type Version } from "../../runtime/index.js";
import type { AlertName } from "./registry.js";

/** What is wrong with the certificate of a client; `code` is OpenSSL's name of its verification error. */
export type ClientCertificateProblem =
  | { readonly kind: "missing" }
  | {
      readonly kind: "bad";
      readonly code: string;
      /** Go's words, without `x509: `. */
      readonly goText: string;
      /** OpenSSL's number and words, as nginx logs them. */
      readonly openssl: string;
    };

interface VerificationError {
  readonly go: "unknown" | "expired" | "other";
  readonly goText: string;
  readonly openssl: string;
  /** OpenSSL: ssl/statem/statem_lib.c ssl_x509err2alert. */
  readonly alert: AlertName;
}

const UNKNOWN = "certificate signed by unknown authority";
const unknown = (openssl: string): VerificationError => ({
  go: "unknown",
  goText: UNKNOWN,
  openssl,
  alert: "unknown_ca",
});

const ERRORS: Readonly<Record<string, VerificationError>> = {
  CERT_HAS_EXPIRED: {
    go: "expired",
    goText: "certificate has expired or is not yet valid",
    openssl: "10:certificate has expired",
    alert: "certificate_expired",
  },
  CERT_NOT_YET_VALID: {
    go: "expired",
    goText: "certificate has expired or is not yet valid",
    openssl: "9:certificate is not yet valid",
    alert: "bad_certificate",
  },
  INVALID_PURPOSE: {
    go: "other",
    goText: "certificate specifies an incompatible key usage",
    openssl: "26:unsuitable certificate purpose",
    alert: "unsupported_certificate",
  },
  CERT_SIGNATURE_FAILURE: {
    go: "unknown",
    goText: UNKNOWN,
    openssl: "7:certificate signature failure",
    alert: "decrypt_error",
  },
  CERT_REVOKED: {
    go: "other",
    goText: "certificate is revoked",
    openssl: "23:certificate revoked",
    alert: "certificate_revoked",
  },
  UNABLE_TO_GET_ISSUER_CERT: unknown("2:unable to get issuer certificate"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknown("20:unable to get local issuer certificate"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknown("21:unable to verify the first certificate"),
  DEPTH_ZERO_SELF_SIGNED_CERT: unknown("18:self-signed certificate"),
  SELF_SIGNED_CERT_IN_CHAIN: unknown("19:self-signed certificate in certificate chain"),
};

/** From OpenSSL's name of a verification error, as Node gives it. */
export function certificateProblem(code: string): ClientCertificateProblem {
  const known = ERRORS[code];
  return {
    kind: "bad",
    code,
    goText: known?.goText ?? UNKNOWN,
    openssl: known?.openssl ?? `1:${code.toLowerCase().replaceAll("_", " ")}`,
  };
}

/**
 * Go's server. Since 1.21 it says what is wrong (TLS 1.3 only for a missing certificate); since 1.25 it says
 * `handshake_failure` for a missing one before TLS 1.3 too; older ones know but `bad_certificate`.
 * (crypto/tls handshake_server.go processCertsFromClient; recorded from Vault 1.14.9, which Go 1.20 built.)
 */
export function goCertificateAlert(problem: ClientCertificateProblem, version: string, go: Version): AlertName {
  const since = (minor: number): boolean => compareVersions(go, [1, minor, 0]) >= 0;
  if (problem.kind === "missing") {
    if (version === "TLSv1.3") return since(21) ? "certificate_required" : "bad_certificate";
    return since(25) ? "handshake_failure" : "bad_certificate";
  }
  const reason = ERRORS[problem.code]?.go ?? "unknown";
  if (!since(21) || reason === "other") return "bad_certificate";
  return reason === "expired" ? "certificate_expired" : "unknown_ca";
}

export function opensslCertificateAlert(problem: ClientCertificateProblem, version: string): AlertName {
  if (problem.kind === "missing") return version === "TLSv1.3" ? "certificate_required" : "handshake_failure";
  return ERRORS[problem.code]?.alert ?? "certificate_unknown";
}
