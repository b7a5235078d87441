import {
  authorityInfoAccess,
  type CertificateRequest,
  crlDistributionPoints,
  EXTENDED_KEY_USAGES,
  type ExtendedKeyUsage,
  type Extension,
  type KeyUsage,
  type Subject,
} from "../../../pki/index.js";
import { formatGoDuration } from "../../../runtime/index.js";
import type { BackendContext, FieldData } from "../../core/backend.js";
import type { Issuance } from "./issue-checks.js";
import type { Role } from "./role.js";
import type { Issuer, Urls } from "./store.js";

/** When a certificate ends, or the refusal; warnings are the reply's. (Vault: getCertificateNotAfter) */
export type NotAfter = { readonly at: number; readonly warnings: readonly string[] } | { readonly error: string };

export function notAfterOf(context: BackendContext, role: Role, data: FieldData, issuer: Issuer | undefined): NotAfter {
  const warnings: string[] = [];
  const fixed = role.not_after === "" ? data.string("not_after") : role.not_after;
  const sent = data.number("ttl");
  if (sent > 0 && fixed !== "") {
    return { error: "Either ttl or not_after should be provided. Both should not be provided in the same request." };
  }
  let ttl = sent > 0 ? sent : role.ttl > 0 ? role.ttl : context.defaultLeaseTtl();
  const maxTtl = role.max_ttl > 0 ? role.max_ttl : context.maxLeaseTtl();
  if (ttl > maxTtl) {
    const [long, most] = [formatGoDuration(ttl * 1_000), formatGoDuration(maxTtl * 1_000)];
    warnings.push(`TTL "${long}" is longer than permitted maxTTL "${most}", so maxTTL is being used`);
    ttl = maxTtl;
  }
  let at = fixed === "" ? context.clock.now() + ttl * 1_000 : Date.parse(fixed);
  // unverified: Go's time.Parse says which part of the text it could not read
  if (Number.isNaN(at))
    return { error: `parsing time "${fixed}" as "2006-01-02T15:04:05Z07:00": cannot parse "${fixed}" as "2006"` };
  const end = issuer?.certificate.notAfter;
  if (end !== undefined && at > end) {
    if (issuer?.leafNotAfter === "err") {
      return {
        error: `cannot satisfy request, as TTL would result in notAfter of ${goTime(at)} that is beyond the expiration of the CA certificate at ${goTime(end)}`,
      };
    }
    if (issuer?.leafNotAfter === "truncate") at = end;
  }
  return { at, warnings };
}

/** RFC3339Nano: fractions without zeros at their end. */
export function goTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
}

/** What to put into a leaf. With `verbatim` the CSR decides (`sign-verbatim`). */
export function leafRequest(
  context: BackendContext,
  issuance: Issuance,
  notAfter: number,
  urls: Urls,
  verbatim: boolean,
): CertificateRequest {
  const { role, csr, commonName, data } = issuance;
  const common: CertificateRequest = {
    serial: serialOf(context),
    notBefore: context.clock.now() - role.not_before_duration * 1_000,
    notAfter,
    keyUsage: keyUsagesOf(role),
    extendedKeyUsage: extendedUsagesOf(role),
    extensions: urlExtensions(urls),
  };
  if (verbatim && csr !== undefined) {
    const { dns, emails, ips, uris, subject } = csr;
    return { ...common, subject, dns, emails, ips, uris };
  }
  const serialNumber = data.string("serial_number");
  const { dns, emails, ips, uris } = issuance;
  return {
    ...common,
    subject: {
      ...subjectOfRole(role),
      ...(commonName !== "" && { commonName }),
      ...(serialNumber !== "" && { serialNumber }),
    },
    dns: [...new Set(dns)],
    emails: [...new Set(emails)],
    ips,
    uris,
  };
}

export function subjectOfRole(role: Role): Subject {
  return {
    country: role.country,
    organization: role.organization,
    organizationalUnit: role.ou,
    locality: role.locality,
    province: role.province,
    streetAddress: role.street_address,
    postalCode: role.postal_code,
  };
}

/** 20 bytes, positive. (certutil.GenerateSerialNumber) */
export function serialOf(context: BackendContext): Buffer {
  const serial = Buffer.from(context.ids.hex(20), "hex");
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return serial;
}

export function urlExtensions(urls: Urls): Extension[] {
  const { issuing_certificates, crl_distribution_points, ocsp_servers } = urls;
  return [
    ...(issuing_certificates.length + ocsp_servers.length > 0
      ? [authorityInfoAccess(ocsp_servers, issuing_certificates)]
      : []),
    ...(crl_distribution_points.length > 0 ? [crlDistributionPoints(crl_distribution_points)] : []),
  ];
}

const KEY_USAGE_NAMES: Readonly<Record<string, KeyUsage>> = {
  digitalsignature: "digitalSignature",
  contentcommitment: "contentCommitment",
  keyencipherment: "keyEncipherment",
  dataencipherment: "dataEncipherment",
  keyagreement: "keyAgreement",
  certsign: "certSign",
  crlsign: "crlSign",
  encipheronly: "encipherOnly",
  decipheronly: "decipherOnly",
};

/** Unknown names are dropped, as Vault does. */
function keyUsagesOf(role: Role): KeyUsage[] {
  return role.key_usage.flatMap((name) => KEY_USAGE_NAMES[name.trim().toLowerCase()] ?? []);
}

function extendedUsagesOf(role: Role): (ExtendedKeyUsage | `${number}.${string}`)[] {
  const named = new Map(Object.keys(EXTENDED_KEY_USAGES).map((name) => [name.toLowerCase(), name as ExtendedKeyUsage]));
  return [
    ...(role.server_flag ? ["serverAuth" as const] : []),
    ...(role.client_flag ? ["clientAuth" as const] : []),
    ...(role.code_signing_flag ? ["codeSigning" as const] : []),
    ...(role.email_protection_flag ? ["emailProtection" as const] : []),
    ...role.ext_key_usage.flatMap((name) => named.get(name.trim().toLowerCase()) ?? []),
    ...role.ext_key_usage_oids.filter((oid): oid is `${number}.${string}` => /^\d+\.\d/.test(oid)),
  ].filter((usage, at, all) => all.indexOf(usage) === at);
}
