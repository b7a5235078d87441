import type { BackendContext, BackendReply, BackendRequest, Field, FieldData, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { NOT_FOUND } from "../../core/sdk.js";
import { boundAddress, InvalidRole, sanitizePolicies, TOKEN_FIELDS, type TokenParams } from "../token-params.js";
import { cidrError } from "./cidrs.js";
import { type AppRole, refuseLongPeriod, ROLE_FIELDS, type Roles } from "./role.js";

/** One setting of a role with a path of its own. */
interface RoleParam {
  /** Path below `role/<name>/`. */
  readonly path: string;
  readonly fields: readonly string[];
  read(role: AppRole): { readonly data: Readonly<Record<string, unknown>>; readonly warnings?: readonly string[] };
  /** @throws InvalidRole */
  write?(role: AppRole, data: FieldData, context: BackendContext): AppRole;
  /** Back to the default. */
  reset?(role: AppRole): AppRole;
}

function withToken(role: AppRole, change: Partial<TokenParams>): AppRole {
  return { ...role, token: { ...role.token, ...change } };
}

function need(data: FieldData, name: string, missing = name): void {
  if (!data.has(name)) throw new InvalidRole(`missing ${missing}`);
}

/** (builtin/credential/approle/path_role.go, one function per row there) */
const PARAMS: readonly RoleParam[] = [
  {
    path: "role-id",
    fields: ["role_id"],
    read: ({ roleId }) => ({ data: { role_id: roleId } }),
    write: (role, data) => {
      if (data.string("role_id") === "") throw new InvalidRole("missing role_id");
      return { ...role, roleId: data.string("role_id") };
    },
  },
  {
    path: "policies",
    fields: ["policies", "token_policies"],
    read: ({ token, deprecated: { policies = [] } }) => ({
      data: { token_policies: token.policies, ...(policies.length > 0 && { policies }) },
    }),
    write: (role, data) => {
      const sent = ["token_policies", "policies"].find((name) => data.has(name));
      if (sent === undefined) throw new InvalidRole("missing token_policies");
      const policies = sanitizePolicies(data.list(sent));
      const old = data.has("policies") ? policies : undefined;
      return { ...withToken(role, { policies }), deprecated: { ...role.deprecated, policies: old } };
    },
    reset: (role) => ({
      ...withToken(role, { policies: [] }),
      deprecated: { ...role.deprecated, policies: undefined },
    }),
  },
  {
    path: "period",
    fields: ["period", "token_period"],
    read: ({ token, deprecated: { period = 0 } }) => ({
      data: { token_period: token.period, ...(period > 0 && { period }) },
    }),
    write: (role, data, context) => {
      const sent = ["token_period", "period"].find((name) => data.has(name));
      if (sent === undefined) throw new InvalidRole("missing period");
      const period = data.number(sent);
      refuseLongPeriod(context, period);
      const old = data.has("period") ? period : undefined;
      return { ...withToken(role, { period }), deprecated: { ...role.deprecated, period: old } };
    },
    reset: (role) => ({ ...withToken(role, { period: 0 }), deprecated: { ...role.deprecated, period: undefined } }),
  },
  {
    path: "secret-id-num-uses",
    fields: ["secret_id_num_uses"],
    read: ({ secretIdNumUses }) => ({ data: { secret_id_num_uses: secretIdNumUses } }),
    write: (role, data) => {
      need(data, "secret_id_num_uses");
      const secretIdNumUses = data.number("secret_id_num_uses");
      if (secretIdNumUses < 0) throw new InvalidRole("secret_id_num_uses cannot be negative");
      return { ...role, secretIdNumUses };
    },
    reset: (role) => ({ ...role, secretIdNumUses: 0 }),
  },
  {
    path: "secret-id-ttl",
    fields: ["secret_id_ttl"],
    read: ({ secretIdTtl }) => ({ data: { secret_id_ttl: secretIdTtl } }),
    write: (role, data) => {
      need(data, "secret_id_ttl");
      return { ...role, secretIdTtl: data.number("secret_id_ttl") };
    },
    reset: (role) => ({ ...role, secretIdTtl: 0 }),
  },
  {
    path: "token-num-uses",
    fields: ["token_num_uses"],
    read: ({ token }) => ({ data: { token_num_uses: token.numUses } }),
    write: (role, data) => {
      need(data, "token_num_uses");
      return withToken(role, { numUses: data.number("token_num_uses") });
    },
    reset: (role) => withToken(role, { numUses: 0 }),
  },
  {
    path: "token-ttl",
    fields: ["token_ttl"],
    read: ({ token }) => ({ data: { token_ttl: token.ttl } }),
    write: (role, data) => {
      need(data, "token_ttl");
      const ttl = data.number("token_ttl");
      if (role.token.maxTtl > 0 && ttl > role.token.maxTtl) {
        throw new InvalidRole("token_ttl should not be greater than token_max_ttl");
      }
      return withToken(role, { ttl });
    },
    reset: (role) => withToken(role, { ttl: 0 }),
  },
  {
    path: "token-max-ttl",
    fields: ["token_max_ttl"],
    read: ({ token }) => ({ data: { token_max_ttl: token.maxTtl } }),
    write: (role, data) => {
      need(data, "token_max_ttl");
      const maxTtl = data.number("token_max_ttl");
      if (maxTtl > 0 && role.token.ttl > maxTtl) {
        throw new InvalidRole("token_max_ttl should be greater than or equal to token_ttl");
      }
      return withToken(role, { maxTtl });
    },
    reset: (role) => withToken(role, { maxTtl: 0 }),
  },
  {
    path: "bind-secret-id",
    fields: ["bind_secret_id"],
    read: ({ bindSecretId }) => ({ data: { bind_secret_id: bindSecretId } }),
    write: (role, data) => {
      need(data, "bind_secret_id");
      return { ...role, bindSecretId: data.bool("bind_secret_id") };
    },
    reset: (role) => ({ ...role, bindSecretId: true }),
  },
  {
    path: "secret-id-bound-cidrs",
    fields: ["secret_id_bound_cidrs"],
    read: ({ secretIdBoundCidrs }) => ({ data: { secret_id_bound_cidrs: secretIdBoundCidrs } }),
    write: (role, data) => writeCidrs(role, data, "secret_id_bound_cidrs"),
    reset: (role) => ({ ...role, secretIdBoundCidrs: null }),
  },
  {
    path: "bound-cidr-list",
    fields: ["bound_cidr_list"],
    read: () => ({
      data: { bound_cidr_list: null },
      warnings: [
        'The "bound_cidr_list" field is deprecated and will be removed. Please use "secret_id_bound_cidrs" instead.',
      ],
    }),
    write: (role, data) => writeCidrs(role, data, "bound_cidr_list"),
    reset: (role) => role,
  },
  {
    path: "token-bound-cidrs",
    fields: ["token_bound_cidrs"],
    read: ({ token }) => ({ data: { token_bound_cidrs: token.boundCidrs.length === 0 ? null : token.boundCidrs } }),
    write: writeTokenCidrs,
    reset: (role) => withToken(role, { boundCidrs: [] }),
  },
  {
    path: "local-secret-ids",
    fields: [],
    read: ({ localSecretIds }) => ({ data: { local_secret_ids: localSecretIds } }),
  },
];

function writeCidrs(role: AppRole, data: FieldData, name: string): AppRole {
  if (!data.has(name)) return role;
  const cidrs = data.list(name);
  if (cidrs.length === 0) throw new InvalidRole("missing bound_cidr_list");
  const wrong = cidrError(cidrs);
  if (wrong !== undefined) throw new InvalidRole(`failed to validate CIDR blocks: ${wrong}`);
  return { ...role, secretIdBoundCidrs: cidrs };
}

function writeTokenCidrs(role: AppRole, data: FieldData): AppRole {
  if (!data.has("token_bound_cidrs")) return role;
  try {
    return withToken(role, { boundCidrs: data.list("token_bound_cidrs").map(boundAddress) });
  } catch (error) {
    if (error instanceof InvalidRole) throw new InvalidRole(`failed to parse token_bound_cidrs: ${error.message}`);
    throw error;
  }
}

/** `role/<name>/<setting>`: read, write, and delete, which means back to the default. */
export function roleParamPaths(context: BackendContext, roles: Roles, rolePattern: string): Path[] {
  return PARAMS.map((param) => ({
    pattern: `${rolePattern}/${param.path}$`,
    summary: `The role's ${param.path}.`,
    fields: { role_name: { type: "string" }, ...pick(param.fields) },
    operations: {
      read: ({ data }) => {
        const role = roles.get(data.string("role_name"));
        return role === undefined ? NOT_FOUND : param.read(role);
      },
      ...(param.write && { update: (request: BackendRequest) => write(context, roles, param, request) }),
      ...(param.reset && {
        delete: ({ data }: BackendRequest) => {
          const role = roles.get(data.string("role_name"));
          if (role !== undefined && param.reset !== undefined) roles.put(param.reset(role));
          return undefined;
        },
      }),
    },
  }));
}

function write(context: BackendContext, roles: Roles, param: RoleParam, { data }: BackendRequest): BackendReply {
  const role = roles.get(data.string("role_name"));
  if (role === undefined) throw new VaultError(404, "unsupported path");
  try {
    if (param.write !== undefined) roles.put(param.write(role, data, context));
    return undefined;
  } catch (error) {
    if (error instanceof InvalidRole) return { error: error.message };
    throw error;
  }
}

function pick(names: readonly string[]): Readonly<Record<string, Field>> {
  const all = { ...TOKEN_FIELDS, ...ROLE_FIELDS };
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}
