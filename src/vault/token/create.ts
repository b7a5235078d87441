import type { BackendReply, BackendRequest, Field, FieldData, Path } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { parseDurationSeconds } from "../core/go.js";
import { genericName } from "../core/sdk.js";
import { lifeOf, spansOf } from "./create-life.js";
import { creatorPolicies } from "./create-policies.js";
import { type Creator, Refused } from "./creator.js";
import type { StoredToken } from "./entry.js";
import { issued } from "./login.js";
import { caller, unspent } from "./lookup.js";
import { globFits, NON_ASSIGNABLE } from "./policies.js";
import type { TokenRole, TokenRoles } from "./roles.js";

const FIELDS: Readonly<Record<string, Field>> = {
  display_name: { type: "string" },
  explicit_max_ttl: { type: "string" },
  entity_alias: { type: "string" },
  num_uses: { type: "int" },
  period: { type: "string" },
  renewable: { type: "bool", default: true },
  ttl: { type: "string" },
  lease: { type: "string", deprecated: true },
  type: { type: "string" },
  no_default_policy: { type: "bool" },
  id: { type: "string" },
  meta: { type: "key-values" },
  no_parent: { type: "bool" },
  policies: { type: "string-list" },
};

const ROLE_NAME: Readonly<Record<string, Field>> = { role_name: { type: "string" } };

const CHOSEN_ID_WARNING =
  "Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups.";

/** `create`, `create-orphan`, `create/<role>`. (vault/token_store.go: handleCreateCommon) */
export function createPaths(core: () => Core, roles: TokenRoles): Path[] {
  const create = (orphan: boolean) => (request: BackendRequest) => attempt(core(), request, orphan, undefined);
  const withRole = (request: BackendRequest): BackendReply => {
    const name = request.data.string("role_name");
    const role = roles.get(name);
    return role === undefined ? { error: `unknown role ${name}` } : attempt(core(), request, false, role);
  };
  return [
    {
      pattern: "create-orphan$",
      fields: FIELDS,
      operations: { update: create(true) },
      summary: "Create an orphan token",
    },
    {
      pattern: `create/${genericName("role_name")}`,
      fields: { ...FIELDS, ...ROLE_NAME },
      operations: { update: withRole },
      summary: "Create a token as a role says",
    },
    { pattern: "create$", fields: FIELDS, operations: { update: create(false) }, summary: "Create a token" },
  ];
}

function attempt(core: Core, request: BackendRequest, orphan: boolean, role: TokenRole | undefined): BackendReply {
  try {
    return create(core, request, orphan, role);
  } catch (error) {
    if (error instanceof Refused) return { error: error.message };
    throw error;
  }
}

function create(core: Core, request: BackendRequest, orphan: boolean, role: TokenRole | undefined): BackendReply {
  const { data } = request;
  const creator = creatorOf(core, request);
  const type = typeOf(data, role);
  if (data.number("num_uses") < 0) throw new Refused("number of uses cannot be negative");
  const entityId = entityOf(core, data, role);
  const id = data.string("id");
  if (id !== "" && !creator.sudo) throw new Refused("root or sudo privileges required to specify token id");

  const policies = creatorPolicies(data, role, creator);
  refusePolicies(policies, creator, type);
  const orphaned = isOrphan(data, role, creator, orphan);
  const spans = spansOf(data, role, creator, type);
  const life = lifeOf(core, policies, spans, creator);
  const warnings = [...spans.warnings, ...life.warnings, ...(id === "" ? [] : [CHOSEN_ID_WARNING])];
  const chosen = type === "service" ? id : "";
  refuseId(core, chosen);

  const token = core.tokens.create({
    type,
    ...(chosen !== "" && { id: chosen }),
    path: `auth/token/${request.path}${role === undefined || role.pathSuffix === "" ? "" : `/${role.pathSuffix}`}`,
    policies,
    displayName: displayName(data.string("display_name")),
    meta: data.has("meta") ? (data.value("meta") as Record<string, string> | null) : null,
    entityId: entityId ?? (orphaned ? "" : creator.parent.entityId),
    ttl: life.ttl,
    explicitMaxTtl: spans.asked.explicitMaxTtl,
    period: spans.asked.period,
    numUses: usesOf(data, role),
    boundCidrs: life.ttl === 0 ? [] : cidrsOf(role, creator, orphaned),
    role: role?.name ?? "",
    ...(!orphaned && { parent: creator.parent }),
    renewable: life.ttl !== 0 && type === "service" && data.bool("renewable") && role?.renewable !== false,
  });
  if (token === undefined) throw new Refused("cannot create a token with a duplicate ID");
  const unknown = policies.filter((name) => !core.policies.has(name)).map((name) => `Policy "${name}" does not exist`);
  const identity = core.identity.policiesOf(token.entityId);
  const all = [...new Set([...policies, ...identity])].sort();
  return { issued: issued(token, all, identity), warnings: [...warnings, ...unknown] };
}

function creatorOf(core: Core, request: BackendRequest): Creator {
  const parent = unspent(caller(core, request));
  if (parent === undefined) throw new Refused("parent token lookup failed: no parent found");
  if (parent.type === "batch") throw new Refused("batch tokens cannot create more tokens");
  if (parent.numUses !== 0) throw new Refused("restricted use token cannot generate child tokens");
  const { permissions, root } = aclOf(core, parent, `auth/token/${request.path}`);
  return { parent, sudo: root || permissions };
}

function aclOf(core: Core, parent: StoredToken, path: string): { permissions: boolean; root: boolean } {
  const acl = core.policies.acl(parent);
  return {
    root: acl.root,
    permissions: !acl.root && (acl.permissions(path, false)?.capabilities.has("sudo") ?? false),
  };
}

function typeOf(data: FieldData, role: TokenRole | undefined): "service" | "batch" {
  let wished = data.string("type");
  if (role?.tokenType === "service" || role?.tokenType === "batch") wished = role.tokenType;
  else if (role?.tokenType === "default-batch" && wished === "") wished = "batch";
  if (wished === "" || wished === "service") return "service";
  if (wished !== "batch") throw new Refused("invalid 'token_type' value");
  const bad = batchProblem(data);
  if (bad !== undefined) throw new Refused(`batch tokens cannot have "${bad}" set`);
  return "batch";
}

function batchProblem(data: FieldData): string | undefined {
  const set = (name: string): boolean => {
    try {
      return parseDurationSeconds(data.string(name)) !== 0;
    } catch {
      throw new Refused(`"${name}" value could not be parsed`);
    }
  };
  if (data.string("explicit_max_ttl") !== "") return set("explicit_max_ttl") ? "explicit_max_ttl" : undefined;
  if (data.number("num_uses") !== 0) return "num_uses";
  return data.string("period") !== "" && set("period") ? "period" : undefined;
}

function entityOf(core: Core, data: FieldData, role: TokenRole | undefined): string | undefined {
  const name = data.string("entity_alias");
  if (name === "") return undefined;
  if (role === undefined) throw new Refused("'entity_alias' is only allowed in combination with token role");
  const lower = name.toLowerCase();
  const allowed = role.allowedEntityAliases ?? [];
  if (!allowed.some((alias) => globFits(alias, lower))) throw new Refused("invalid 'entity_alias' value");
  const mounted = core.mounts.get("auth/token/");
  if (mounted === undefined) throw new Refused("auth token mount accessor not found");
  const { accessor, type, path } = mounted.mount;
  return core.identity.fetchOrCreate({ name, metadata: {}, mountAccessor: accessor, mountType: type, mountPath: path })
    .id;
}

function refusePolicies(policies: readonly string[], { parent }: Creator, type: "service" | "batch"): void {
  const forbidden = policies.find((name) => NON_ASSIGNABLE.has(name));
  if (forbidden !== undefined) throw new Refused(`cannot assign policy "${forbidden}"`);
  if (!policies.includes("root")) return;
  if (!parent.policies.includes("root"))
    throw new Refused("root tokens may not be created without parent token being root");
  if (type === "batch") throw new Refused("batch tokens cannot be root tokens");
}

function isOrphan(data: FieldData, role: TokenRole | undefined, creator: Creator, asked: boolean): boolean {
  if (role !== undefined) return role.orphan;
  if (!data.bool("no_parent")) return asked;
  if (!creator.sudo) throw new Refused("root or sudo privileges required to create orphan token");
  return true;
}

function usesOf(data: FieldData, role: TokenRole | undefined): number {
  const asked = data.number("num_uses");
  const ofRole = role?.numUses ?? 0;
  if (ofRole === 0) return asked;
  return asked === 0 ? ofRole : Math.min(asked, ofRole);
}

function cidrsOf(role: TokenRole | undefined, { parent }: Creator, orphaned: boolean): readonly string[] {
  if (role !== undefined) return role.boundCidrs;
  return orphaned ? [] : parent.boundCidrs;
}

/** A chosen id must not look like one that Vault makes. */
function refuseId(core: Core, id: string): void {
  if (id === "") return;
  const prefix = [core.tokens.mint.forms.service, "hvs.", "s."].find((start) => id.startsWith(start));
  if (prefix !== undefined) throw new Refused(`custom token ID cannot have the '${prefix}' prefix`);
  if (id.includes(".")) throw new Refused("custom token ID cannot have a '.' in the value");
}

function displayName(name: string): string {
  return name === "" ? "token" : `token-${name}`.replace(/[^a-zA-Z\d-]/g, "-").replace(/-$/, "");
}
