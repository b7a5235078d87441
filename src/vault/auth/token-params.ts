import type { AuthGrant, BackendContext, Field, FieldData } from "../core/backend.js";
import { goQuote } from "../../runtime/index.js";
import { sockaddr } from "./sockaddr.js";

/** What a role says about the tokens that it gives out. Spans are whole seconds. (sdk/helper/tokenutil: TokenParams) */
export interface TokenParams {
  readonly boundCidrs: readonly string[];
  readonly explicitMaxTtl: number;
  readonly maxTtl: number;
  readonly noDefaultPolicy: boolean;
  readonly numUses: number;
  readonly period: number;
  readonly policies: readonly string[];
  readonly ttl: number;
  readonly type: "default" | "service" | "batch";
  /** OpenBao: the token works only from the address that it was issued to. */
  readonly strictlyBindIp?: boolean;
}

export const NO_TOKEN_PARAMS: TokenParams = {
  boundCidrs: [],
  explicitMaxTtl: 0,
  maxTtl: 0,
  noDefaultPolicy: false,
  numUses: 0,
  period: 0,
  policies: [],
  ttl: 0,
  type: "default",
};

/** The fields that every auth method's roles share. (sdk/helper/tokenutil: TokenFields) */
export const TOKEN_FIELDS: Readonly<Record<string, Field>> = {
  token_bound_cidrs: { type: "comma-list", description: "CIDR blocks that may use the token" },
  token_explicit_max_ttl: { type: "duration", description: "Lifetime that no renewal exceeds" },
  token_max_ttl: { type: "duration", description: "Longest lifetime of the token" },
  token_no_default_policy: { type: "bool", description: "Do not add the policy default" },
  token_num_uses: { type: "int", description: "How often the token may be used; 0 = any number of times" },
  token_period: { type: "duration", description: "Makes the token periodic" },
  token_policies: { type: "comma-list", description: "Policies of the token" },
  token_ttl: { type: "duration", description: "First lifetime of the token" },
  token_type: { type: "string", default: "default-service", description: "service or batch" },
};

/** Those fields as the release has them. */
export function tokenFields(context: Pick<BackendContext, "quirk">): Readonly<Record<string, Field>> {
  if (!context.quirk("roles-bind-addresses-strictly")) return TOKEN_FIELDS;
  return {
    ...TOKEN_FIELDS,
    token_strictly_bind_ip: { type: "bool", description: "Bind the token to the address of the login" },
  };
}

/** Why a role cannot be written, in Vault's words; a backend answers it as an error response (400). */
export class InvalidRole extends Error {
  override readonly name = "InvalidRole";
}

/**
 * The params after a write: what was sent replaces what was there.
 * @throws InvalidRole in the order of sdk/helper/tokenutil ParseTokenFields
 */
export function parseTokenFields(data: FieldData, before: TokenParams): TokenParams {
  const next: TokenParams = {
    boundCidrs: data.has("token_bound_cidrs")
      ? data.list("token_bound_cidrs").map(boundAddress)
      : stored(before.boundCidrs),
    explicitMaxTtl: sent(data, "token_explicit_max_ttl", before.explicitMaxTtl),
    maxTtl: sent(data, "token_max_ttl", before.maxTtl),
    noDefaultPolicy: data.has("token_no_default_policy")
      ? data.bool("token_no_default_policy")
      : before.noDefaultPolicy,
    numUses: sent(data, "token_num_uses", before.numUses),
    period: sent(data, "token_period", before.period),
    policies: data.has("token_policies") ? data.list("token_policies") : before.policies,
    ttl: sent(data, "token_ttl", before.ttl),
    type: data.has("token_type") ? tokenType(data.string("token_type")) : before.type,
    strictlyBindIp: data.has("token_strictly_bind_ip")
      ? data.bool("token_strictly_bind_ip")
      : (before.strictlyBindIp ?? false),
  };
  const mistake = RULES.find(([, broken]) => broken(next));
  if (mistake !== undefined) throw new InvalidRole(mistake[0]);
  return next;
}

const BATCH = "'token_type' cannot be 'batch' or 'default_batch' when set to generate";
const RULES: readonly (readonly [text: string, broken: (params: TokenParams) => boolean])[] = [
  ["'token_max_ttl' cannot be negative", ({ maxTtl }) => maxTtl < 0],
  ["'token_period' cannot be negative", ({ period }) => period < 0],
  ["'token_num_uses' cannot be negative", ({ numUses }) => numUses < 0],
  [`${BATCH} periodic tokens`, ({ type, period }) => type === "batch" && period !== 0],
  [`${BATCH} tokens with limited use count`, ({ type, numUses }) => type === "batch" && numUses !== 0],
  ["'token_ttl' cannot be negative", ({ ttl }) => ttl < 0],
  ["'token_ttl' cannot be greater than 'token_max_ttl'", ({ ttl, maxTtl }) => ttl > 0 && maxTtl > 0 && ttl > maxTtl],
];

function sent(data: FieldData, name: string, before: number): number {
  return data.has(name) ? data.number(name) : before;
}

function tokenType(text: string): TokenParams["type"] {
  if (text === "" || text === "default") return "default";
  if (text === "service" || text === "batch") return text;
  throw new InvalidRole(`invalid 'token_type' value ${goQuote(text)}`);
}

/**
 * An address that tokens are bound to, as it is kept.
 * @throws InvalidRole
 */
export function boundAddress(text: string): string {
  const address = sockaddr(text);
  if (address === undefined) {
    throw new InvalidRole(
      `error parsing address ${goQuote(text)}: Unable to convert ${goQuote(text)} to an IPv4 or IPv6 address, or a UNIX Socket`,
    );
  }
  return address;
}

/** Vault writes a role's addresses back through their own text form, which quotes what is no IP address once more. */
function stored(addresses: readonly string[]): readonly string[] {
  return addresses.map((address) => sockaddr(address) ?? address);
}

/** The params as a role's read shows them in a release. (sdk/helper/tokenutil: PopulateTokenData) */
export function tokenData(params: TokenParams, context: Pick<BackendContext, "quirk">): Record<string, unknown> {
  return {
    token_bound_cidrs: params.boundCidrs.map((address) => sockaddr(address) ?? address),
    token_explicit_max_ttl: params.explicitMaxTtl,
    token_max_ttl: params.maxTtl,
    token_no_default_policy: params.noDefaultPolicy,
    token_num_uses: params.numUses,
    token_period: params.period,
    token_policies: params.policies,
    token_ttl: params.ttl,
    token_type: params.type,
    ...(context.quirk("roles-bind-addresses-strictly") && {
      token_strictly_bind_ip: params.strictlyBindIp ?? false,
    }),
  };
}

/** The params as part of the result of a login from `address`. (sdk/helper/tokenutil: PopulateTokenAuth) */
export function tokenGrant(
  params: TokenParams,
  address: string,
): Pick<
  AuthGrant,
  | "boundCidrs"
  | "explicitMaxTtl"
  | "maxTtl"
  | "noDefaultPolicy"
  | "numUses"
  | "period"
  | "policies"
  | "renewable"
  | "tokenType"
  | "ttl"
> {
  return {
    boundCidrs: params.strictlyBindIp === true ? [address.replace(/^::ffff:(?=\d+\.)/, "")] : params.boundCidrs,
    explicitMaxTtl: params.explicitMaxTtl,
    maxTtl: params.maxTtl,
    noDefaultPolicy: params.noDefaultPolicy,
    numUses: params.numUses,
    period: params.period,
    policies: params.policies,
    renewable: true,
    tokenType: params.type,
    ttl: params.ttl,
  };
}

/** Old names of five token params and of the CIDRs; a role remembers which of them were used. */
export interface DeprecatedParams {
  readonly policies?: readonly string[] | undefined;
  readonly numUses?: number | undefined;
  readonly ttl?: number | undefined;
  readonly maxTtl?: number | undefined;
  readonly period?: number | undefined;
  readonly boundCidrs?: readonly string[] | undefined;
}

export const DEPRECATED_FIELDS: Readonly<Record<string, Field>> = {
  policies: { type: "comma-list", deprecated: true, description: 'Use "token_policies" instead' },
  num_uses: { type: "int", deprecated: true, description: 'Use "token_num_uses" instead' },
  ttl: { type: "duration", deprecated: true, description: 'Use "token_ttl" instead' },
  max_ttl: { type: "duration", deprecated: true, description: 'Use "token_max_ttl" instead' },
  period: { type: "duration", deprecated: true, description: 'Use "token_period" instead' },
  bound_cidrs: { type: "comma-list", deprecated: true, description: 'Use "token_bound_cidrs" instead' },
};

interface Pair<T> {
  readonly now: T;
  readonly old: T | undefined;
}

/** The new name wins; the old one counts where the new is absent. (sdk/helper/tokenutil: UpgradeValue) */
function upgrade<T>(data: FieldData, oldName: string, read: (name: string) => T, now: T, old: T | undefined): Pair<T> {
  if (data.has(`token_${oldName}`)) return { now, old: data.has(oldName) ? now : undefined };
  if (!data.has(oldName)) return { now, old };
  const value = read(oldName);
  return { now: value, old: value };
}

/** Old and new params after a write. */
export function upgradeTokenFields(
  data: FieldData,
  params: TokenParams,
  before: DeprecatedParams,
): { readonly params: TokenParams; readonly deprecated: DeprecatedParams } {
  const number = (name: string) => data.number(name);
  const policies = upgrade(
    data,
    "policies",
    (name) => sanitizePolicies(data.list(name)),
    params.policies,
    before.policies,
  );
  const boundCidrs = upgrade(
    data,
    "bound_cidrs",
    (name) => data.list(name).map(boundAddress),
    params.boundCidrs,
    before.boundCidrs,
  );
  const numUses = upgrade(data, "num_uses", number, params.numUses, before.numUses);
  const ttl = upgrade(data, "ttl", number, params.ttl, before.ttl);
  const maxTtl = upgrade(data, "max_ttl", number, params.maxTtl, before.maxTtl);
  const period = upgrade(data, "period", number, params.period, before.period);
  return {
    params: {
      ...params,
      policies: policies.now,
      boundCidrs: boundCidrs.now,
      numUses: numUses.now,
      ttl: ttl.now,
      maxTtl: maxTtl.now,
      period: period.now,
    },
    deprecated: {
      policies: policies.old,
      boundCidrs: boundCidrs.old,
      numUses: numUses.old,
      ttl: ttl.old,
      maxTtl: maxTtl.old,
      period: period.old,
    },
  };
}

/** The old names as a role's read shows them: only those that are set. */
export function deprecatedData(
  deprecated: DeprecatedParams,
  data: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    ...((deprecated.policies?.length ?? 0) > 0 && { policies: data.token_policies }),
    ...((deprecated.boundCidrs?.length ?? 0) > 0 && { bound_cidrs: data.token_bound_cidrs }),
    ...((deprecated.ttl ?? 0) > 0 && { ttl: deprecated.ttl }),
    ...((deprecated.maxTtl ?? 0) > 0 && { max_ttl: deprecated.maxTtl }),
    ...((deprecated.period ?? 0) > 0 && { period: deprecated.period }),
    ...((deprecated.numUses ?? 0) > 0 && { num_uses: deprecated.numUses }),
  };
}

/** Lower-cased, sorted, without duplicates; root stands alone. (sdk/helper/policyutil: SanitizePolicies) */
export function sanitizePolicies(names: readonly string[]): string[] {
  const clean = names.map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
  return clean.includes("root") ? ["root"] : [...new Set(clean)].sort();
}

/** Are these the same policies, `default` aside? (sdk/helper/policyutil: EquivalentPolicies) */
export function samePolicies(a: readonly string[], b: readonly string[]): boolean {
  const names = (list: readonly string[]): string =>
    [...new Set(list.filter((name) => name !== "default"))].sort().join();
  return names(a) === names(b);
}
