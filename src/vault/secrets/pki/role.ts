import type { BackendContext, Field, FieldData } from "../../core/backend.js";
import { Fields } from "../../core/fields.js";

/** A role as `GET roles/<name>` shows it; durations are seconds. */
export interface Role {
  readonly allow_any_name: boolean;
  readonly allow_bare_domains: boolean;
  readonly allow_glob_domains: boolean;
  readonly allow_ip_sans: boolean;
  readonly allow_localhost: boolean;
  readonly allow_subdomains: boolean;
  readonly allow_token_displayname: boolean;
  readonly allow_wildcard_certificates: boolean;
  readonly allowed_domains: readonly string[];
  readonly allowed_domains_template: boolean;
  readonly allowed_other_sans: readonly string[];
  readonly allowed_serial_numbers: readonly string[];
  readonly allowed_uri_sans: readonly string[];
  readonly allowed_uri_sans_template: boolean;
  readonly allowed_user_ids: readonly string[];
  readonly basic_constraints_valid_for_non_ca: boolean;
  readonly client_flag: boolean;
  readonly cn_validations: readonly string[];
  readonly code_signing_flag: boolean;
  readonly country: readonly string[];
  readonly email_protection_flag: boolean;
  readonly enforce_hostnames: boolean;
  readonly ext_key_usage: readonly string[];
  readonly ext_key_usage_oids: readonly string[];
  readonly generate_lease: boolean;
  readonly issuer_ref: string;
  readonly key_bits: number;
  readonly key_type: string;
  readonly key_usage: readonly string[];
  readonly locality: readonly string[];
  readonly max_ttl: number;
  readonly no_store: boolean;
  readonly not_after: string;
  readonly not_before_duration: number;
  readonly organization: readonly string[];
  readonly ou: readonly string[];
  readonly policy_identifiers: readonly string[];
  readonly postal_code: readonly string[];
  readonly province: readonly string[];
  readonly require_cn: boolean;
  readonly serial_number_source?: string;
  readonly server_flag: boolean;
  readonly signature_bits: number;
  readonly street_address: readonly string[];
  readonly ttl: number;
  readonly use_csr_common_name: boolean;
  readonly use_csr_sans: boolean;
  readonly use_pss: boolean;
  /** OpenBao alone has these; they are kept and shown, and bind nothing here. */
  readonly allow_globs_in_identity_templates?: boolean;
  readonly allowed_ip_sans_cidr?: readonly string[];
  readonly not_after_bound?: string;
  readonly not_before?: string;
  readonly not_before_bound?: string;
}

type OpenBaoField =
  "allow_globs_in_identity_templates" | "allowed_ip_sans_cidr" | "not_after_bound" | "not_before" | "not_before_bound";

/** Fields that came after 1.14. */
type LateField = "serial_number_source";
/** What is shown and cannot be written. */
type ShownField = "allow_token_displayname";

const flag = (value: boolean): Field => ({ type: "bool", default: value });
const list = (value: readonly string[] = []): Field => ({ type: "comma-list", default: value });
const seconds = (value?: number): Field => ({ type: "duration", ...(value !== undefined && { default: value }) });

/** Fields of a role, with the defaults of Vault 1.14. */
const ROLE_FIELDS: Readonly<Record<Exclude<keyof Role, OpenBaoField | LateField | ShownField>, Field>> = {
  allow_any_name: flag(false),
  allow_bare_domains: flag(false),
  allow_glob_domains: flag(false),
  allow_ip_sans: flag(true),
  allow_localhost: flag(true),
  allow_subdomains: flag(false),
  allow_wildcard_certificates: flag(true),
  allowed_domains: list(),
  allowed_domains_template: flag(false),
  allowed_other_sans: list(),
  allowed_serial_numbers: list(),
  allowed_uri_sans: list(),
  allowed_uri_sans_template: flag(false),
  allowed_user_ids: list(),
  basic_constraints_valid_for_non_ca: flag(false),
  client_flag: flag(true),
  cn_validations: list(["email", "hostname"]),
  code_signing_flag: flag(false),
  country: list(),
  email_protection_flag: flag(false),
  enforce_hostnames: flag(true),
  ext_key_usage: list(),
  ext_key_usage_oids: list(),
  generate_lease: flag(false),
  issuer_ref: { type: "string", default: "default" },
  key_bits: { type: "int", default: 0 },
  key_type: { type: "string", default: "rsa" },
  key_usage: list(["DigitalSignature", "KeyAgreement", "KeyEncipherment"]),
  locality: list(),
  max_ttl: seconds(),
  no_store: flag(false),
  not_after: { type: "string" },
  not_before_duration: seconds(30),
  organization: list(),
  ou: list(),
  policy_identifiers: list(),
  postal_code: list(),
  province: list(),
  require_cn: flag(true),
  server_flag: flag(true),
  signature_bits: { type: "int", default: 0 },
  street_address: list(),
  ttl: seconds(),
  use_csr_common_name: flag(true),
  use_csr_sans: flag(true),
  use_pss: flag(false),
};

const OPENBAO_FIELDS: Readonly<Record<OpenBaoField, Field>> = {
  allow_globs_in_identity_templates: flag(false),
  allowed_ip_sans_cidr: list(),
  not_after_bound: { type: "string", default: "permit" },
  not_before: { type: "string" },
  not_before_bound: { type: "string", default: "permit" },
};

const LATE_FIELDS: Readonly<Record<LateField, Field>> = {
  serial_number_source: { type: "string", default: "json-csr" },
};

/** Fields of a role as the release has them. */
export function roleFields(context: Pick<BackendContext, "quirk">): Readonly<Record<string, Field>> {
  return {
    ...ROLE_FIELDS,
    ...(context.quirk("pki-is-openbaos") && OPENBAO_FIELDS),
    ...(context.quirk("pki-roles-choose-serial-numbers") && LATE_FIELDS),
  };
}

/** Reads a role out of a request. With `old`, fields that were not sent keep their value (PATCH). */
export function roleOf(fields: Readonly<Record<string, Field>>, data: FieldData, old?: Role): Role {
  const entries = Object.entries(fields).map(([name, { type }]) => {
    if (old !== undefined && !data.has(name)) return [name, old[name as keyof Role]];
    switch (type) {
      case "bool":
        return [name, data.bool(name)];
      case "comma-list":
        return [name, data.list(name)];
      case "string":
        return [name, data.string(name)];
      default:
        return [name, data.number(name)];
    }
  });
  // The table above has a row for each key of Role, of that key's type.
  return { allow_token_displayname: false, ...Object.fromEntries(entries) } as Role;
}

/** A role that refuses nothing, and puts nothing into a certificate that nobody asked for. */
const ALLOWS_EVERYTHING: Role = {
  ...roleOf(ROLE_FIELDS, new Fields(ROLE_FIELDS, {})),
  allow_any_name: true,
  allowed_other_sans: ["*"],
  allowed_serial_numbers: ["*"],
  allowed_uri_sans: ["*"],
  allowed_user_ids: ["*"],
  cn_validations: ["disabled"],
  enforce_hostnames: false,
  require_cn: false,
  server_flag: false,
  client_flag: false,
};

/** What `root/generate` and `sign-intermediate` go by. */
export function permissiveRole(data: FieldData): Role {
  const sent = (name: string): readonly string[] => (data.has(name) ? data.list(name) : []);
  return {
    ...ALLOWS_EVERYTHING,
    use_csr_common_name: false,
    use_csr_sans: false,
    key_usage: [],
    ttl: data.number("ttl"),
    not_after: data.string("not_after"),
    not_before_duration: data.number("not_before_duration"),
    country: sent("country"),
    organization: sent("organization"),
    ou: sent("ou"),
    locality: sent("locality"),
    province: sent("province"),
    street_address: sent("street_address"),
    postal_code: sent("postal_code"),
  };
}

/** What `sign-verbatim` goes by without a role. */
export function verbatimRole(data: FieldData, role: Role | undefined): Role {
  const verbatim: Role = {
    ...ALLOWS_EVERYTHING,
    key_type: "any",
    key_usage: data.list("key_usage"),
    ext_key_usage: data.list("ext_key_usage"),
    ext_key_usage_oids: data.list("ext_key_usage_oids"),
    signature_bits: data.number("signature_bits"),
    use_pss: data.bool("use_pss"),
  };
  if (role === undefined) return verbatim;
  const { ttl, max_ttl, generate_lease, no_store, issuer_ref, not_before_duration } = role;
  return { ...verbatim, ttl, max_ttl, generate_lease, no_store, issuer_ref, not_before_duration };
}

const EC_BITS = [224, 256, 384, 521];
const RSA_BITS = [2048, 3072, 4096, 8192];

/** The role's key and signature sizes filled in, or what is wrong with them. (certutil.ValidateDefaultOrValueKeyTypeSignatureLength) */
export function withKeySizes(role: Role): Role | string {
  const key_bits = keyBitsOf(role.key_type, role.key_bits);
  if (typeof key_bits === "string") return key_bits;
  // Of a curve's hash nothing is checked, and all others have none.
  const hash = role.key_type === "rsa" || role.key_type === "ec" ? hashBitsOf(role.key_type, role.signature_bits) : 0;
  return typeof hash === "string" ? hash : { ...role, key_bits, signature_bits: hash };
}

/** The size that a key gets, or what is wrong with the one that was asked for. (certutil.ValidateDefaultOrValueKeyType) */
export function keyBitsOf(type: string, asked: number): number | string {
  switch (type) {
    case "any":
    case "ed25519":
      return asked;
    case "ec": {
      const bits = asked === 0 ? 256 : asked;
      return EC_BITS.includes(bits) ? bits : `unsupported bit length for EC key: ${bits}`;
    }
    case "rsa": {
      const bits = asked === 0 ? 2048 : asked;
      if (bits < 2048) return `RSA keys < 2048 bits are unsafe and not supported: got ${bits}`;
      return RSA_BITS.includes(bits) ? bits : `unsupported bit length for RSA key: ${bits}`;
    }
    default:
      return `unknown key type ${type}`;
  }
}

/** The size of the hash that is signed with such a key, or what is wrong with it. (certutil.ValidateDefaultOrValueHashBits) */
export function hashBitsOf(type: string, asked: number): number | string {
  switch (type) {
    case "rsa": {
      const bits = asked === 0 ? 256 : asked;
      return [256, 384, 512].includes(bits) ? bits : `unsupported hash signature algorithm: ${bits}`;
    }
    default:
      return asked;
  }
}

const CN_KINDS = ["disabled", "email", "hostname"];

/** What is wrong with `cn_validations`, in Vault's words. */
export function cnValidationsError(values: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const value of values) {
    const kind = value.toLowerCase();
    if (!CN_KINDS.includes(kind)) return `cn_validations value incorrect: unknown type: \`${value}\``;
    if (seen.has(kind)) return `cn_validations value incorrect: \`${kind}\` specified multiple times`;
    seen.add(kind);
  }
  return seen.has("disabled") && seen.size > 1
    ? "cn_validations value incorrect: cannot specify `disabled` along with `email` or `hostname`"
    : undefined;
}
