import type { KeyObject } from "node:crypto";
import { decide } from "../../../journal/index.js";
import {
  basicConstraints,
  type CertificateRequest,
  colonHex,
  createAuthority,
  createSigningRequest,
  hashFor,
  type KeyUsage,
  keyUsage,
} from "../../../pki/index.js";
import type { BackendReply, BackendRequest, FieldData } from "../../core/backend.js";
import { issuanceOf } from "./issue.js";
import { ISSUE_CHECKS, type Issuance } from "./issue-checks.js";
import { newKey } from "./keys.js";
import { hashOf, namesOf, notAfterOf, serialOf, urlExtensions } from "./mint.js";
import { constraintsOf, rangesError } from "./name-constraints.js";
import { type Format, formatOf, printedKey } from "./output.js";
import { hashBitsOf, keyBitsOf, permissiveRole, type Role } from "./role.js";
import type { PkiStore } from "./store.js";
import { issuerNameError, keyNameError } from "./reference-names.js";
import { authorityWarnings } from "./warnings.js";

const BAD_FORMAT = 'the "format" path parameter must be "pem", "der", or "pem_bundle"';

interface Generation {
  readonly role: Role;
  readonly format: Format;
  readonly exported: boolean;
  /** Absent: a new one is made. */
  readonly known: KeyObject | undefined;
}
type Refusal = { readonly error: string };

/** What `generate` goes by, or its refusal. (Vault: getGenerationParams) */
function generationOf(store: PkiStore, { data }: BackendRequest, isRoot: boolean): Generation | Refusal {
  const exported = data.string("exported");
  if (!["internal", "exported", "existing", "kms"].includes(exported)) {
    return { error: 'the "exported" path parameter must be "internal", "existing", exported" or "kms"' };
  }
  const format = formatOf(data);
  if (format === undefined) return { error: BAD_FORMAT };
  if (exported === "kms" || exported === "existing") return generationWithKey(store, data, exported, format);
  const wanted = { ...permissiveRole(data), key_type: data.string("key_type"), key_bits: data.number("key_bits") };
  const role = sized(store, { ...wanted, signature_bits: data.number("signature_bits") }, isRoot);
  if (typeof role === "string") return { error: role };
  if (role.key_type === "any") return { error: "unknown key type: any" };
  return { role, format, exported: exported === "exported", known: undefined };
}

/** Later releases look at the hash for any key that signs, and tell its mistakes before those of the key. */
function sized(store: PkiStore, role: Role, isRoot: boolean): Role | string {
  const { key_type: type, signature_bits } = role;
  const key_bits = keyBitsOf(type, role.key_bits);
  const hash = hashBitsOf(type, signature_bits);
  if (isRoot && store.context.quirk("pki-signature-bits-fit-the-issuer")) {
    const known = ["rsa", "ec", "ed25519", "any"].includes(type);
    if (!known || typeof hash === "string")
      return `unsupported hash signature algorithm for keyType ${type}: ${signature_bits}`;
  }
  if (typeof key_bits === "string") return key_bits;
  return typeof hash === "string" ? hash : { ...role, key_bits, signature_bits: hash };
}

function generationWithKey(
  store: PkiStore,
  data: FieldData,
  exported: "kms" | "existing",
  format: Format,
): Generation | Refusal {
  if (data.has("key_type") || data.has("key_bits")) {
    return {
      error:
        "invalid parameter for the kms/existing path parameter, key_type nor key_bits arguments can be set in this mode",
    };
  }
  if (exported === "kms") {
    return { error: "unable to determine managed key id: missing argument managed_key_name or managed_key_id" };
  }
  const key = store.resolveKey(data.string("key_ref"));
  if (typeof key === "string") return { error: `failed to lookup public key from existing key: ${key}` };
  const type = key.key.asymmetricKeyType ?? "";
  const role = { ...permissiveRole(data), key_type: type, signature_bits: data.number("signature_bits") };
  return { role, format, exported: false, known: key.key };
}

/** The private key as the reply shows it, where the path asks for it. */
function exportedKey(
  { exported, format }: Generation,
  key: KeyObject,
  { data }: BackendRequest,
): Readonly<Record<string, unknown>> {
  return exported ? printedKey(format, key, data.string("private_key_format") === "pkcs8") : {};
}

/** A bundle begins with the key that goes with it, which is never PKCS #8 there. */
function bundled({ exported, format }: Generation, key: KeyObject, text: string): string {
  return exported && format === "pem_bundle" ? `${printedKey(format, key, false).private_key}\n${text}` : text;
}

/** Makes a key and its own certificate, the mount's newest issuer. (Vault: pathCAGenerateRoot) */
export async function generateRoot(store: PkiStore, request: BackendRequest): Promise<BackendReply> {
  const { data, path } = request;
  const generation = generationOf(store, request, true);
  if ("error" in generation) return generation;
  const names = issuerNameError(store, data) ?? keyNameError(store, data);
  if (names !== undefined) return { error: names };
  const { role, format } = generation;
  const found = await authorityNames(store, request, role, undefined);
  if ("error" in found) return found;
  const notAfter = notAfterOf(store.context, role, data, undefined);
  if ("error" in notAfter) return notAfter;
  const ranges = rangesError(data);
  if (ranges !== undefined) return { error: ranges };
  const key = generation.known ?? (await newKey(role.key_type, role.key_bits));
  const { der } = createAuthority({
    clock: store.context.clock,
    key,
    ...authorityRequest(store, found.issuance, role, data, notAfter.at),
    ...hashOf(role, { certificate: { publicKey: key } }),
    extensions: urlExtensions(store.urlsOfRoot()),
  });
  const { stored } = store.addKey(key, data.string("key_name").trim());
  const { issuer } = store.addIssuer(der, rootName(store, path, data));
  issuer.revocationAlgorithm = algorithmOf(key, role);
  if (store.defaultFollowsLatest) store.defaultIssuer = issuer.id;
  store.keep(issuer.certificate);
  store.crlNumber++;
  const shown = format === "der" ? der.toString("base64") : issuer.pem;
  const { certificate } = issuer;
  return {
    data: {
      certificate: bundled(generation, key, shown),
      expiration: Math.floor(certificate.notAfter / 1_000),
      issuer_id: issuer.id,
      issuer_name: issuer.name,
      issuing_ca: shown,
      key_id: stored.id,
      key_name: stored.name,
      ...exportedKey(generation, key, request),
      serial_number: colonHex(certificate.serial),
    },
    warnings: [
      ...usageWarnings(store, data, "Invalid key usage will be ignored"),
      ...authorityWarnings(store, { subject: certificate.subjectText }),
      ...(certificate.pathLength === 0
        ? [
            "Max path length of the generated certificate is zero. This certificate cannot be used to issue intermediate CA certificates.",
          ]
        : []),
    ],
  };
}

/** The name of the algorithm that the key has signed with. */
function algorithmOf(key: KeyObject, role: Role): string {
  const { hash = hashFor(key) } = hashOf(role, { certificate: { publicKey: key } });
  switch (key.asymmetricKeyType) {
    case "rsa":
      return `${hash.toUpperCase()}WithRSA`;
    case "ec":
      return `ECDSAWith${hash.toUpperCase()}`;
    default:
      return "Ed25519";
  }
}

/** A root that takes the place of another is called `next`, while that name is free. */
function rootName(store: PkiStore, path: string, data: FieldData): string {
  const sent = data.string("issuer_name").trim();
  return sent === "" && path.startsWith("root/rotate/") && store.findIssuer("next") === undefined ? "next" : sent;
}

/** Makes a key and a request that another authority signs. (Vault: pathGenerateIntermediate) */
export async function generateIntermediate(store: PkiStore, request: BackendRequest): Promise<BackendReply> {
  const { data } = request;
  const generation = generationOf(store, request, false);
  if ("error" in generation) return generation;
  const wrongName = keyNameError(store, data);
  if (wrongName !== undefined) return { error: wrongName };
  const { role, format } = generation;
  const found = await authorityNames(store, request, role, undefined);
  if ("error" in found) return found;
  const notAfter = notAfterOf(store.context, role, data, undefined);
  if ("error" in notAfter) return notAfter;
  const key = generation.known ?? (await newKey(role.key_type, role.key_bits));
  const usages = data.has("key_usage") ? authorityUsages(store, data) : [];
  const { subject = {}, extra = [], ...names } = namesOf(found.issuance);
  const csr = createSigningRequest(key, {
    subject,
    ...(extra.length === 0 && names),
    extensions: [
      ...extra,
      ...(data.bool("add_basic_constraints") ? [basicConstraints(true)] : []),
      ...(usages.length > 0 ? [keyUsage(usages)] : []),
    ],
  });
  const { stored } = store.addKey(key, data.string("key_name").trim());
  const shown = format === "der" ? csr.der.toString("base64") : csr.pem.trim();
  return {
    data: { csr: bundled(generation, key, shown), key_id: stored.id, ...exportedKey(generation, key, request) },
    warnings: [...authorityWarnings(store, { isRequest: true }), ...notAfter.warnings],
  };
}

/** The names that an authority shall have, or what is wrong with them: the checks of any certificate. */
export async function authorityNames(
  store: PkiStore,
  { data, exchange }: BackendRequest,
  role: Role,
  csrText: string | undefined,
): Promise<{ readonly issuance: Issuance } | Refusal> {
  const issuance = issuanceOf(store, role, data, csrText);
  const decision = await decide(ISSUE_CHECKS, issuance);
  exchange.decided("make an authority", decision);
  const reply = decision.refusal?.reply;
  return reply !== undefined && "error" in reply ? { error: reply.error } : { issuance };
}

/** What the certificate of an authority is asked to hold. */
export function authorityRequest(
  store: PkiStore,
  issuance: Issuance,
  role: Role,
  data: FieldData,
  notAfter: number,
): CertificateRequest {
  const pathLength = data.number("max_path_length");
  const usages = authorityUsages(store, data);
  return {
    ...namesOf(issuance),
    serial: serialOf(store.context),
    notBefore: store.context.clock.now() - role.not_before_duration * 1_000,
    notAfter,
    isCa: true,
    ...(data.has("max_path_length") && pathLength >= 0 && { pathLength }),
    nameConstraints: constraintsOf(data),
    keyUsage: [...new Set([...usages.filter((usage) => usage === "digitalSignature"), ...BOTH])],
  };
}

const BOTH: readonly KeyUsage[] = ["certSign", "crlSign"];
const USAGES: Readonly<Record<string, KeyUsage>> = {
  digitalsignature: "digitalSignature",
  certsign: "certSign",
  crlsign: "crlSign",
};

function authorityUsages({ context }: PkiStore, data: FieldData): KeyUsage[] {
  if (!context.quirk("pki-authorities-have-key-usages")) return [];
  return data.list("key_usage").flatMap((name) => USAGES[name.trim().toLowerCase()] ?? []);
}

const LEAF_USAGES = [
  "contentcommitment",
  "keyencipherment",
  "dataencipherment",
  "keyagreement",
  "encipheronly",
  "decipheronly",
];

/** Vault warns whenever usages are sent, even of none that is wrong. (path_root.go: validateCaKeyUsages) */
export function usageWarnings({ context }: PkiStore, data: FieldData, title: string): string[] {
  if (!context.quirk("pki-authorities-have-key-usages") || !data.has("key_usage")) return [];
  const wrong = data.list("key_usage").flatMap((usage) => {
    const name = usage.trim().toLowerCase();
    if (LEAF_USAGES.includes(name)) return [`key usage ${usage} is only valid for non-Ca certs`];
    return USAGES[name] === undefined ? [`unrecognized key usage ${usage}`] : [];
  });
  return [`${title}: ${wrong.join("; ")}`];
}
