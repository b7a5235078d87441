import type { CertificateFields } from "../../../pki/index.js";
import type { BackendContext, Field, FieldData } from "../../core/backend.js";
import { DEPRECATED_FIELDS, type DeprecatedParams, tokenFields, type TokenParams } from "../token-params.js";

/** Constraints on the presented certificate; an empty list constrains nothing. */
const LISTS = [
  "allowed_names",
  "allowed_common_names",
  "allowed_dns_sans",
  "allowed_email_sans",
  "allowed_uri_sans",
  "allowed_organizational_units",
  "allowed_organizations",
  "allowed_metadata_extensions",
  "required_extensions",
] as const;
export type ConstraintName = (typeof LISTS)[number];

export interface CertRole {
  readonly name: string;
  /** PEM as it was written. */
  readonly certificate: string;
  readonly parsed: readonly CertificateFields[];
  readonly lists: Readonly<Partial<Record<ConstraintName, readonly string[]>>>;
  /** Its OCSP settings, as they are shown. */
  readonly ocsp: Readonly<Record<string, unknown>>;
  readonly displayName: string;
  readonly token: TokenParams;
  readonly deprecated: DeprecatedParams;
}

const OCSP_FIELDS: Readonly<Record<string, Field>> = {
  ocsp_enabled: { type: "bool", default: false, description: "Ask by OCSP whether the certificate is revoked" },
  ocsp_ca_certificates: { type: "string", default: "", description: "More CAs for the OCSP servers, in PEM" },
  ocsp_servers_override: {
    type: "comma-list",
    default: null,
    description: "OCSP servers instead of the certificate's",
  },
  ocsp_fail_open: { type: "bool", default: false, description: "Log in where no OCSP server answers" },
  ocsp_query_all_servers: { type: "bool", default: false, description: "All OCSP servers have to agree" },
};

/** Since 1.16. */
const OCSP_LIMITS: Readonly<Record<string, Field>> = {
  ocsp_this_update_max_age: { type: "duration", default: 0, description: "Oldest reply that counts; 0 for any" },
  ocsp_max_retries: { type: "int", default: 4, description: "How often an OCSP server is asked again" },
};

export const NO_OCSP: CertRole["ocsp"] = Object.fromEntries(
  Object.entries(OCSP_FIELDS).map(([name, field]) => [name, field.default]),
);

/** The OCSP settings after a write. */
export function ocspOf(
  context: Pick<BackendContext, "quirk">,
  data: FieldData,
  before: CertRole["ocsp"],
): CertRole["ocsp"] {
  const value = (name: string): unknown => (data.has(name) || !(name in before) ? data.value(name) : before[name]);
  return Object.fromEntries(Object.keys(ocspFields(context)).map((name) => [name, value(name)]));
}

const { policies, ttl, max_ttl, period, bound_cidrs } = DEPRECATED_FIELDS;

export function certFields(context: Pick<BackendContext, "quirk">): Readonly<Record<string, Field>> {
  return {
    ...tokenFields(context),
    ...(policies && ttl && max_ttl && period && bound_cidrs && { policies, ttl, max_ttl, period, bound_cidrs }),
    lease: { type: "int", deprecated: true, description: 'Use "token_ttl" instead' },
    name: { type: "string", description: "Name of the role" },
    certificate: { type: "string", description: "CA certificate, or a leaf to pin, in PEM" },
    display_name: { type: "string", description: "Display name of the tokens; the role's name if absent" },
    ...Object.fromEntries(listsOf(context).map((name) => [name, { type: "comma-list" } satisfies Field])),
    ...ocspFields(context),
  };
}

function ocspFields(context: Pick<BackendContext, "quirk">): Readonly<Record<string, Field>> {
  if (!context.quirk("cert-has-ocsp")) return {};
  return context.quirk("cert-ocsp-has-ages-and-retries") ? { ...OCSP_FIELDS, ...OCSP_LIMITS } : OCSP_FIELDS;
}

/** The constraints that the release knows. */
export function listsOf(context: Pick<BackendContext, "quirk">): readonly ConstraintName[] {
  return context.quirk("cert-roles-bind-organizations")
    ? LISTS
    : LISTS.filter((name) => name !== "allowed_organizations");
}

/** A list that was never written is null. */
export function shownLists(
  context: Pick<BackendContext, "quirk">,
  role: CertRole,
): Record<string, readonly string[] | null> {
  return Object.fromEntries(listsOf(context).map((name) => [name, role.lists[name] ?? null]));
}
