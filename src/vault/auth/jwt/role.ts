import type { BackendContext, BackendReply, Field } from "../../core/backend.js";
import {
  DEPRECATED_FIELDS,
  deprecatedData,
  type DeprecatedParams,
  NO_TOKEN_PARAMS,
  tokenData,
  tokenFields,
  type TokenParams,
} from "../token-params.js";

/** A role as the mount keeps it; spans are seconds. */
export interface JwtRole {
  readonly type: "jwt" | "oidc";
  readonly boundAudiences: readonly string[] | null;
  readonly boundSubject: string;
  readonly boundClaims: Readonly<Record<string, unknown>> | null;
  readonly boundClaimsType: "string" | "glob";
  readonly claimMappings: Readonly<Record<string, string>> | null;
  readonly userClaim: string;
  readonly userClaimJsonPointer: boolean;
  readonly groupsClaim: string;
  readonly expirationLeeway: number;
  readonly notBeforeLeeway: number;
  readonly clockSkewLeeway: number;
  readonly maxAge: number;
  readonly verboseOidcLogging: boolean;
  readonly oidcScopes: readonly string[] | null;
  readonly allowedRedirectUris: readonly string[] | null;
  readonly token: TokenParams;
  readonly deprecated: DeprecatedParams;
  /** The fields that only OpenBao has, as they are shown. */
  readonly callbacks: Readonly<Record<string, unknown>>;
}

const OWN_FIELDS: Readonly<Record<string, Field>> = {
  name: { type: "lower-string", description: "Name of the role" },
  role_type: { type: "string", description: "jwt or oidc; oidc if absent" },
  bound_audiences: { type: "comma-list", description: "Audiences of which the token must have one" },
  bound_subject: { type: "string", description: "The `sub` that the token must have" },
  bound_claims: { type: "map", description: "Claims that must match" },
  bound_claims_type: { type: "string", default: "string", description: "string or glob" },
  claim_mappings: { type: "key-values", description: "Claims that become metadata" },
  user_claim: { type: "string", description: "The claim that names the user" },
  user_claim_json_pointer: { type: "bool", description: "user_claim is a JSON pointer" },
  groups_claim: { type: "string", description: "The claim that lists groups" },
  expiration_leeway: { type: "signed-duration", description: "Leeway for tokens without exp; 150 s if 0" },
  not_before_leeway: { type: "signed-duration", description: "Leeway for tokens without nbf; 150 s if 0" },
  clock_skew_leeway: { type: "signed-duration", description: "Leeway for all times; 60 s if 0" },
  max_age: { type: "duration", description: "Longest time since the user last logged in (oidc)" },
  verbose_oidc_logging: { type: "bool", description: "Log received claims (oidc)" },
  oidc_scopes: { type: "comma-list", description: "Scopes to ask for (oidc)" },
  allowed_redirect_uris: { type: "comma-list", description: "Redirect URIs (oidc)" },
};

/** What OpenBao's roles have besides. It is kept and shown; its browser flow and its templates are not emulated. */
const OPENBAO_FIELDS: Readonly<Record<string, Field>> = {
  callback_mode: { type: "string", default: "client", description: "Who takes the callback: client, direct or device" },
  oauth2_metadata: { type: "comma-list", description: "Parts of the OAuth2 reply that become metadata" },
  oidc_disable_confirmation: { type: "bool", description: "Do not ask before a direct callback" },
  token_policies_template_claims: { type: "bool", description: "Token policies are templates over the claims" },
};

/** All fields of a role as the release has them. */
export function roleFields(context: Pick<BackendContext, "quirk">): Readonly<Record<string, Field>> {
  return {
    ...tokenFields(context),
    ...DEPRECATED_FIELDS,
    ...OWN_FIELDS,
    ...(context.quirk("jwt-roles-have-callbacks") && OPENBAO_FIELDS),
  };
}

/** A role before its first write. */
export const NEW_ROLE: JwtRole = {
  type: "oidc",
  boundAudiences: null,
  boundSubject: "",
  boundClaims: null,
  boundClaimsType: "string",
  claimMappings: null,
  userClaim: "",
  userClaimJsonPointer: false,
  groupsClaim: "",
  expirationLeeway: 0,
  notBeforeLeeway: 0,
  clockSkewLeeway: 0,
  maxAge: 0,
  verboseOidcLogging: false,
  oidcScopes: null,
  allowedRedirectUris: null,
  token: NO_TOKEN_PARAMS,
  deprecated: {},
  callbacks: {
    callback_mode: "client",
    oauth2_metadata: null,
    oidc_disable_confirmation: false,
    token_policies_template_claims: false,
  },
};

/** The role as a read shows it. */
export function shownRole(role: JwtRole, context: Pick<BackendContext, "quirk">): BackendReply {
  const token = tokenData(role.token, context);
  return {
    data: {
      ...(context.quirk("role-has-alias-metadata") && { alias_metadata: {} }),
      ...(context.quirk("jwt-roles-have-callbacks") && role.callbacks),
      allowed_redirect_uris: role.allowedRedirectUris,
      bound_audiences: role.boundAudiences,
      bound_claims: role.boundClaims,
      bound_claims_type: role.boundClaimsType,
      bound_subject: role.boundSubject,
      claim_mappings: role.claimMappings,
      clock_skew_leeway: role.clockSkewLeeway,
      expiration_leeway: role.expirationLeeway,
      groups_claim: role.groupsClaim,
      max_age: role.maxAge,
      not_before_leeway: role.notBeforeLeeway,
      oidc_scopes: role.oidcScopes,
      role_type: role.type,
      ...token,
      ...deprecatedData(role.deprecated, token),
      user_claim: role.userClaim,
      user_claim_json_pointer: role.userClaimJsonPointer,
      verbose_oidc_logging: role.verboseOidcLogging,
    },
  };
}
