import type { BackendContext, BackendReply, Field, FieldData } from "../../core/backend.js";
import {
  InvalidRole,
  NO_TOKEN_PARAMS,
  parseTokenFields,
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
    ...OWN_FIELDS,
    ...(context.quirk("jwt-roles-have-callbacks") && OPENBAO_FIELDS),
  };
}

const NEW: JwtRole = {
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
  callbacks: {
    callback_mode: "client",
    oauth2_metadata: null,
    oidc_disable_confirmation: false,
    token_policies_template_claims: false,
  },
};

/**
 * The role after a write; what was not sent keeps its value. (vault-plugin-auth-jwt path_role.go pathRoleCreateUpdate)
 * @throws InvalidRole
 */
export function writtenRole(data: FieldData, before: JwtRole = NEW): JwtRole {
  const type = data.string("role_type") === "" ? "oidc" : data.string("role_type");
  if (type !== "jwt" && type !== "oidc") throw new InvalidRole(`invalid 'role_type': ${type}`);
  const text = (name: string, old: string): string => (data.has(name) ? data.string(name) : old);
  const number = (name: string, old: number): number => (data.has(name) ? data.number(name) : old);
  const flag = (name: string, old: boolean): boolean => (data.has(name) ? data.bool(name) : old);
  const list = (name: string, old: readonly string[] | null): readonly string[] | null =>
    data.has(name) ? data.list(name) : old;
  const role: JwtRole = {
    type,
    token: parseTokenFields(data, before.token),
    boundAudiences: list("bound_audiences", before.boundAudiences),
    boundSubject: text("bound_subject", before.boundSubject),
    verboseOidcLogging: flag("verbose_oidc_logging", before.verboseOidcLogging),
    maxAge: number("max_age", before.maxAge),
    boundClaimsType: claimsType(text("bound_claims_type", before.boundClaimsType)),
    boundClaims: data.has("bound_claims") ? data.map("bound_claims") : before.boundClaims,
    claimMappings: data.has("claim_mappings") ? mappings(data.map("claim_mappings")) : before.claimMappings,
    userClaim: text("user_claim", before.userClaim),
    userClaimJsonPointer: flag("user_claim_json_pointer", before.userClaimJsonPointer),
    groupsClaim: text("groups_claim", before.groupsClaim),
    expirationLeeway: number("expiration_leeway", before.expirationLeeway),
    notBeforeLeeway: number("not_before_leeway", before.notBeforeLeeway),
    clockSkewLeeway: number("clock_skew_leeway", before.clockSkewLeeway),
    oidcScopes: list("oidc_scopes", before.oidcScopes),
    allowedRedirectUris: list("allowed_redirect_uris", before.allowedRedirectUris),
    callbacks: {
      ...before.callbacks,
      ...Object.fromEntries(
        Object.keys(NEW.callbacks).flatMap((key) => (data.has(key) ? [[key, data.value(key)]] : [])),
      ),
    },
  };
  if (role.userClaim === "") throw new InvalidRole("a user claim must be defined on the role");
  if (type === "jwt" && !isBound(role)) {
    throw new InvalidRole("must have at least one bound constraint when creating/updating a role");
  }
  if (type === "oidc" && (role.allowedRedirectUris?.length ?? 0) === 0) {
    throw new InvalidRole("'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.");
  }
  return role;
}

function isBound({ boundAudiences, boundSubject, boundClaims, token }: JwtRole): boolean {
  const counts = [
    boundAudiences?.length ?? 0,
    boundSubject.length,
    Object.keys(boundClaims ?? {}).length,
    token.boundCidrs.length,
  ];
  return counts.some((count) => count > 0);
}

function claimsType(text: string): JwtRole["boundClaimsType"] {
  if (text === "string" || text === "glob") return text;
  throw new InvalidRole(`invalid 'bound_claims_type': ${text}`);
}

/** Metadata keys that the method sets itself. */
const RESERVED = ["role"];

function mappings(map: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const seen = new Set<string>();
  const result: Record<string, string> = {};
  for (const [source, value] of Object.entries(map)) {
    const target = String(value);
    if (RESERVED.includes(target)) {
      throw new InvalidRole(`metadata key ${JSON.stringify(target)} is reserved and may not be a mapping destination`);
    }
    if (seen.has(target)) throw new InvalidRole(`multiple keys are mapped to metadata key ${JSON.stringify(target)}`);
    seen.add(target);
    result[source] = target;
  }
  return result;
}

/** The role as a read shows it. */
export function shownRole(role: JwtRole, context: Pick<BackendContext, "quirk">): BackendReply {
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
      ...tokenData(role.token, context),
      user_claim: role.userClaim,
      user_claim_json_pointer: role.userClaimJsonPointer,
      verbose_oidc_logging: role.verboseOidcLogging,
    },
  };
}
