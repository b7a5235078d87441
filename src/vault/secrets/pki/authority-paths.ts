import type { BackendReply, BackendRequest, Field, Path } from "../../core/backend.js";
import { generateIntermediate, generateRoot } from "./generate.js";
import { importBundle } from "./import.js";
import { signIntermediate } from "./sign-intermediate.js";
import type { PkiStore } from "./store.js";

const list: Field = { type: "comma-list" };
const FIELDS: Readonly<Record<string, Field>> = {
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
  key_bits: { type: "int", default: 0 },
  signature_bits: { type: "int", default: 0 },
  use_pss: { type: "bool", default: false },
  max_path_length: { type: "int", default: -1 },
  permitted_dns_domains: list,
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
  ...FIELDS,
  issuer_ref: { type: "string", default: "default" },
  csr: { type: "string", default: "" },
  use_csr_values: { type: "bool", default: false },
};
const IMPORT_FIELDS: Readonly<Record<string, Field>> = {
  pem_bundle: { type: "string" },
  certificate: { type: "string" },
};

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
  const root = (pattern: string): Path =>
    path(pattern, FIELDS, "Generate a root.", (request) => generateRoot(store, request));
  const request = (pattern: string): Path =>
    path(pattern, FIELDS, "Generate a key and a CSR for an intermediate.", (sent) => generateIntermediate(store, sent));
  const sign = (pattern: string): Path =>
    path(pattern, SIGN_FIELDS, "Sign an intermediate's CSR.", (sent) => signIntermediate(store, sent));
  const take = (pattern: string, summary: string, keysAllowed = true): Path =>
    path(pattern, IMPORT_FIELDS, summary, (sent) => importBundle(store, sent, keysAllowed));
  return [
    root("root/generate/(?<exported>[^/]+)"),
    root("issuers/generate/root/(?<exported>[^/]+)"),
    request("intermediate/generate/(?<exported>[^/]+)"),
    request("issuers/generate/intermediate/(?<exported>[^/]+)"),
    sign("root/sign-intermediate"),
    sign("issuer/(?<issuer_ref>[^/]+)/sign-intermediate"),
    take("intermediate/set-signed", "Import the signed intermediate."),
    take("config/ca", "Import a CA bundle."),
    take("issuers/import/bundle", "Import certificates and keys."),
    take("issuers/import/cert", "Import certificates.", false),
  ];
}
