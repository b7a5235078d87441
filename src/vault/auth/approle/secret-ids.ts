import type { BackendContext, BackendReply, BackendRequest, Field, FieldData, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { NOT_FOUND } from "../../core/sdk.js";
import { goQuote } from "../../../runtime/index.js";
import { rfc3339Nano } from "../../core/go.js";
import { cidrError, refuseWider } from "./cidrs.js";
import { parseMetadata } from "./metadata.js";
import type { AppRole, Roles } from "./role.js";

/** A secret that a role's logins can be made with. Spans are whole seconds, moments ms since the epoch. */
export interface SecretId {
  readonly accessor: string;
  readonly cidrs: readonly string[];
  readonly tokenCidrs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly ttl: number;
  /** It is good for a number of logins, not for any number. */
  readonly isCounted: boolean;
  updatedAt: number;
  /** How many logins are left; 0 = any number. */
  usesLeft: number;
}

const SECRET_FIELDS: Readonly<Record<string, Field>> = {
  role_name: { type: "string" },
  metadata: { type: "string", description: "JSON object of strings, kept with the tokens" },
  cidr_list: { type: "comma-list", description: "CIDR blocks from which logins may come" },
  token_bound_cidrs: { type: "comma-list", description: "CIDR blocks that may use the tokens" },
  num_uses: { type: "int", description: "How often it may be used; at most what the role says" },
  ttl: { type: "duration", description: "Lifetime; at most what the role says" },
};
const BY_SECRET: Readonly<Record<string, Field>> = { role_name: { type: "string" }, secret_id: { type: "string" } };
const BY_ACCESSOR: Readonly<Record<string, Field>> = {
  role_name: { type: "string" },
  secret_id_accessor: { type: "string" },
};

/** Everything about secret IDs below `role/<name>/`. (builtin/credential/approle/path_role.go) */
export function secretIdPaths(context: BackendContext, roles: Roles, rolePattern: string): Path[] {
  const issue = (request: BackendRequest, secret: string): BackendReply =>
    issueSecretId(context, roles, request, secret);
  const destroy = (request: BackendRequest): BackendReply => destroyBySecret(context, roles, request);
  const destroyAccessor = (request: BackendRequest): BackendReply => destroyByAccessor(context, roles, request);
  return [
    {
      pattern: `${rolePattern}/secret-id/?$`,
      summary: "Generate a secret ID, or list the accessors of those there are.",
      fields: SECRET_FIELDS,
      paged: true,
      operations: {
        update: (request) => issue(request, context.ids.uuid()),
        list: (request) => listAccessors(context, roles, request),
      },
    },
    {
      pattern: `${rolePattern}/custom-secret-id$`,
      summary: "Take a secret ID of the caller's choice.",
      fields: { ...SECRET_FIELDS, secret_id: { type: "string" } },
      operations: { update: (request) => issue(request, request.data.string("secret_id")) },
    },
    {
      pattern: `${rolePattern}/secret-id/lookup/?$`,
      summary: "What is known of a secret ID.",
      fields: BY_SECRET,
      operations: { update: (request) => lookupBySecret(context, roles, request) },
    },
    {
      pattern: `${rolePattern}/secret-id/destroy/?$`,
      summary: "Invalidate a secret ID.",
      fields: BY_SECRET,
      operations: { update: destroy, delete: destroy },
    },
    {
      pattern: `${rolePattern}/secret-id-accessor/lookup/?$`,
      summary: "What is known of a secret ID, by its accessor.",
      fields: BY_ACCESSOR,
      operations: { update: (request) => lookupByAccessor(context, roles, request) },
    },
    {
      pattern: `${rolePattern}/secret-id-accessor/destroy/?$`,
      summary: "Invalidate a secret ID by its accessor.",
      fields: BY_ACCESSOR,
      operations: { update: destroyAccessor, delete: destroyAccessor },
    },
  ];
}

/** A secret ID that still counts. Vault tidies expired ones within a minute; here they are gone at once. */
export function validSecretId(context: BackendContext, role: AppRole, secret: string): SecretId | undefined {
  const found = role.secretIds.get(secret);
  if (found?.expiresAt === undefined || context.clock.now() < found.expiresAt) return found;
  role.secretIds.delete(secret);
  return undefined;
}

/** (handleRoleSecretIDCommon) */
function issueSecretId(context: BackendContext, roles: Roles, { data }: BackendRequest, secret: string): BackendReply {
  if (secret === "") return { error: "missing secret_id" };
  const name = data.string("role_name");
  const role = roles.get(name);
  if (role === undefined) return { error: `role ${goQuote(name)} does not exist`, status: 404 };
  if (!role.bindSecretId) return { error: "bind_secret_id is not set on the role" };
  const cidrs = checkedCidrs(data.list("cidr_list"), "CIDR blocks", role.secretIdBoundCidrs ?? []);
  const tokenCidrs = checkedCidrs(data.list("token_bound_cidrs"), "token CIDR blocks", role.token.boundCidrs);
  const uses = data.has("num_uses") ? data.number("num_uses") : role.secretIdNumUses;
  const ttl = data.has("ttl") ? data.number("ttl") : role.secretIdTtl;
  if (uses < 0) return { error: "num_uses cannot be negative" };
  if (isBeyond(uses, role.secretIdNumUses)) {
    return { error: "num_uses cannot be higher than the role's secret_id_num_uses" };
  }
  if (isBeyond(ttl, role.secretIdTtl)) return { error: "ttl cannot be longer than the role's secret_id_ttl" };
  const metadata = parseMetadata(data.string("metadata"));
  if (typeof metadata === "string") return { error: `failed to parse metadata: ${metadata}` };
  if (validSecretId(context, role, secret) !== undefined) {
    throw new VaultError(500, "failed to store secret_id: SecretID is already registered");
  }
  const now = context.clock.now();
  const span = ttl < 0 || ttl > context.maxLeaseTtl() ? context.maxLeaseTtl() : ttl;
  const expiresAt = span === 0 ? undefined : now + span * 1000;
  const accessor = context.ids.uuid();
  role.secretIds.set(secret, {
    accessor,
    cidrs,
    tokenCidrs,
    metadata,
    createdAt: now,
    updatedAt: now,
    expiresAt,
    ttl,
    isCounted: uses > 0,
    usesLeft: uses,
  });
  return {
    data: { secret_id: secret, secret_id_accessor: accessor, secret_id_num_uses: uses, secret_id_ttl: span },
  };
}

/** Zero means no limit, which a role with one does not allow. */
function isBeyond(asked: number, limit: number): boolean {
  return limit > 0 && (asked === 0 || asked > limit);
}

function checkedCidrs(cidrs: readonly string[], noun: string, role: readonly string[]): readonly string[] {
  const wrong = cidrError(cidrs);
  if (wrong !== undefined) throw new VaultError(500, `failed to validate ${noun}: ${wrong}`);
  refuseWider(role, cidrs);
  return cidrs;
}

/** @throws VaultError 500 if there is no such role */
function roleOf(roles: Roles, data: FieldData): AppRole {
  const name = data.string("role_name");
  const role = roles.get(name);
  if (role === undefined) throw new VaultError(500, `role ${goQuote(name)} does not exist`);
  return role;
}

function lookupBySecret(context: BackendContext, roles: Roles, { data }: BackendRequest): BackendReply {
  const secret = data.string("secret_id");
  if (secret === "") return { error: "missing secret_id" };
  const found = validSecretId(context, roleOf(roles, data), secret);
  return found === undefined ? undefined : { data: shown(found) };
}

function lookupByAccessor(context: BackendContext, roles: Roles, { data }: BackendRequest): BackendReply {
  const accessor = data.string("secret_id_accessor");
  if (accessor === "") return { error: "missing secret_id_accessor" };
  const found = secretWith(context, roleOf(roles, data), accessor);
  if (found !== undefined) return { data: shown(found[1]) };
  return { data: { error: unknownAccessor(accessor) }, status: 404 };
}

function destroyBySecret(_context: BackendContext, roles: Roles, { data }: BackendRequest): BackendReply {
  const secret = data.string("secret_id");
  if (secret === "") return { error: "missing secret_id" };
  roleOf(roles, data).secretIds.delete(secret);
  return undefined;
}

function destroyByAccessor(context: BackendContext, roles: Roles, { data }: BackendRequest): BackendReply {
  const accessor = data.string("secret_id_accessor");
  if (accessor === "") return { error: "missing secret_id_accessor" };
  const role = roleOf(roles, data);
  const found = secretWith(context, role, accessor);
  if (found === undefined) throw new VaultError(500, unknownAccessor(accessor));
  role.secretIds.delete(found[0]);
  return undefined;
}

function unknownAccessor(accessor: string): string {
  return `failed to find accessor entry for secret_id_accessor: ${goQuote(accessor)}`;
}

function secretWith(context: BackendContext, role: AppRole, accessor: string): readonly [string, SecretId] | undefined {
  const [secret] = [...role.secretIds].find(([, candidate]) => candidate.accessor === accessor) ?? [];
  const found = secret === undefined ? undefined : validSecretId(context, role, secret);
  return secret === undefined || found === undefined ? undefined : [secret, found];
}

function listAccessors(context: BackendContext, roles: Roles, { data }: BackendRequest): BackendReply {
  const name = data.string("role_name");
  const role = roles.get(name);
  if (role === undefined) return { error: `role ${goQuote(name)} does not exist` };
  const keys = [...role.secretIds.keys()].flatMap((secret) => validSecretId(context, role, secret)?.accessor ?? []);
  return keys.length === 0 ? NOT_FOUND : { data: { keys } };
}

const NEVER = "0001-01-01T00:00:00Z";

/** (secretIDStorageEntry.ToResponseData) */
function shown(secret: SecretId): Readonly<Record<string, unknown>> {
  return {
    cidr_list: secret.cidrs,
    creation_time: rfc3339Nano(secret.createdAt),
    expiration_time: secret.expiresAt === undefined ? NEVER : rfc3339Nano(secret.expiresAt),
    last_updated_time: rfc3339Nano(secret.updatedAt),
    metadata: secret.metadata,
    secret_id_accessor: secret.accessor,
    secret_id_num_uses: secret.usesLeft,
    secret_id_ttl: secret.ttl,
    token_bound_cidrs: secret.tokenCidrs,
  };
}
