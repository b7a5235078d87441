import { type CertificateRequest, EXTENSION, type SigningRequest, subjectKeyId } from "../../../pki/index.js";
import type { BackendContext, BackendReply, BackendRequest, FieldData } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { authorityNames, authorityRequest, usageWarnings } from "./generate.js";
import { certificateData } from "./issue.js";
import { hashOf, notAfterOf, urlExtensions } from "./mint.js";
import { rangesError } from "./name-constraints.js";
import { formatOf } from "./output.js";
import { permissiveRole, type Role } from "./role.js";
import type { Issuer, PkiStore } from "./store.js";
import { authorityWarnings } from "./warnings.js";

const NO_FURTHER = "signing certificate has a max path length of zero, and cannot issue further CA certificates";
const NO_AUTHORITIES = "refusing to accept CSR with Basic Constraints extension setting isCA=true";
const TRUNCATED = "the signed intermediary CA certificate's notAfter was truncated to the issuer's notAfter";
const LAST =
  "Max path length of the signed certificate is zero. This certificate cannot be used to issue intermediate CA certificates.";

/** Signs the request of an authority below. (Vault: pathIssuerSignIntermediate) */
export async function signIntermediate(store: PkiStore, request: BackendRequest): Promise<BackendReply> {
  const { data } = request;
  const { context } = store;
  const format = formatOf(data);
  if (format === undefined) return { error: badFormat(context) };
  const issuer = store.issuing(data.string("issuer_ref"));
  const role = signingRole(data);
  const found = await authorityNames(store, request, role, data.string("csr"));
  if ("error" in found) return found;
  const behaviour = lifeBehaviour(context, data, issuer);
  const notAfter = notAfterOf(context, role, data, { ...issuer, leafNotAfter: behaviour });
  if ("error" in notAfter) return notAfter;
  const ranges = rangesError(data);
  if (ranges !== undefined) return { error: ranges };
  const skid = subjectKeyOf(data);
  if (typeof skid === "string") return { error: skid };
  const { csr } = found.issuance;
  if (csr === undefined) throw new VaultError(500, "no key to certify");
  const ownValues = data.bool("use_csr_values");
  if (ownValues && csr.isCa && context.quirk("pki-takes-constraints-of-requests")) return { error: NO_AUTHORITIES };
  if (issuer.certificate.pathLength === 0) return { error: NO_FURTHER };
  const wanted: CertificateRequest = {
    ...authorityRequest(store, found.issuance, role, data, notAfter.at),
    ...inheritedLength(data, issuer),
    extensions: urlExtensions(store.urlsOf(issuer)),
    ...hashOf(role, issuer),
    ...(ownValues && valuesOf(context, csr)),
    ...(skid !== undefined && { replacing: [subjectKeyId(skid)] }),
  };
  const signed = store.authority(issuer).certify(csr.publicKey, wanted, csr.spki);
  const made = store.keep({ ...signed, notAfter: notAfter.at });
  const { certificate, expiration, issuing_ca, serial_number, ca_chain } = certificateData(
    store,
    format,
    made,
    issuer,
    false,
  );
  const own = format === "der" ? certificate : made.pem;
  const above = Array.isArray(ca_chain) ? (ca_chain as readonly unknown[]) : [];
  return {
    data: { certificate, expiration, issuing_ca, serial_number, ca_chain: [own, ...above] },
    warnings: [
      ...authorityWarnings(store, {
        outlivesIssuer: issuer.certificate.notAfter < made.notAfter,
        subject: made.certificate.subjectText,
      }),
      ...(made.certificate.pathLength === 0 ? [LAST] : []),
      ...notAfter.warnings,
      ...(behaviour === "truncate" && made.notAfter === issuer.certificate.notAfter ? [TRUNCATED] : []),
      ...usageWarnings(store, data, "Invalid key usage"),
    ],
  };
}

function badFormat(context: BackendContext): string {
  return context.quirk("pki-intermediates-do-not-outlive")
    ? 'The "format" path parameter must be "pem", "der" or "pem_bundle"'
    : 'The "format" path parameter must be "pem" or "der"';
}

/** The subject's key id that is asked for, or why it is none. */
function subjectKeyOf(data: FieldData): Buffer | string | undefined {
  if (!data.has("skid")) return undefined;
  const hex = data.string("skid").replaceAll(/[:\- ]/g, "");
  const wrong = /[^0-9a-fA-F]/.exec(hex)?.[0];
  if (wrong === undefined) {
    return hex.length % 2 === 0
      ? Buffer.from(hex, "hex")
      : "cannot parse requested SKID value as hex: encoding/hex: odd length hex string";
  }
  const point = (wrong.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `cannot parse requested SKID value as hex: encoding/hex: invalid byte: U+${point} '${wrong}'`;
}

function signingRole(data: FieldData): Role {
  return {
    ...permissiveRole(data),
    key_type: "any",
    signature_bits: data.number("signature_bits"),
    use_csr_common_name: data.string("common_name") === "",
  };
}

/** Earlier releases let an intermediate outlive its issuer, and warn; later ones cut its life short, or go by the issuer. */
function lifeBehaviour(context: BackendContext, data: FieldData, { leafNotAfter }: Issuer): Issuer["leafNotAfter"] {
  if (!context.quirk("pki-intermediates-do-not-outlive")) return "permit";
  return data.bool("enforce_leaf_not_after_behavior") || leafNotAfter === "always_enforce_err"
    ? leafNotAfter
    : "truncate";
}

function inheritedLength(data: FieldData, { certificate }: Issuer): { readonly pathLength?: number } {
  const above = certificate.pathLength;
  return data.has("max_path_length") || above === undefined ? {} : { pathLength: above - 1 };
}

/** The CSR's own subject, names and extensions. */
function valuesOf(context: BackendContext, csr: SigningRequest): Partial<CertificateRequest> {
  const { subject, subjectDer, dns, emails, ips, uris, extensions } = csr;
  const extra = context.quirk("pki-takes-constraints-of-requests")
    ? extensions
    : extensions.filter(({ id }) => id !== EXTENSION.basicConstraints);
  return { subject, subjectDer, dns, emails, ips, uris, extra };
}
