/** Fields of the API paths that scenarios write most, for lint. Sources: path_config.go and path_role.go of the plugins. */

/** `any` stands for what lint does not look into. */
export type VaultFieldType = "any" | "duration";

export interface VaultField {
  readonly type: VaultFieldType;
  /** Releases of Vault that have it. */
  readonly vault?: string;
}

export interface WritePath {
  /** What is written there, for sentences: "a kubernetes role". */
  readonly what: string;
  readonly fields: Readonly<Record<string, VaultField>>;
  /** Fields that people write and that do not exist there, with what to write in their stead. */
  readonly mistaken?: Readonly<Record<string, string>>;
}

function fields(any: string, durations = ""): Record<string, VaultField> {
  const table: Record<string, VaultField> = {};
  for (const name of any.split(" ")) table[name] = { type: "any" };
  for (const name of durations.split(" ")) if (name !== "") table[name] = { type: "duration" };
  return table;
}

/** sdk/helper/tokenutil, and the names that it replaced. */
const TOKEN_FIELDS = fields(
  "token_bound_cidrs token_no_default_policy token_num_uses token_policies token_type token_strictly_bind_ip " +
    "policies num_uses bound_cidrs",
  "token_explicit_max_ttl token_max_ttl token_period token_ttl ttl max_ttl period",
);

/** By type of auth method, then by what follows the mount. */
export const AUTH_PATHS: Readonly<Partial<Record<string, Readonly<Partial<Record<string, WritePath>>>>>> = {
  kubernetes: {
    config: {
      what: "the kubernetes config",
      fields: {
        ...fields(
          "kubernetes_host kubernetes_ca_cert token_reviewer_jwt pem_keys issuer disable_iss_validation disable_local_ca_jwt",
        ),
        use_annotations_as_alias_metadata: { type: "any", vault: ">=1.16" },
      },
    },
    role: {
      what: "a kubernetes role",
      fields: {
        ...fields("bound_service_account_names bound_service_account_namespaces audience alias_name_source"),
        bound_service_account_namespace_selector: { type: "any", vault: ">=1.16" },
        alias_metadata: { type: "any", vault: ">=2.0" },
        ...TOKEN_FIELDS,
      },
      mistaken: {
        bound_audience: 'did you mean "audience", or "bound_audiences", which only mistrust checks?',
        audiences: 'did you mean "audience"? It takes a single one',
        bound_subject: 'that is a field of the jwt method; did you mean "bound_service_account_names"?',
        bound_claims: 'that is a field of the jwt method; did you mean "bound_service_account_namespaces"?',
        service_account_names: 'did you mean "bound_service_account_names"?',
        service_account_namespaces: 'did you mean "bound_service_account_namespaces"?',
      },
    },
  },
};

export const SYS_PATHS: readonly (readonly [pattern: RegExp, path: WritePath])[] = [
  [
    /^sys\/(?:auth|mounts)\/.+(?<!\/tune)$/,
    {
      what: "a mount",
      fields: fields(
        "type description config options local seal_wrap external_entropy_access plugin_name plugin_version path accessor",
      ),
    },
  ],
  [
    /^sys\/(?:auth|mounts)\/.+\/tune$/,
    {
      what: "a mount's tuning",
      fields: fields(
        "description options audit_non_hmac_request_keys audit_non_hmac_response_keys listing_visibility " +
          "passthrough_request_headers allowed_response_headers token_type allowed_managed_keys plugin_version " +
          "user_lockout_config delegated_auth_accessors identity_token_key",
        "default_lease_ttl max_lease_ttl",
      ),
    },
  ],
  [/^sys\/policies\/acl\/[^/]+$/, { what: "a policy", fields: fields("policy") }],
  [/^sys\/policy\/[^/]+$/, { what: "a policy", fields: fields("policy rules") }],
];
