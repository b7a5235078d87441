import type { PkiStore } from "./store.js";

/** What Vault warns of when it makes or takes an authority, in its words. */
const NO_URLS =
  "This mount hasn't configured any authority information access (AIA) fields; this may make it harder for systems to find missing certificates in the chain or to validate revocation status of certificates. Consider updating /config/urls or the newly generated issuer with this information.";
const NO_URLS_INTERMEDIATE = `${NO_URLS} Since this certificate is an intermediate, it might be useful to regenerate this certificate after fixing this problem for the root mount.`;
const NO_SUBJECT =
  "This issuer certificate was generated without a Subject; this makes it likely that issuing leaf certs with this certificate will cause TLS validation libraries to reject this certificate.";
const OUTLIVES =
  "The expiration time for the signed certificate is after the CA's expiration time. If the new certificate is not treated as a root, validation paths with the certificate past the issuing CA's expiration time will fail.";

export interface Circumstances {
  /** A request for an intermediate's certificate, which no certificate of this mount is yet. */
  readonly isRequest?: boolean;
  /** Of the certificate that was made; empty texts are warned of. */
  readonly subject?: string;
  readonly outlivesIssuer?: boolean;
}

/** The warnings that go with an authority, in Vault's order. */
export function authorityWarnings(
  store: PkiStore,
  { isRequest, subject, outlivesIssuer }: Circumstances = {},
): string[] {
  return [
    ...(outlivesIssuer === true ? [OUTLIVES] : []),
    ...(subject === "" ? [NO_SUBJECT] : []),
    ...(store.hasUrls ? [] : [isRequest === true ? NO_URLS_INTERMEDIATE : NO_URLS]),
  ];
}
