import type { KeyObject } from "node:crypto";
import { colonHex, createAuthority, createSigningRequest, type Subject } from "../../../pki/index.js";
import type { BackendReply, BackendRequest, FieldData } from "../../core/backend.js";
import { newKey } from "./keys.js";
import { notAfterOf, serialOf, subjectOfRole, urlExtensions } from "./mint.js";
import { type Format, formatOf, printedKey } from "./output.js";
import { permissiveRole, type Role, withKeySizes } from "./role.js";
import type { PkiStore } from "./store.js";
import { authorityWarnings } from "./warnings.js";

const BAD_FORMAT = 'the "format" path parameter must be "pem", "der", or "pem_bundle"';

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
  const key = knownKey(store, reference);
  if (key === undefined) return { error: `unable to find PKI key for reference: ${reference}` };
  return { role, format, exported: false, key };
}

/** By id or name; `default` is the default issuer's. */
function knownKey(store: PkiStore, reference: string): KeyObject | undefined {
  if (reference === "default") return store.keys.get(store.findIssuer("default")?.keyId ?? "")?.key;
  return [...store.keys.values()].find(({ id, name }) => id === reference || name === reference)?.key;
}

/** The private key as the reply shows it, where the path asks for it. */
function exportedKey(
  { exported, format, key }: Generation,
  { data }: BackendRequest,
): Readonly<Record<string, unknown>> {
  return exported ? printedKey(format, key, data.string("private_key_format") === "pkcs8") : {};
}

/** Makes a key and its own certificate, the mount's newest issuer. (Vault: pathCAGenerateRoot) */
export async function generateRoot(store: PkiStore, request: BackendRequest): Promise<BackendReply> {
  const { data } = request;
  const generation = await generationOf(store, request);
  if ("error" in generation) return generation;
  const { role, format, key } = generation;
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
      ...exportedKey(generation, request),
      serial_number: colonHex(certificate.serial),
    },
    warnings: authorityWarnings(store, { subject: certificate.subjectText }),
  };
}

/** Makes a key and a request that another authority signs. (Vault: pathGenerateIntermediate) */
export async function generateIntermediate(store: PkiStore, request: BackendRequest): Promise<BackendReply> {
  const { data } = request;
  const generation = await generationOf(store, request);
  if ("error" in generation) return generation;
  const { role, format, key } = generation;
  const csr = createSigningRequest(key, { subject: authoritySubject(role, data) });
  const { stored } = store.addKey(key, data.string("key_name"));
  return {
    data: {
      csr: format === "der" ? csr.der.toString("base64") : csr.pem.trim(),
      key_id: stored.id,
      ...exportedKey(generation, request),
    },
    warnings: authorityWarnings(store, { isRequest: true }),
  };
}

/** What the certificate of an authority is asked to hold. */
export function authorityRequest(
  store: PkiStore,
  role: Role,
  { data }: BackendRequest,
  notAfter: number,
): Omit<Parameters<typeof createAuthority>[0], "clock"> {
  const commonName = data.string("common_name");
  const permitted = data.list("permitted_dns_domains");
  const pathLength = data.number("max_path_length");
  return {
    subject: authoritySubject(role, data),
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

function authoritySubject(role: Role, data: FieldData): Subject {
  const commonName = data.string("common_name");
  return { ...subjectOfRole(role), ...(commonName !== "" && { commonName }) };
}
