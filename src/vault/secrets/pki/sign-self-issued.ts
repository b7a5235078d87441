import { type CertificateFields, EXTENSION, parseCertificate, pem } from "../../../pki/index.js";
import { pemBlocks } from "../../../go/index.js";
import { type BackendReply, type BackendRequest, VaultError } from "../../core/backend.js";
import { urlExtensions } from "./mint.js";
import type { PkiStore } from "./store.js";

/** Signs somebody's root anew, so that it is trusted below this issuer, too. (Vault: pathIssuerSignSelfIssued) */
export function signSelfIssued(store: PkiStore, { data }: BackendRequest): BackendReply {
  const certificate = onlyOne(store, data.string("certificate"));
  if (typeof certificate === "string") return { error: certificate };
  if (!certificate.isCa) return { error: "given certificate is not a CA certificate" };
  if (!certificate.subjectDer.equals(certificate.issuerDer)) return { error: "given certificate is not self-issued" };
  const issuer = store.issuing(data.string("issuer_ref"));
  const [own, other] = [issuer.certificate, certificate].map(({ publicKey }) => publicKey.asymmetricKeyType ?? "");
  if (own !== other && data.bool("require_matching_certificate_algorithms")) {
    const [signing, submitted] = [algorithmName(own), algorithmName(other)];
    throw new VaultError(
      500,
      `signing certificate's public key algorithm (${signing}) does not match submitted certificate's (${submitted}), and require_matching_certificate_algorithms is true`,
    );
  }
  const { serial, notBefore, notAfter, subject, subjectDer, dns, emails, ips, uris, keyUsage, pathLength } =
    certificate;
  const made = store.authority(issuer).certify(certificate.publicKey, {
    ...{ serial, notBefore, notAfter, subject, subjectDer, dns, emails, ips, uris, keyUsage },
    extendedKeyUsage: [],
    isCa: true,
    ...(pathLength !== undefined && { pathLength }),
    extensions: urlExtensions(store.urlsOf(issuer)),
    ...(certificate.subjectKeyId === undefined && { without: [EXTENSION.subjectKeyId] }),
  });
  return { data: { certificate: pem("CERTIFICATE", made.der).trim(), issuing_ca: issuer.pem } };
}

/** The certificate, or why there is not exactly one. (go-secure-stdlib: parsing.ParseCertificatesFromString) */
function onlyOne({ context }: PkiStore, text: string): CertificateFields | string {
  const blocks = pemBlocks(text);
  if (blocks.length === 0) {
    return context.quirk("pki-warns-twice")
      ? "error parsing certificate: unable to parse certificate: invalid PEM"
      : "certificate could not be PEM-decoded";
  }
  if (blocks.length !== 1) return `${blocks.length} certificates found in PEM file, expected 1`;
  const [{ der } = { der: Buffer.alloc(0) }] = blocks;
  try {
    return parseCertificate(der);
  } catch {
    return "error parsing certificate: x509: malformed certificate";
  }
}

const ALGORITHMS: Readonly<Record<string, string>> = { rsa: "RSA", ec: "ECDSA", ed25519: "Ed25519" };

/** The kind of a key as Go's x509 names it. */
export function algorithmName(type = ""): string {
  return ALGORITHMS[type] ?? type;
}
