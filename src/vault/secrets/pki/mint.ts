import type { KeyObject } from "node:crypto";
import {
  type AlternativeNames,
  authorityInfoAccess,
  certificatePolicies,
  type CertificateRequest,
  crlDistributionPoints,
  EXTENDED_KEY_USAGES,
  type ExtendedKeyUsage,
  EXTENSION,
  type Extension,
  freshestCrl,
  type Hash,
  keyIdOf,
  type KeyUsage,
  type SigningRequest,
  subjectAltName,
  type Subject,
} from "../../../pki/index.js";
import { formatGoDuration, goQuote } from "../../../runtime/index.js";
import type { BackendContext, FieldData } from "../../core/backend.js";
import { type Issuance, subjectSerial } from "./issue-checks.js";
import { policiesOf } from "./policies.js";
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
  const unreadable = fixed === "" ? undefined : timeError(fixed);
  if (unreadable !== undefined) return { error: unreadable };
  let at = fixed === "" ? context.clock.now() + ttl * 1_000 : Date.parse(fixed);
  const end = issuer?.certificate.notAfter;
  if (end !== undefined && at > end) {
    if (issuer?.leafNotAfter === "err") {
      return {
        error: `cannot satisfy request, as TTL would result in notAfter of ${goTime(at)} that is beyond the expiration of the CA certificate at ${goTime(end)}`,
      };
    }
    if (issuer?.leafNotAfter === "truncate") at = end;
  }
  const wrong = startError(context, role, issuer, at);
  return wrong === undefined ? { at, warnings } : { error: wrong };
}

/** Later releases look at when the certificate begins, too. */
function startError(context: BackendContext, role: Role, issuer: Issuer | undefined, at: number): string | undefined {
  if (!context.quirk("pki-names-authority-keys")) return undefined;
  const start = context.clock.now() - role.not_before_duration * 1_000;
  if (at < start) return "notAfter before notBefore";
  const first = issuer?.certificate.notBefore ?? start;
  return start < first ? "notBefore before signer's notBefore" : undefined;
}

/** What Go's time.Parse says of a text that is no RFC 3339 time. */
function timeError(text: string): string | undefined {
  let rest = text;
  for (const [layout, pattern] of TIME_PARTS) {
    const found = pattern.exec(rest);
    if (found === null) {
      return `parsing time ${goQuote(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${goQuote(rest)} as ${goQuote(layout)}`;
    }
    rest = rest.slice(found[0].length);
  }
  return rest === "" ? undefined : `parsing time ${goQuote(text)}: extra text: ${goQuote(rest)}`;
}

const TIME_PARTS: readonly (readonly [layout: string, pattern: RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d\d/],
  ["-", /^-/],
  ["02", /^\d\d/],
  ["T", /^T/],
  ["15", /^\d\d/],
  [":", /^:/],
  ["04", /^\d\d/],
  [":", /^:/],
  ["05", /^\d\d(\.\d+)?/],
  ["Z07:00", /^(Z|[-+]\d\d:\d\d)/],
];

/** RFC3339Nano: fractions without zeros at their end. */
export function goTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
}

/** What to put into a leaf. With `verbatim` the CSR decides (`sign-verbatim`). */
export function leafRequest(
  context: BackendContext,
  issuance: Issuance,
  notAfter: number,
  issuer: Issuer,
  urls: Urls,
  verbatim: boolean,
): CertificateRequest {
  const { role, csr } = issuance;
  const policies = policiesOf(role.policy_identifiers);
  const common: CertificateRequest = {
    serial: serialOf(context),
    notBefore: context.clock.now() - role.not_before_duration * 1_000,
    notAfter,
    keyUsage: keyUsagesOf(role),
    extendedKeyUsage: extendedUsagesOf(role),
    leafConstraints: role.basic_constraints_valid_for_non_ca,
    extensions: [...urlExtensions(urls), ...(policies.length > 0 ? [certificatePolicies(policies)] : [])],
    ...hashOf(role, issuer),
  };
  if (verbatim && csr !== undefined) {
    const { dns, emails, ips, uris, subject, subjectDer } = csr;
    return { ...common, subject, subjectDer, dns, emails, ips, uris, extra: takenOver(context, csr) };
  }
  return Object.assign(common, namesOf(issuance));
}

/** Subject and alternative names, as the checks have found them. (issuing.GenerateCreationBundle) */
export function namesOf(issuance: Issuance): Pick<CertificateRequest, "subject" | "extra" | keyof AlternativeNames> {
  const { role, commonName, dns, emails, ips, uris, others, userIds } = issuance;
  const serialNumber = subjectSerial(issuance);
  const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();
  const names = { dns: sorted(dns), emails: sorted(emails), ips, uris };
  const all = others.length === 0 ? undefined : subjectAltName({ ...names, others });
  return {
    subject: Object.assign(
      subjectOfRole(role),
      commonName !== "" && { commonName },
      serialNumber !== "" && { serialNumber },
      userIds.length > 0 && { userIds },
    ),
    ...names,
    ...(all !== undefined && { extra: [all] }),
  };
}

/** The extensions that a CSR brings; earlier releases drop its basic constraints. (certutil.signCertificate) */
function takenOver(context: BackendContext, csr: SigningRequest): readonly Extension[] {
  if (context.quirk("pki-takes-constraints-of-requests")) return csr.extensions;
  return csr.extensions.filter(({ id }) => id !== EXTENSION.basicConstraints);
}

/** The hash that `signature_bits` asks for; Go's own choice without it. */
export function hashOf(
  { signature_bits: bits }: Role,
  { certificate }: { readonly certificate: { readonly publicKey: KeyObject } },
): { readonly hash?: Hash } {
  // A curve has its own hash. (certutil.selectSignatureAlgorithmForECDSA)
  if (certificate.publicKey.asymmetricKeyType !== "rsa") return {};
  return bits === 256 || bits === 384 || bits === 512 ? { hash: `sha${bits}` } : {};
}

/** The id of the key that the issuer signs with. */
export function authorityKeyOf({ certificate }: Issuer): Buffer {
  return certificate.subjectKeyId ?? keyIdOf(certificate.publicKey);
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
  const { issuing_certificates, crl_distribution_points, delta_crl_distribution_points: delta, ocsp_servers } = urls;
  return [
    ...(issuing_certificates.length + ocsp_servers.length > 0
      ? [authorityInfoAccess(ocsp_servers, issuing_certificates)]
      : []),
    ...(crl_distribution_points.length > 0 ? [crlDistributionPoints(crl_distribution_points)] : []),
    ...(delta.length > 0 ? [freshestCrl(delta)] : []),
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

/** In the order in which Vault looks for them. (issuing.ParseExtKeyUsagesFromRole, certutil.AddExtKeyUsageOids) */
function extendedUsagesOf(role: Role): (ExtendedKeyUsage | `${number}.${string}`)[] {
  const named = new Set(role.ext_key_usage.map((name) => name.trim().toLowerCase()));
  const flags: Partial<Record<ExtendedKeyUsage, boolean>> = {
    serverAuth: role.server_flag,
    clientAuth: role.client_flag,
    codeSigning: role.code_signing_flag,
    emailProtection: role.email_protection_flag,
  };
  const known = Object.keys(EXTENDED_KEY_USAGES) as ExtendedKeyUsage[];
  return [
    ...known.filter((usage) => flags[usage] === true || named.has(usage.toLowerCase())),
    ...role.ext_key_usage_oids.filter((oid): oid is `${number}.${string}` => /^\d+\.\d/.test(oid)),
  ];
}
