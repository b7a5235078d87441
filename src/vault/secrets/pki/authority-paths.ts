import { createPrivateKey, type KeyObject } from "node:crypto";
import {
  createAuthority,
  createSigningRequest,
  parseSigningRequest,
  colonHex,
  type SigningRequest,
  unpem,
} from "../../../pki/index.js";
import type { BackendReply, BackendRequest, Field, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { certificateData } from "./issue.js";
import { newKey } from "./keys.js";
import { notAfterOf, serialOf, subjectOfRole, urlExtensions } from "./mint.js";
import { type Format, formatOf, printedKey } from "./output.js";
import { permissiveRole, type Role, withKeySizes } from "./role.js";
import type { PkiStore } from "./store.js";

export const NO_URLS =
  "This mount hasn't configured any authority information access (AIA) fields; this may make it harder for systems to find missing certificates in the chain or to validate revocation status of certificates. Consider updating /config/urls or the newly generated issuer with this information.";
const NO_URLS_INTERMEDIATE = `${NO_URLS} Since this certificate is an intermediate, it might be useful to regenerate this certificate after fixing this problem for the root mount.`;
const NO_SUBJECT =
  "This issuer certificate was generated without a Subject; this makes it likely that issuing leaf certs with this certificate will cause TLS validation libraries to reject this certificate.";
const BAD_FORMAT = 'the "format" path parameter must be "pem", "der", or "pem_bundle"';

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

/** Making, signing and importing certificate authorities. */
export function authorityPaths(store: PkiStore): Path[] {
  const update = (handler: Path["operations"]["update"]): Path["operations"] =>
    handler === undefined ? {} : { update: handler };
  const root = update((request) => generateRoot(store, request));
  const csr = update((request) => generateIntermediate(store, request));
  const sign = update((request) => signIntermediate(store, request));
  const take = (keysAllowed: boolean): Path["operations"] =>
    update((request) => importBundle(store, request, keysAllowed));
  return [
    { pattern: "root/generate/(?<exported>[^/]+)", fields: FIELDS, operations: root, summary: "Generate a root." },
    {
      pattern: "issuers/generate/root/(?<exported>[^/]+)",
      fields: FIELDS,
      operations: root,
      summary: "Generate a root.",
    },
    {
      pattern: "intermediate/generate/(?<exported>[^/]+)",
      fields: FIELDS,
      operations: csr,
      summary: "Generate a key and a CSR for an intermediate.",
    },
    {
      pattern: "issuers/generate/intermediate/(?<exported>[^/]+)",
      fields: FIELDS,
      operations: csr,
      summary: "Generate a key and a CSR for an intermediate.",
    },
    {
      pattern: "root/sign-intermediate",
      fields: SIGN_FIELDS,
      operations: sign,
      summary: "Sign an intermediate's CSR.",
    },
    {
      pattern: "issuer/(?<issuer_ref>[^/]+)/sign-intermediate",
      fields: SIGN_FIELDS,
      operations: sign,
      summary: "Sign an intermediate's CSR.",
    },
    {
      pattern: "intermediate/set-signed",
      fields: IMPORT_FIELDS,
      operations: take(true),
      summary: "Import the signed intermediate.",
    },
    { pattern: "config/ca", fields: IMPORT_FIELDS, operations: take(true), summary: "Import a CA bundle." },
    {
      pattern: "issuers/import/bundle",
      fields: IMPORT_FIELDS,
      operations: take(true),
      summary: "Import certificates and keys.",
    },
    { pattern: "issuers/import/cert", fields: IMPORT_FIELDS, operations: take(false), summary: "Import certificates." },
  ];
}

interface Generation {
  readonly role: Role;
  readonly format: Format;
  readonly exported: boolean;
  readonly key: KeyObject;
}

/** What `generate` goes by, or its refusal. (Vault: getGenerationParams) */
async function generationOf(
  store: PkiStore,
  { data }: BackendRequest,
): Promise<Generation | { readonly error: string }> {
  const exported = data.string("exported");
  if (!["internal", "exported", "existing", "kms"].includes(exported)) {
    return { error: 'the "exported" path parameter must be "internal", "existing", exported" or "kms"' };
  }
  const format = formatOf(data);
  if (format === undefined) return { error: BAD_FORMAT };
  const wanted = { ...permissiveRole(data), key_type: data.string("key_type"), key_bits: data.number("key_bits") };
  const role = withKeySizes({ ...wanted, signature_bits: data.number("signature_bits") });
  if (typeof role === "string") return { error: role };
  if (exported !== "existing")
    return { role, format, exported: exported === "exported", key: await newKey(role.key_type, role.key_bits) };
  const reference = data.string("key_ref");
  const issuer = store.findIssuer("default");
  const known =
    reference === "default"
      ? store.keys.get(issuer?.keyId ?? "")
      : [...store.keys.values()].find((k) => k.id === reference || k.name === reference);
  if (known === undefined) return { error: `unable to find PKI key for reference: ${reference}` };
  return { role, format, exported: false, key: known.key };
}

async function generateRoot(store: PkiStore, request: BackendRequest): Promise<BackendReply> {
  const { data } = request;
  const generation = await generationOf(store, request);
  if ("error" in generation) return generation;
  const { role, format, exported, key } = generation;
  const notAfter = notAfterOf(store.context, role, data, undefined);
  if ("error" in notAfter) return notAfter;
  const { der } = createAuthority({
    clock: store.context.clock,
    key,
    ...authorityRequest(store, role, request, notAfter.at),
  });
  const { stored } = store.addKey(key, data.string("key_name"));
  const { issuer } = store.addIssuer(der, data.string("issuer_name"));
  if (store.defaultFollowsLatest) store.defaultIssuer = issuer.id;
  store.keep(issuer.certificate);
  const shown = format === "der" ? der.toString("base64") : issuer.pem;
  const { certificate } = issuer;
  return {
    data: {
      certificate: shown,
      expiration: Math.floor(certificate.notAfter / 1_000),
      issuer_id: issuer.id,
      issuer_name: issuer.name,
      issuing_ca: shown,
      key_id: stored.id,
      key_name: stored.name,
      ...(exported && printedKey(format, key, data.string("private_key_format") === "pkcs8")),
      serial_number: colonHex(certificate.serial),
    },
    warnings: [...(certificate.subjectText === "" ? [NO_SUBJECT] : []), ...(store.hasUrls ? [] : [NO_URLS])],
  };
}

function authorityRequest(
  store: PkiStore,
  role: Role,
  { data }: BackendRequest,
  notAfter: number,
): Omit<Parameters<typeof createAuthority>[0], "clock"> {
  const commonName = data.string("common_name");
  const permitted = data.list("permitted_dns_domains");
  const pathLength = data.number("max_path_length");
  return {
    subject: { ...subjectOfRole(role), ...(commonName !== "" && { commonName }) },
    serial: serialOf(store.context),
    notBefore: store.context.clock.now() - role.not_before_duration * 1_000,
    notAfter,
    isCa: true,
    ...(data.has("max_path_length") && pathLength >= 0 && { pathLength }),
    ...(permitted.length > 0 && { permittedDns: permitted }),
    // Vault puts a common name that is a hostname among the names as well (exclude_cn_from_sans is false by default).
    ...(/^[\w-]+(\.[\w-]+)+$/.test(commonName) && !data.bool("exclude_cn_from_sans") && { dns: [commonName] }),
    extensions: urlExtensions(store.urls),
  };
}

async function generateIntermediate(store: PkiStore, request: BackendRequest): Promise<BackendReply> {
  const { data } = request;
  const generation = await generationOf(store, request);
  if ("error" in generation) return generation;
  const { role, format, exported, key } = generation;
  const commonName = data.string("common_name");
  const csr = createSigningRequest(key, {
    subject: { ...subjectOfRole(role), ...(commonName !== "" && { commonName }) },
  });
  const { stored } = store.addKey(key, data.string("key_name"));
  return {
    data: {
      csr: format === "der" ? csr.der.toString("base64") : csr.pem.trim(),
      key_id: stored.id,
      ...(exported && printedKey(format, key, data.string("private_key_format") === "pkcs8")),
    },
    warnings: store.hasUrls ? [] : [NO_URLS_INTERMEDIATE],
  };
}

function signIntermediate(store: PkiStore, request: BackendRequest): BackendReply {
  const { data } = request;
  const format = formatOf(data);
  if (format === undefined) return { error: 'The "format" path parameter must be "pem" or "der"' };
  const issuer = store.resolve(data.string("issuer_ref"));
  if (typeof issuer === "string")
    throw new VaultError(500, `could not fetch the CA certificate (was one set?): ${issuer}`);
  const csr = requestOf(data.string("csr"));
  if (typeof csr === "string") return { error: csr };
  const role = { ...permissiveRole(data), key_type: "any" };
  // An intermediate may outlive its issuer; Vault only warns.
  const notAfter = notAfterOf(store.context, role, data, { ...issuer, leafNotAfter: "permit" });
  if ("error" in notAfter) return notAfter;
  const wanted = authorityRequest(store, role, request, notAfter.at);
  const ownNames = data.bool("use_csr_values") || data.string("common_name") === "";
  const signed = store
    .authority(issuer)
    .certify(csr.publicKey, { ...wanted, ...(ownNames && { subject: csr.subject }) }, csr.spki);
  const made = store.keep({ ...signed, notAfter: notAfter.at });
  const reply = certificateData(store, format, made, issuer, false);
  const above = store
    .chainOf(issuer)
    .map(({ pem, certificate }) => (format === "der" ? certificate.der.toString("base64") : pem));
  const outlives = issuer.certificate.notAfter < made.notAfter;
  return {
    data: { ...reply, ca_chain: [reply.certificate, ...above] },
    warnings: [
      ...(outlives ? [OUTLIVES] : []),
      ...(made.certificate.subjectText === "" ? [NO_SUBJECT] : []),
      ...(store.hasUrls ? [] : [NO_URLS]),
      ...notAfter.warnings,
    ],
  };
}

const OUTLIVES =
  "The expiration time for the signed certificate is after the CA's expiration time. If the new certificate is not treated as a root, validation paths with the certificate past the issuing CA's expiration time will fail.";

function requestOf(text: string): SigningRequest | string {
  if (text === "") return '"csr" is empty';
  try {
    return parseSigningRequest(text);
  } catch {
    return "csr contains no data";
  }
}

function importBundle(store: PkiStore, { data }: BackendRequest, keysAllowed: boolean): BackendReply {
  const bundle = data.string("pem_bundle");
  const certificate = data.string("certificate");
  if (bundle === "" && certificate === "") return { error: "'pem_bundle' and 'certificate' parameters were empty" };
  if (bundle !== "" && certificate !== "")
    return { error: "'pem_bundle' and 'certificate' parameters were both provided" };
  const text = bundle === "" ? certificate : bundle;
  if (Buffer.byteLength(text) < 75) {
    return {
      error:
        "provided data for import was too short; perhaps a path was passed to the API rather than the contents of a PEM file",
    };
  }
  const keys = [
    ...text.matchAll(/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z]+ )?PRIVATE KEY-----/g),
  ].map(([block]) => block);
  const certificates = unpem(text, "CERTIFICATE");
  if (keys.length + certificates.length === 0) return { error: "provided PEM block contained no data" };
  if (keys.length > 0 && (!keysAllowed || bundle === "")) {
    return { error: "private keys found in the PEM bundle but not allowed by the path; use /issuers/import/bundle" };
  }
  const newKeys: string[] = [];
  const oldKeys: string[] = [];
  for (const key of keys) {
    const { stored, existing } = store.addKey(createPrivateKey(key));
    (existing ? oldKeys : newKeys).push(stored.id);
  }
  const newIssuers: string[] = [];
  const oldIssuers: string[] = [];
  const mapping: Record<string, string> = {};
  for (const der of certificates) {
    const { issuer, existing } = store.addIssuer(der);
    (existing ? oldIssuers : newIssuers).push(issuer.id);
    mapping[issuer.id] = issuer.keyId;
  }
  const orNull = (ids: readonly string[]): readonly string[] | null => (ids.length === 0 ? null : ids);
  return {
    data: {
      existing_issuers: orNull(oldIssuers),
      existing_keys: orNull(oldKeys),
      imported_issuers: orNull(newIssuers),
      imported_keys: orNull(newKeys),
      mapping,
    },
    warnings: store.hasUrls ? [] : [NO_URLS],
  };
}
