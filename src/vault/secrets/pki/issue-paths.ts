import type { Field, Path } from "../../core/backend.js";
import { genericName } from "../../core/sdk.js";
import { issue, type Kind } from "./issue.js";
import type { PkiStore } from "./store.js";

/** Fields that `issue`, `sign` and `sign-verbatim` share. */
const ISSUE_FIELDS: Readonly<Record<string, Field>> = {
  role: { type: "string", description: "The role that decides what may be issued" },
  issuer_ref: { type: "string", default: "default", description: "Issuer by id or name" },
  common_name: { type: "string", description: "Common name of the certificate" },
  alt_names: { type: "string", description: "DNS names and e-mail addresses, separated by commas" },
  ip_sans: { type: "comma-list", description: "IP addresses" },
  uri_sans: { type: "comma-list", description: "URIs" },
  other_sans: { type: "comma-list", description: "Other names, `<oid>;UTF8:<value>`" },
  exclude_cn_from_sans: {
    type: "bool",
    default: false,
    description: "Leave the common name out of the alternative names",
  },
  serial_number: { type: "string", description: "Serial number in the subject" },
  ttl: { type: "duration", description: "Lifetime; the role's, then the mount's if absent" },
  not_after: { type: "string", description: "End of the certificate's life, RFC 3339" },
  format: { type: "string", default: "pem", description: "pem, der or pem_bundle" },
  private_key_format: { type: "string", default: "der", description: "der or pkcs8" },
  remove_roots_from_chain: {
    type: "bool",
    default: false,
    description: "Leave self-signed certificates out of ca_chain",
  },
  user_ids: { type: "comma-list", description: "User ids of the subject" },
};

/** Of Vault Enterprise, which others refuse. */
const METADATA_FIELDS: Readonly<Record<string, Field>> = { cert_metadata: { type: "string" } };

/** OpenBao lets a request choose the key under a role for any. */
const KEY_FIELDS: Readonly<Record<string, Field>> = {
  key_type: { type: "string", default: "rsa", description: "Type of the new key under a role for any" },
  key_bits: { type: "int", default: 0, description: "Its size" },
};

const SIGN_FIELDS: Readonly<Record<string, Field>> = {
  ...ISSUE_FIELDS,
  csr: { type: "string", default: "", description: "PKCS#10 request in PEM" },
};

const VERBATIM_FIELDS: Readonly<Record<string, Field>> = {
  ...SIGN_FIELDS,
  signature_bits: { type: "int", default: 0 },
  use_pss: { type: "bool", default: false },
  key_usage: { type: "comma-list", default: ["DigitalSignature", "KeyAgreement", "KeyEncipherment"] },
  ext_key_usage: { type: "comma-list" },
  ext_key_usage_oids: { type: "comma-list" },
};

/** `issue`, `sign` and `sign-verbatim`, each under the default issuer and under a named one. */
export function issuePaths(store: PkiStore): Path[] {
  const late = store.context.quirk("pki-has-metadata") ? METADATA_FIELDS : {};
  const path = (pattern: string, kind: Kind, fields: Readonly<Record<string, Field>>, summary: string): Path => ({
    pattern,
    fields: { ...fields, ...late },
    summary,
    operations: { update: (request) => issue(store, kind, request) },
  });
  const issueFields = store.context.quirk("pki-is-openbaos") ? { ...ISSUE_FIELDS, ...KEY_FIELDS } : ISSUE_FIELDS;
  return [
    path(`issue/${genericName("role")}`, "issue", issueFields, "Issue a certificate and its key under a role."),
    path(
      `issuer/${genericName("issuer_ref")}/issue/${genericName("role")}`,
      "issue",
      issueFields,
      "Issue under a named issuer.",
    ),
    path(`sign/${genericName("role")}`, "sign", SIGN_FIELDS, "Sign a CSR under a role."),
    path(
      `issuer/${genericName("issuer_ref")}/sign/${genericName("role")}`,
      "sign",
      SIGN_FIELDS,
      "Sign a CSR under a named issuer.",
    ),
    path(`sign-verbatim(/${genericName("role")})?`, "verbatim", VERBATIM_FIELDS, "Sign a CSR as it is."),
    path(
      `issuer/${genericName("issuer_ref")}/sign-verbatim(/${genericName("role")})?`,
      "verbatim",
      VERBATIM_FIELDS,
      "Sign a CSR as it is.",
    ),
  ];
}
