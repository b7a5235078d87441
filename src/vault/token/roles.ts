import type { BackendReply, BackendRequest, Field, FieldData, Path } from "../core/backend.js";
import { goQuote } from "../../runtime/index.js";
import { sockaddr } from "../auth/sockaddr.js";
import { SYSTEM_TTL } from "../core/mounts.js";
import { genericName } from "../core/sdk.js";
import { sanitizePolicies } from "./policies.js";

/** A token role. Spans are seconds. */
export interface TokenRole {
  readonly name: string;
  readonly allowedPolicies: readonly string[];
  readonly disallowedPolicies: readonly string[];
  readonly allowedPoliciesGlob: readonly string[];
  readonly disallowedPoliciesGlob: readonly string[];
  readonly allowedEntityAliases: readonly string[] | null;
  readonly orphan: boolean;
  readonly renewable: boolean;
  readonly pathSuffix: string;
  readonly period: number;
  readonly explicitMaxTtl: number;
  readonly boundCidrs: readonly string[];
  readonly noDefaultPolicy: boolean;
  readonly numUses: number;
  readonly tokenType: string;
  /** Set through the old names, which are then shown, too. */
  readonly oldPeriod: number;
  readonly oldExplicitMaxTtl: number;
  readonly oldBoundCidrs: readonly string[];
}

export class TokenRoles {
  readonly #roles = new Map<string, TokenRole>();

  get(name: string): TokenRole | undefined {
    return this.#roles.get(name);
  }

  set(role: TokenRole): void {
    this.#roles.set(role.name, role);
  }

  delete(name: string): void {
    this.#roles.delete(name);
  }

  names(): string[] {
    return [...this.#roles.keys()].sort();
  }
}

const FIELDS: Readonly<Record<string, Field>> = {
  role_name: { type: "string" },
  allowed_policies: { type: "comma-list" },
  disallowed_policies: { type: "comma-list" },
  allowed_policies_glob: { type: "comma-list" },
  disallowed_policies_glob: { type: "comma-list" },
  orphan: { type: "bool" },
  period: { type: "duration", deprecated: true },
  path_suffix: { type: "string" },
  explicit_max_ttl: { type: "duration", deprecated: true },
  renewable: { type: "bool", default: true },
  bound_cidrs: { type: "comma-list", deprecated: true },
  allowed_entity_aliases: { type: "comma-list" },
  token_bound_cidrs: { type: "comma-list" },
  token_explicit_max_ttl: { type: "duration" },
  token_period: { type: "duration" },
  token_type: { type: "string", default: "default-service" },
  token_no_default_policy: { type: "bool" },
  token_num_uses: { type: "int" },
};

const NEW: Omit<TokenRole, "name"> = {
  allowedPolicies: [],
  disallowedPolicies: [],
  allowedPoliciesGlob: [],
  disallowedPoliciesGlob: [],
  allowedEntityAliases: null,
  orphan: false,
  renewable: true,
  pathSuffix: "",
  period: 0,
  explicitMaxTtl: 0,
  boundCidrs: [],
  noDefaultPolicy: false,
  numUses: 0,
  tokenType: "default-service",
  oldPeriod: 0,
  oldExplicitMaxTtl: 0,
  oldBoundCidrs: [],
};

/** `roles`, `roles/<name>`. (vault/token_store.go: tokenStoreRoleCreateUpdate) */
export function rolePaths(roles: TokenRoles): Path[] {
  return [
    {
      pattern: "roles/?$",
      operations: { list: () => ({ data: { keys: roles.names() } }) },
      summary: "List token roles",
    },
    {
      pattern: `roles/${genericName("role_name")}$`,
      fields: FIELDS,
      exists: (request) => roles.get(request.data.string("role_name")) !== undefined,
      operations: {
        read: (request) => {
          const role = roles.get(request.data.string("role_name"));
          return role === undefined ? undefined : { data: show(role) };
        },
        create: (request) => write(roles, request),
        update: (request) => write(roles, request),
        delete: (request) => {
          roles.delete(request.data.string("role_name"));
          return undefined;
        },
      },
      summary: "Manage a token role",
    },
  ];
}

/** Not anchored, so that it is enough for a part of the suffix to fit. */
const PATH_SUFFIX = /\w[\w-.]+\w/;

/** Names in lower case, sorted, each once. (go-secure-stdlib: strutil.RemoveDuplicates) */
function distinct(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.trim().toLowerCase()))].filter((name) => name !== "").sort();
}

/** Why addresses are refused. (go-secure-stdlib: parseutil.ParseAddrs) */
function badAddress(addresses: readonly string[]): string | undefined {
  const bad = addresses.find((address) => sockaddr(address) === undefined);
  if (bad === undefined) return undefined;
  return `error parsing address ${goQuote(bad)}: Unable to convert ${goQuote(bad)} to an IPv4 or IPv6 address, or a UNIX Socket`;
}

function write(roles: TokenRoles, { data, body }: BackendRequest): BackendReply {
  const name = data.string("role_name");
  const old = roles.get(name) ?? { name, ...NEW };
  const list = (field: string, before: readonly string[]): readonly string[] =>
    data.has(field) ? data.list(field).map((address) => sockaddr(address) ?? address) : before;
  const policies = (field: string, before: readonly string[]): readonly string[] =>
    data.has(field) ? sanitizePolicies(data.list(field), false) : before;
  const names = (field: string, before: readonly string[]): readonly string[] =>
    data.has(field) ? distinct(data.list(field)) : before;
  const span = (field: string, alias: string, before: number): number =>
    data.has(field) ? data.number(field) : data.has(alias) ? data.number(alias) : before;
  const pathSuffix = data.has("path_suffix") ? data.string("path_suffix") : old.pathSuffix;
  if (pathSuffix !== "" && !PATH_SUFFIX.test(pathSuffix)) {
    return { error: `given role path suffix contains invalid characters; must match ${PATH_SUFFIX.source}` };
  }
  if (pathSuffix.includes("..")) {
    return { error: "error registering path suffix: path cannot contain parent references" };
  }
  if (body.token_type === null) return { error: "Invalid 'token_type' value: null" };
  const role: TokenRole = {
    name,
    allowedPolicies: policies("allowed_policies", old.allowedPolicies),
    disallowedPolicies: names("disallowed_policies", old.disallowedPolicies),
    allowedPoliciesGlob: policies("allowed_policies_glob", old.allowedPoliciesGlob),
    disallowedPoliciesGlob: names("disallowed_policies_glob", old.disallowedPoliciesGlob),
    allowedEntityAliases: data.has("allowed_entity_aliases")
      ? distinct(data.list("allowed_entity_aliases"))
      : old.allowedEntityAliases,
    orphan: data.has("orphan") ? data.bool("orphan") : old.orphan,
    renewable: data.has("renewable") ? data.bool("renewable") : old.renewable,
    pathSuffix,
    period: span("token_period", "period", old.period),
    explicitMaxTtl: span("token_explicit_max_ttl", "explicit_max_ttl", old.explicitMaxTtl),
    boundCidrs: list(data.has("token_bound_cidrs") ? "token_bound_cidrs" : "bound_cidrs", old.boundCidrs),
    noDefaultPolicy: data.has("token_no_default_policy") ? data.bool("token_no_default_policy") : old.noDefaultPolicy,
    numUses: data.has("token_num_uses") ? data.number("token_num_uses") : old.numUses,
    tokenType: data.has("token_type") ? data.string("token_type") : old.tokenType,
    oldPeriod: data.has("token_period") ? 0 : data.has("period") ? data.number("period") : old.oldPeriod,
    oldExplicitMaxTtl: data.has("token_explicit_max_ttl")
      ? 0
      : data.has("explicit_max_ttl")
        ? data.number("explicit_max_ttl")
        : old.oldExplicitMaxTtl,
    oldBoundCidrs: data.has("token_bound_cidrs") ? [] : list("bound_cidrs", old.oldBoundCidrs),
  };
  return refuseFields(data, role, old) ?? refuseRole(role, data) ?? accept(roles, role, data);
}

/** What the fields that all roles share do not allow. (sdk/helper/tokenutil: ParseTokenFields) */
function refuseFields(data: FieldData, role: TokenRole, old: TokenRole): BackendReply {
  const error = (why: string): BackendReply => ({ error: `error parsing role fields: ${why}` });
  const address = badAddress(data.list("token_bound_cidrs"));
  if (address !== undefined) return error(address);
  if (role.numUses < 0) return error("'token_num_uses' cannot be negative");
  // A sent type is looked at later, so that only the stored one counts here.
  if (data.has("token_type") || !old.tokenType.endsWith("batch")) return undefined;
  const batch = "'token_type' cannot be 'batch' or 'default_batch' when set to generate";
  if ((data.has("token_period") ? role.period : old.period) !== 0) return error(`${batch} periodic tokens`);
  return role.numUses === 0 ? undefined : error(`${batch} tokens with limited use count`);
}

const TYPES: ReadonlySet<string> = new Set(["default-service", "default-batch", "service", "batch"]);

function refuseRole(role: TokenRole, data: FieldData): BackendReply {
  if (!TYPES.has(role.tokenType)) return { error: `invalid 'token_type' value ${goQuote(role.tokenType)}` };
  const address = data.has("token_bound_cidrs") ? undefined : badAddress(data.list("bound_cidrs"));
  if (address !== undefined) return { error: `error parsing bound_cidrs: ${address}` };
  if (role.tokenType !== "batch") return undefined;
  if (!role.orphan) return { error: "'token_type' cannot be 'batch' when role is set to generate non-orphan tokens" };
  if (role.period !== 0)
    return { error: "'token_type' cannot be 'batch' when role is set to generate periodic tokens" };
  if (role.renewable) return { error: "'token_type' cannot be 'batch' when role is set to generate renewable tokens" };
  if (role.explicitMaxTtl !== 0) {
    return { error: "'token_type' cannot be 'batch' when role is set to generate tokens with an explicit max TTL" };
  }
  return undefined;
}

/** Old names of fields that have a new one; the new one counts. */
const RENAMED = ["period", "bound_cidrs", "explicit_max_ttl"] as const;

function accept(roles: TokenRoles, role: TokenRole, data: FieldData): BackendReply {
  roles.set(role);
  const warnings = RENAMED.filter((old) => data.has(old) && data.has(`token_${old}`)).map(
    (old) => `Both 'token_${old}' and deprecated '${old}' value supplied, ignoring the deprecated value`,
  );
  const finalMaxTtl = data.has("token_explicit_max_ttl") ? role.explicitMaxTtl : role.oldExplicitMaxTtl;
  if (finalMaxTtl > SYSTEM_TTL) {
    warnings.push(
      `Given explicit max TTL of ${finalMaxTtl} is greater than system/mount allowed value of ${SYSTEM_TTL} seconds; until this is fixed attempting to create tokens against this role will result in an error`,
    );
  }
  return warnings.length === 0 ? undefined : { warnings };
}

function show(role: TokenRole): Record<string, unknown> {
  return {
    allowed_entity_aliases: role.allowedEntityAliases,
    allowed_policies: role.allowedPolicies,
    allowed_policies_glob: role.allowedPoliciesGlob,
    disallowed_policies: role.disallowedPolicies,
    disallowed_policies_glob: role.disallowedPoliciesGlob,
    explicit_max_ttl: role.oldExplicitMaxTtl,
    name: role.name,
    orphan: role.orphan,
    path_suffix: role.pathSuffix,
    period: role.oldPeriod,
    renewable: role.renewable,
    token_explicit_max_ttl: role.explicitMaxTtl,
    token_no_default_policy: role.noDefaultPolicy,
    token_period: role.period,
    token_type: role.tokenType,
    ...(role.boundCidrs.length > 0 && { token_bound_cidrs: role.boundCidrs }),
    ...(role.oldBoundCidrs.length > 0 && { bound_cidrs: role.oldBoundCidrs }),
    ...(role.numUses > 0 && { token_num_uses: role.numUses }),
  };
}
