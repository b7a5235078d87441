import { JsonNumber } from "../../core/json.js";
import { formatGoDuration, goQuote } from "../../../runtime/index.js";
import type { BackendContext, FieldData } from "../../core/backend.js";
import { goPrint } from "../../core/go.js";
import { InvalidRole, parseTokenFields, upgradeTokenFields } from "../token-params.js";
import { type JwtRole, NEW_ROLE } from "./role.js";

/**
 * The role after a write; what was not sent keeps its value. (vault-plugin-auth-jwt path_role.go pathRoleCreateUpdate)
 * @throws InvalidRole
 */
export function writtenRole(context: BackendContext, data: FieldData, before: JwtRole = NEW_ROLE): JwtRole {
  const type = data.string("role_type") === "" ? "oidc" : data.string("role_type");
  if (type !== "jwt" && type !== "oidc") throw new InvalidRole(`invalid 'role_type': ${type}`);
  const text = (name: string, old: string): string => (data.has(name) ? data.string(name) : old);
  const number = (name: string, old: number): number => (data.has(name) ? data.number(name) : old);
  const flag = (name: string, old: boolean): boolean => (data.has(name) ? data.bool(name) : old);
  const list = (name: string, old: readonly string[] | null): readonly string[] | null =>
    data.has(name) ? data.list(name) : old;
  const { params: token, deprecated } = upgradeTokenFields(
    data,
    parseTokenFields(data, before.token),
    before.deprecated,
  );
  refuseLongPeriod(context, token.period);
  const boundClaimsType = claimsType(data.string("bound_claims_type"));
  if (data.has("bound_claims") && boundClaimsType === "glob")
    refuseNonStrings(data.map("bound_claims"), context.quirk("jwt-numbers-are-compared"));
  const role: JwtRole = {
    type,
    token,
    deprecated,
    boundAudiences: list("bound_audiences", before.boundAudiences),
    boundSubject: text("bound_subject", before.boundSubject),
    verboseOidcLogging: flag("verbose_oidc_logging", before.verboseOidcLogging),
    maxAge: number("max_age", before.maxAge),
    boundClaimsType,
    boundClaims: sentMap(data, "bound_claims", before.boundClaims),
    claimMappings: claimMappingsOf(data, before.claimMappings),
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
        Object.keys(NEW_ROLE.callbacks).flatMap((key) => (data.has(key) ? [[key, data.value(key)]] : [])),
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
  if (token.maxTtl > 0 && token.ttl > token.maxTtl) throw new InvalidRole("ttl should not be greater than max ttl");
  return role;
}

/** What the reply to a write warns of. */
export function warningsOf(context: BackendContext, { token, verboseOidcLogging }: JwtRole): readonly string[] {
  return [...(token.maxTtl > context.maxLeaseTtl() ? [TRUNCATED] : []), ...(verboseOidcLogging ? [VERBOSE] : [])];
}

const TRUNCATED =
  "token max ttl is greater than the system or backend mount's maximum TTL value; issued tokens' max TTL value will be truncated";
const VERBOSE =
  "verbose_oidc_logging has been enabled for this role. This is not recommended in production since sensitive information may be present in OIDC responses.";

function refuseLongPeriod(context: BackendContext, seconds: number): void {
  const longest = context.maxLeaseTtl();
  if (seconds <= longest) return;
  const quoted = (span: number): string => `'${goQuote(formatGoDuration(span * 1_000))}'`;
  throw new InvalidRole(
    `'period' of ${quoted(seconds)} is greater than the backend's maximum lease TTL of ${quoted(longest)}`,
  );
}

/** Globs are for strings, one or a list of them. */
function refuseNonStrings(claims: Readonly<Record<string, unknown>>, numbersToo: boolean): void {
  for (const value of Object.values(claims)) {
    const isNumber = numbersToo && (typeof value === "number" || value instanceof JsonNumber);
    const list: unknown = typeof value === "string" || typeof value === "boolean" || isNumber ? [value] : value;
    if (!Array.isArray(list)) throw new InvalidRole(`claim is not a string or list: ${goPrint(value)}`);
    const wrong = (list as unknown[]).find((one) => typeof one !== "string");
    if (wrong !== undefined) throw new InvalidRole(`claim is not a string: ${goPrint(wrong)}`);
  }
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

/** Null is sent for no map at all. */
function sentMap(data: FieldData, name: string, before: JwtRole["boundClaims"]): JwtRole["boundClaims"] {
  if (!data.has(name)) return before;
  return data.value(name) === null ? null : data.map(name);
}

function claimMappingsOf(data: FieldData, before: JwtRole["claimMappings"]): JwtRole["claimMappings"] {
  const sent = sentMap(data, "claim_mappings", before);
  return sent === null || !data.has("claim_mappings")
    ? (sent as JwtRole["claimMappings"])
    : mappings(data.map("claim_mappings"));
}
