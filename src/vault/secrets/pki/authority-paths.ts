import type { BackendReply, BackendRequest, Field, Path } from "../../core/backend.js";
import { generateIntermediate, generateRoot } from "./generate.js";
import { importBundle, type Source } from "./import.js";
import { FIRST_CONSTRAINT, LATER_CONSTRAINTS } from "./name-constraints.js";
import { signSelfIssued } from "./sign-self-issued.js";
import { signIntermediate } from "./sign-intermediate.js";
import type { PkiStore } from "./store.js";

const list: Field = { type: "comma-list" };
const FIELDS: Readonly<Record<string, Field>> = {
  ...FIRST_CONSTRAINT,
  exported: { type: "string" },
  common_name: { type: "string" },
  alt_names: { type: "string" },
  ip_sans: list,
  uri_sans: list,
  other_sans: list,
  exclude_cn_from_sans: { type: "bool", default: false },
  serial_number: { type: "string" },
  ttl: { type: "duration" },
  not_after: { type: "string" },
  not_before_duration: { type: "duration", default: 30 },
  key_type: { type: "string", default: "rsa" },
  managed_key_name: { type: "string" },
  managed_key_id: { type: "string" },
  key_bits: { type: "int", default: 0 },
  signature_bits: { type: "int", default: 0 },
  use_pss: { type: "bool", default: false },
  max_path_length: { type: "int", default: -1 },
  issuer_name: { type: "string" },
  key_name: { type: "string" },
  key_ref: { type: "string", default: "default" },
  ou: list,
  organization: list,
  country: list,
  locality: list,
  province: list,
  street_address: list,
  postal_code: list,
  format: { type: "string", default: "pem" },
  private_key_format: { type: "string", default: "der" },
  add_basic_constraints: { type: "bool", default: false },
};
const SIGN_FIELDS: Readonly<Record<string, Field>> = {
  issuer_ref: { type: "string", default: "default" },
  csr: { type: "string", default: "" },
  skid: { type: "string" },
  use_csr_values: { type: "bool", default: false },
};
const BUNDLE_FIELDS: Readonly<Record<string, Field>> = { pem_bundle: { type: "string" } };
const CERTIFICATE_FIELDS: Readonly<Record<string, Field>> = { certificate: { type: "string" } };
const SELF_FIELDS: Readonly<Record<string, Field>> = {
  issuer_ref: { type: "string", default: "default" },
  certificate: { type: "string" },
  require_matching_certificate_algorithms: { type: "bool", default: false },
};

/** Fields as the release has them. */
function fieldsOf({ context }: PkiStore): Readonly<Record<string, Field>> {
  return {
    ...FIELDS,
    ...(context.quirk("pki-constrains-all-names") && LATER_CONSTRAINTS),
    ...(context.quirk("pki-authorities-have-key-usages") && { key_usage: USAGES }),
  };
}

function signFieldsOf(store: PkiStore): Readonly<Record<string, Field>> {
  const late = { enforce_leaf_not_after_behavior: { type: "bool" as const, default: false } };
  return {
    ...fieldsOf(store),
    ...SIGN_FIELDS,
    ...(store.context.quirk("pki-intermediates-do-not-outlive") && late),
  };
}

const USAGES: Field = { type: "comma-list", default: ["CertSign", "CRLSign"] };

type Fields = NonNullable<Path["fields"]>;
type Update = (request: BackendRequest) => BackendReply | Promise<BackendReply>;

/** Making, signing and importing certificate authorities. Most have an older path and one that names the issuer. */
export function authorityPaths(store: PkiStore): Path[] {
  const path = (pattern: string, fields: Fields, summary: string, update: Update): Path => ({
    pattern,
    summary,
    fields,
    operations: { update },
  });
  const fields = fieldsOf(store);
  const root = (pattern: string): Path =>
    path(pattern, fields, "Generate a root.", (request) => generateRoot(store, request));
  const request = (pattern: string): Path =>
    path(pattern, fields, "Generate a key and a CSR for an intermediate.", (sent) => generateIntermediate(store, sent));
  const sign = (pattern: string): Path =>
    path(pattern, signFieldsOf(store), "Sign an intermediate's CSR.", (sent) => signIntermediate(store, sent));
  const crossSign = path(
    "intermediate/cross-sign",
    { ...fields, exported: EXISTING },
    "A CSR for a known key.",
    (sent) => generateIntermediate(store, sent),
  );
  const selfIssued = (pattern: string): Path =>
    path(pattern, SELF_FIELDS, "Sign a self-issued certificate.", (sent) => signSelfIssued(store, sent));
  const take = (pattern: string, summary: string, from: Source): Path =>
    path(pattern, from === "certificate" ? CERTIFICATE_FIELDS : BUNDLE_FIELDS, summary, (sent) =>
      importBundle(store, sent, from),
    );
  return [
    root("root/generate/(?<exported>[^/]+)"),
    root("root/rotate/(?<exported>[^/]+)"),
    root("issuers/generate/root/(?<exported>[^/]+)"),
    request("intermediate/generate/(?<exported>[^/]+)"),
    request("issuers/generate/intermediate/(?<exported>[^/]+)"),
    crossSign,
    sign("root/sign-intermediate"),
    sign("issuer/(?<issuer_ref>[^/]+)/sign-intermediate"),
    selfIssued("root/sign-self-issued"),
    selfIssued("issuer/(?<issuer_ref>[^/]+)/sign-self-issued"),
    take("intermediate/set-signed", "Import the signed intermediate.", "certificate"),
    take("config/ca", "Import a CA bundle.", "bundle"),
    take("issuers/import/bundle", "Import certificates and keys.", "bundle"),
    take("issuers/import/cert", "Import certificates.", "certificates"),
  ];
}

const EXISTING: Field = { type: "string", default: "existing" };
