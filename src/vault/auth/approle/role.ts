import type { BackendContext, Field, FieldData } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { formatGoDuration, goQuote } from "../../../runtime/index.js";
import {
  DEPRECATED_FIELDS,
  type DeprecatedParams,
  InvalidRole,
  NO_TOKEN_PARAMS,
  parseTokenFields,
  tokenData,
  tokenFields,
  type TokenParams,
  upgradeTokenFields,
} from "../token-params.js";
import { cidrError } from "./cidrs.js";
import type { SecretId } from "./secret-ids.js";

/** Spans are whole seconds. */
export interface AppRole {
  /** Lower case. */
  readonly name: string;
  readonly roleId: string;
  readonly bindSecretId: boolean;
  readonly localSecretIds: boolean;
  readonly secretIdBoundCidrs: readonly string[] | null;
  readonly secretIdNumUses: number;
  readonly secretIdTtl: number;
  readonly token: TokenParams;
  readonly deprecated: Pick<DeprecatedParams, "policies" | "period">;
  /** By the secret itself. */
  readonly secretIds: Map<string, SecretId>;
}

const { policies, period } = DEPRECATED_FIELDS;

/** (builtin/credential/approle/path_role.go) */
export const ROLE_FIELDS: Readonly<Record<string, Field>> = {
  ...(policies && period && { policies, period }),
  role_name: { type: "string", description: "Name of the role" },
  role_id: { type: "string", description: "Identifier of the role; a UUID by default" },
  bind_secret_id: { type: "bool", default: true, description: "Logins need a secret ID" },
  bound_cidr_list: { type: "comma-list", deprecated: true, description: 'Use "secret_id_bound_cidrs" instead' },
  secret_id_bound_cidrs: { type: "comma-list", description: "CIDR blocks from which logins may come" },
  secret_id_num_uses: { type: "int", description: "How often a secret ID may be used; 0 = any number of times" },
  secret_id_ttl: { type: "duration", description: "Lifetime of secret IDs; 0 = no end" },
  local_secret_ids: { type: "bool", description: "Secret IDs stay in their cluster; can only be set at creation" },
};

/** All fields of a role as the release has them. */
export function roleFields(context: Pick<BackendContext, "quirk">): Readonly<Record<string, Field>> {
  return { ...tokenFields(context), ...ROLE_FIELDS };
}

/** Roles by name and by role id. (setRoleEntry, roleIDEntry) */
export class Roles {
  readonly #byName = new Map<string, AppRole>();

  get(name: string): AppRole | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  withRoleId(roleId: string): AppRole | undefined {
    return [...this.#byName.values()].find((role) => role.roleId === roleId);
  }

  names(): readonly string[] {
    return [...this.#byName.keys()].sort();
  }

  /** @throws VaultError 500 for a role without any constraint, and for a role id that another role has */
  put(role: AppRole): void {
    const cidrs = [...(role.secretIdBoundCidrs ?? []), ...role.token.boundCidrs];
    if (!role.bindSecretId && cidrs.length === 0) {
      throw new VaultError(500, "at least one constraint should be enabled on the role");
    }
    const holder = this.withRoleId(role.roleId);
    if (holder !== undefined && holder.name !== role.name) throw new VaultError(500, "role_id already in use");
    this.#byName.set(role.name, role);
  }

  delete(name: string): void {
    this.#byName.delete(name.toLowerCase());
  }
}

export interface WrittenRole {
  readonly role: AppRole;
  readonly warnings: readonly string[];
}

/**
 * A role after a write. (pathRoleCreateUpdate)
 * @param before absent when the role is created
 * @throws InvalidRole
 */
export function writtenRole(context: BackendContext, data: FieldData, before: AppRole | undefined): WrittenRole {
  const { adjusted, warnings } = adjustTokenType(data);
  const parsed = parseTokenFields(adjusted, before?.token ?? NO_TOKEN_PARAMS);
  if (before !== undefined && data.has("local_secret_ids")) {
    throw new InvalidRole("local_secret_ids can only be modified during role creation");
  }
  const roleId = data.has("role_id") ? data.string("role_id") : (before?.roleId ?? context.ids.uuid());
  if (roleId === "") throw new InvalidRole("invalid role_id supplied, or failed to generate a role_id");
  const secretIdBoundCidrs = writtenCidrs(data, before?.secretIdBoundCidrs ?? null);
  const secretIdNumUses = data.has("secret_id_num_uses")
    ? data.number("secret_id_num_uses")
    : (before?.secretIdNumUses ?? 0);
  if (secretIdNumUses < 0) throw new InvalidRole("secret_id_num_uses cannot be negative");
  const upgraded = upgradeTokenFields(only(data, ["policies", "period"]), parsed, before?.deprecated ?? {});
  const token = upgraded.params;
  const deprecated = { policies: upgraded.deprecated.policies, period: upgraded.deprecated.period };
  refuseLongPeriod(context, deprecated.period ?? 0);
  if (token.maxTtl > context.maxLeaseTtl()) warnings.push(TRUNCATED);
  const role: AppRole = {
    name: (before?.name ?? data.string("role_name")).toLowerCase(),
    roleId,
    bindSecretId:
      data.has("bind_secret_id") || before === undefined ? data.bool("bind_secret_id") : before.bindSecretId,
    localSecretIds: before?.localSecretIds ?? data.bool("local_secret_ids"),
    secretIdBoundCidrs,
    secretIdNumUses,
    secretIdTtl: data.has("secret_id_ttl") ? data.number("secret_id_ttl") : (before?.secretIdTtl ?? 0),
    token,
    deprecated,
    secretIds: before?.secretIds ?? new Map<string, SecretId>(),
  };
  return { role, warnings };
}

const TRUNCATED =
  "token_max_ttl is greater than the backend mount's maximum TTL value; issued tokens' max TTL value will be truncated";

/** @throws InvalidRole */
export function refuseLongPeriod(context: BackendContext, seconds: number): void {
  const longest = context.maxLeaseTtl();
  if (seconds <= longest) return;
  const quoted = (span: number): string => goQuote(formatGoDuration(span * 1000));
  throw new InvalidRole(
    `period of ${quoted(seconds)} is greater than the backend's maximum lease TTL of ${quoted(longest)}`,
  );
}

function writtenCidrs(data: FieldData, before: readonly string[] | null): readonly string[] | null {
  const name = ["secret_id_bound_cidrs", "bound_cidr_list"].find((candidate) => data.has(candidate));
  const cidrs = name === undefined ? before : data.list(name);
  const wrong = cidrError(cidrs ?? []);
  if (wrong !== undefined) throw new VaultError(500, `failed to validate CIDR blocks: ${wrong}`);
  return cidrs;
}

/** AppRole takes two values of token_type that it has no use for. */
function adjustTokenType(data: FieldData): { readonly adjusted: FieldData; readonly warnings: string[] } {
  const type = /^default-(service|batch)$/.exec(data.has("token_type") ? data.string("token_type") : "");
  const [all, plain = ""] = type ?? [];
  if (all === undefined) return { adjusted: data, warnings: [] };
  return {
    adjusted: replacing(data, "token_type", plain),
    warnings: [`${all} has no useful meaning; adjusting to ${plain}`],
  };
}

function replacing(data: FieldData, field: string, text: string): FieldData {
  return { ...forwarding(data), string: (name) => (name === field ? text : data.string(name)) };
}

/** The data with only some of the deprecated names in it, and all others. */
function only(data: FieldData, deprecated: readonly string[]): FieldData {
  const known = (name: string): boolean => name.startsWith("token_") || deprecated.includes(name);
  return { ...forwarding(data), has: (name) => known(name) && data.has(name) };
}

function forwarding(data: FieldData): FieldData {
  return {
    has: (name) => data.has(name),
    string: (name) => data.string(name),
    number: (name) => data.number(name),
    bool: (name) => data.bool(name),
    list: (name) => data.list(name),
    map: (name) => data.map(name),
    value: (name) => data.value(name),
  };
}

/** A role as its read shows it. (pathRoleRead) */
export function shownRole(context: Pick<BackendContext, "quirk">, role: AppRole): Readonly<Record<string, unknown>> {
  const { policies: oldPolicies, period: oldPeriod } = role.deprecated;
  return {
    bind_secret_id: role.bindSecretId,
    local_secret_ids: role.localSecretIds,
    secret_id_bound_cidrs: role.secretIdBoundCidrs,
    secret_id_num_uses: role.secretIdNumUses,
    secret_id_ttl: role.secretIdTtl,
    ...tokenData(role.token, context),
    ...((oldPeriod ?? 0) !== 0 && { period: oldPeriod }),
    ...((oldPolicies?.length ?? 0) > 0 && { policies: oldPolicies }),
  };
}
