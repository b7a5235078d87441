import { createPublicKey, type KeyObject } from "node:crypto";
import { type CheckRecord, decide } from "../../../journal/index.js";
import { colonHex } from "../../../pki/index.js";
import type { BackendContext, BackendReply, BackendRequest, FieldData } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { ISSUE_CHECKS, type Issuance } from "./issue-checks.js";
import { newKey } from "./keys.js";
import { authorityKeyOf, leafRequest, notAfterOf } from "./mint.js";
import { type Format, formatOf, printed, printedKey } from "./output.js";
import { oidError } from "./policies.js";
import { type Role, verbatimRole, withKeySizes } from "./role.js";
import type { Issuer, PkiStore, StoredCertificate } from "./store.js";

/** What is asked of `issue`: a key and a certificate; of `sign` and `verbatim`: a certificate for a CSR. */
export type Kind = "issue" | "sign" | "verbatim";

/** Issues a certificate, or says why not. (Vault: pathIssueSignCert) */
export async function issue(store: PkiStore, kind: Kind, request: BackendRequest): Promise<BackendReply> {
  const order = orderOf(store, kind, request);
  if ("error" in order) return order;
  const issuance = issuanceOf(
    store,
    order.role,
    request.data,
    kind === "issue" ? undefined : request.data.string("csr"),
  );
  const decision = await decide(ISSUE_CHECKS, issuance);
  request.exchange.decided("issue certificate", decision);
  if (decision.refusal !== undefined) return decision.refusal.reply;
  const notAfter = notAfterOf(store.context, order.role, request.data, order.issuer);
  if ("error" in notAfter) {
    const checks: CheckRecord[] = [{ id: "lifetime", outcome: "refused", got: notAfter.error }];
    request.exchange.checked("issue certificate", checks, "lifetime");
    return notAfter;
  }
  const unfit = kind === "verbatim" ? authorityRefusal(store.context, issuance) : undefined;
  const otherOid = issuance.others.map(({ oid }) => oidError(oid)).find((wrong) => wrong !== undefined);
  if (otherOid !== undefined) throw new VaultError(500, `error marshaling other SANs: ${otherOid}`);
  return unfit ?? (await certified(store, order, issuance, notAfter, request));
}

/** By what a certificate is issued. */
interface Order {
  readonly kind: Kind;
  readonly role: Role;
  /** Of the key to make; absent where a CSR brings one. */
  readonly keyKind: KeyKind | undefined;
  readonly format: Format;
  readonly issuer: Issuer;
}

function orderOf(store: PkiStore, kind: Kind, request: BackendRequest): Order | { readonly error: string } {
  const { data } = request;
  const role = roleFor(store, kind, request);
  if (typeof role === "string") {
    request.exchange.checked("issue certificate", [unknownRole(store, role)], "role");
    return { error: `unknown role: ${role}` };
  }
  if (data.has("cert_metadata"))
    throw new VaultError(500, "certificate metadata is only supported on Vault Enterprise");
  const keyKind = keyKindOf(store, role, data);
  if (kind === "issue" && keyKind === undefined) return { error: anyKeyRefusal(store) };
  const format = formatOf(data);
  if (format === undefined) return { error: 'the "format" path parameter must be "pem", "der", or "pem_bundle"' };
  const ofRole = role.issuer_ref === "" ? "default" : role.issuer_ref;
  const issuer = store.issuing(request.path.startsWith("issuer/") ? data.string("issuer_ref") : ofRole);
  return { kind, role, keyKind, format, issuer };
}

/** A certificate in the making of which nothing is known but what was asked. */
export function issuanceOf({ context }: PkiStore, role: Role, data: FieldData, csrText: string | undefined): Issuance {
  const none = { dns: [], emails: [], ips: [], uris: [], others: [], userIds: [] };
  return { context, role, data, csrText, commonName: "", ...none };
}

async function certified(
  store: PkiStore,
  { kind, role, keyKind, format, issuer }: Order,
  issuance: Issuance,
  notAfter: { readonly at: number; readonly warnings: readonly string[] },
  request: BackendRequest,
): Promise<BackendReply> {
  const { data } = request;
  const { context } = store;
  const key = issuance.csr === undefined && keyKind ? await newKey(keyKind.key_type, keyKind.key_bits) : undefined;
  const publicKey = issuance.csr?.publicKey ?? (key === undefined ? undefined : createPublicKey(key));
  if (publicKey === undefined) throw new VaultError(500, "no key to certify");
  const wanted = leafRequest(context, issuance, notAfter.at, issuer, store.urlsOf(issuer), kind === "verbatim");
  const made = store.authority(issuer).certify(publicKey, wanted, issuance.csr?.spki);
  const stored = store.keep({ notAfter: notAfter.at, ...made });
  if (role.no_store) store.certificates.delete(colonHex(stored.serial));
  const asPkcs8 = data.string("private_key_format") === "pkcs8";
  const reply = certificateData(store, format, stored, issuer, data.bool("remove_roots_from_chain"));
  return {
    data: {
      ...reply,
      ...(key !== undefined && withKey(reply, format, key, asPkcs8)),
      ...(context.quirk("pki-is-openbaos") && {
        not_before: Math.floor(context.clock.now() / 1_000) - role.not_before_duration,
      }),
    },
    warnings: [
      ...(context.quirk("pki-warns-twice") ? notAfter.warnings : []),
      ...ignoredFields(role, request, kind),
      ...ignoredConstraints(context, issuance, kind),
      ...notAfter.warnings,
    ],
    ...(role.generate_lease && {
      lease: { ttl: Math.round((notAfter.at - context.clock.now()) / 1_000), renewable: false },
    }),
  };
}

/** `sign-verbatim` takes a CSR's extensions over, but makes no authorities. (certutil.signCertificate) */
function authorityRefusal(context: BackendContext, { csr }: Issuance): BackendReply {
  return csr?.isCa === true && context.quirk("pki-takes-constraints-of-requests")
    ? { error: "refusing to accept CSR with Basic Constraints extension setting isCA=true" }
    : undefined;
}

function unknownRole({ roles }: PkiStore, name: string): CheckRecord {
  const known = [...roles.keys()].join(", ");
  return {
    id: "role",
    outcome: "refused",
    wanted: known === "" ? "a role of this mount, which has none" : `a role of this mount: ${known}`,
    got: name,
  };
}

type KeyKind = Pick<Role, "key_type" | "key_bits">;

/** The key that `issue` shall make; a role for any key leaves that to the request, where the release lets it. */
function keyKindOf({ context }: PkiStore, role: Role, data: FieldData): KeyKind | undefined {
  if (role.key_type !== "any") return role;
  if (!context.quirk("pki-is-openbaos") || (!data.has("key_type") && !data.has("key_bits"))) return undefined;
  const sized = withKeySizes({ ...role, key_type: data.string("key_type"), key_bits: data.number("key_bits") });
  if (typeof sized === "string") throw new VaultError(400, sized);
  return sized;
}

function anyKeyRefusal({ context }: PkiStore): string {
  const refusal = 'role key type "any" not allowed for issuing certificates';
  return context.quirk("pki-is-openbaos")
    ? `${refusal} without providing key_type and/or key_bits request parameters`
    : `${refusal}, only signing`;
}

/** The role, or the name of one that does not exist. */
function roleFor(store: PkiStore, kind: Kind, { data }: BackendRequest): Role | string {
  const name = data.string("role");
  const role = store.roles.get(name);
  if (kind !== "verbatim") return role ?? name;
  return role === undefined && name !== "" ? name : verbatimRole(data, role);
}

function ignoredFields(role: Role, { data }: BackendRequest, kind: Kind): string[] {
  if (kind === "issue") return [];
  const warning = (field: string, flag: string): string =>
    `the ${field} field was provided but the role is set with "${flag}" set to true`;
  return [
    ...(role.use_csr_common_name && data.string("common_name") !== ""
      ? [warning("common_name", "use_csr_common_name")]
      : []),
    ...(role.use_csr_sans && data.string("alt_names") !== "" ? [warning("alt_names", "use_csr_sans")] : []),
  ];
}

/** Earlier releases leave a CSR's basic constraints out, and say so. */
function ignoredConstraints(context: BackendContext, { csr }: Issuance, kind: Kind): string[] {
  if (csr?.basicConstraintsValid !== true || context.quirk("pki-takes-constraints-of-requests")) return [];
  return kind === "verbatim"
    ? ["specified CSR contained a Basic Constraints extension that was ignored during issuance"]
    : [];
}

/** The key, and the bundle that begins with it. */
function withKey(
  reply: Readonly<Record<string, unknown>>,
  format: Format,
  key: KeyObject,
  asPkcs8: boolean,
): Readonly<Record<string, unknown>> {
  const shown = printedKey(format, key, asPkcs8);
  if (format !== "pem_bundle") return shown;
  // The bundle is put together before the key is turned into PKCS #8.
  return { ...shown, certificate: `${printedKey(format, key, false).private_key}\n${String(reply.certificate)}` };
}

/** The part of a reply that describes a signed certificate. */
export function certificateData(
  store: PkiStore,
  format: Format,
  made: StoredCertificate,
  issuer: Issuer,
  withoutRoots: boolean,
): Record<string, unknown> {
  const chain = store
    .chainOf(issuer)
    .filter(({ certificate }) => !withoutRoots || !certificate.subjectDer.equals(certificate.issuerDer));
  const show = ({ certificate, pem }: Issuer): string => printed(format, { der: certificate.der, pem });
  const bundle = [made.pem, ...chain.map(({ pem }) => pem)].join("\n");
  return {
    ...(store.context.quirk("pki-names-authority-keys") && { authority_key_id: colonHex(authorityKeyOf(issuer)) }),
    ...(chain.length > 0 && { ca_chain: chain.map(show) }),
    certificate: format === "pem_bundle" ? bundle : printed(format, made),
    expiration: Math.floor(made.notAfter / 1_000),
    issuing_ca: show(issuer),
    serial_number: colonHex(made.serial),
  };
}
