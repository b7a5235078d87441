import { createPublicKey } from "node:crypto";
import { type CheckRecord, decide } from "../../../journal/index.js";
import { colonHex } from "../../../pki/index.js";
import type { BackendReply, BackendRequest, Field, FieldData, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { genericName } from "../../core/sdk.js";
import { ISSUE_CHECKS, type Issuance } from "./issue-checks.js";
import { newKey } from "./keys.js";
import { leafRequest, notAfterOf } from "./mint.js";
import { type Format, formatOf, printed, printedKey } from "./output.js";
import { type Role, verbatimRole, withKeySizes } from "./role.js";
import type { Issuer, PkiStore, StoredCertificate } from "./store.js";

/** Fields that `issue`, `sign` and `sign-verbatim` share. */
export const ISSUE_FIELDS: Readonly<Record<string, Field>> = {
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
  key_usage: { type: "comma-list", default: ["DigitalSignature", "KeyAgreement", "KeyEncipherment"] },
  ext_key_usage: { type: "comma-list" },
  ext_key_usage_oids: { type: "comma-list" },
};

type Kind = "issue" | "sign" | "verbatim";

/** `issue`, `sign` and `sign-verbatim`, each under the default issuer and under a named one. */
export function issuePaths(store: PkiStore): Path[] {
  const path = (pattern: string, kind: Kind, fields: Readonly<Record<string, Field>>, summary: string): Path => ({
    pattern,
    fields,
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

async function issue(store: PkiStore, kind: Kind, request: BackendRequest): Promise<BackendReply> {
  const { data } = request;
  const role = roleFor(store, kind, request);
  if (typeof role === "string") {
    request.exchange.checked("issue certificate", [unknownRole(store, role)], "role");
    return { error: `unknown role: ${role}` };
  }
  const keyKind = keyKindOf(store, role, data);
  if (kind === "issue" && keyKind === undefined) return { error: anyKeyRefusal(store) };
  const format = formatOf(data);
  if (format === undefined) return { error: 'the "format" path parameter must be "pem", "der", or "pem_bundle"' };
  const issuer = store.resolve(request.path.startsWith("issuer/") ? data.string("issuer_ref") : role.issuer_ref);
  if (typeof issuer === "string")
    throw new VaultError(500, `could not fetch the CA certificate (was one set?): ${issuer}`);

  const csrText = kind === "issue" ? undefined : data.string("csr");
  const displayName = request.token?.displayName ?? "";
  const issuance: Issuance = {
    context: store.context,
    role,
    data,
    csrText,
    displayName,
    commonName: "",
    dns: [],
    emails: [],
    ips: [],
    uris: [],
  };
  const decision = await decide(ISSUE_CHECKS, issuance);
  request.exchange.decided("issue certificate", decision);
  if (decision.refusal !== undefined) return decision.refusal.reply;

  const notAfter = notAfterOf(store.context, role, data, issuer);
  if ("error" in notAfter) {
    request.exchange.checked(
      "issue certificate",
      [{ id: "lifetime", outcome: "refused", got: notAfter.error }],
      "lifetime",
    );
    return notAfter;
  }
  const key = issuance.csr === undefined && keyKind ? await newKey(keyKind.key_type, keyKind.key_bits) : undefined;
  const publicKey = issuance.csr?.publicKey ?? (key === undefined ? undefined : createPublicKey(key));
  if (publicKey === undefined) throw new VaultError(500, "no key to certify");
  const wanted = leafRequest(store.context, issuance, notAfter.at, store.urls, kind === "verbatim");
  const made = store.authority(issuer).certify(publicKey, wanted, issuance.csr?.spki);
  const stored = store.keep({ ...made, notAfter: notAfter.at });
  if (role.no_store) store.certificates.delete(colonHex(stored.serial));
  const keyOutput = key === undefined ? {} : printedKey(format, key, data.string("private_key_format") === "pkcs8");
  const reply = certificateData(store, format, stored, issuer, data.bool("remove_roots_from_chain"));
  return {
    data: {
      ...reply,
      ...keyOutput,
      ...(store.context.quirk("pki-is-openbaos") && {
        not_before: Math.floor(store.context.clock.now() / 1_000) - role.not_before_duration,
      }),
    },
    warnings: [...ignoredFields(role, request, kind), ...notAfter.warnings],
    ...(role.generate_lease && {
      lease: { ttl: Math.floor((notAfter.at - store.context.clock.now()) / 1_000), renewable: false },
    }),
  };
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
    ...(chain.length > 0 && { ca_chain: chain.map(show) }),
    certificate: format === "pem_bundle" ? bundle : printed(format, made),
    expiration: Math.floor(made.notAfter / 1_000),
    issuing_ca: show(issuer),
    serial_number: colonHex(made.serial),
  };
}
