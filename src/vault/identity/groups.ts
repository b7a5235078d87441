import { goQuote } from "../../runtime/index.js";
import {
  type BackendReply,
  type BackendRequest,
  type Field,
  type FieldData,
  type Path,
  VaultError,
} from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { Group, Metadata } from "../core/identity.js";
import { genericName, NOT_FOUND } from "../core/sdk.js";
import { checkMetadata } from "./metadata.js";
import { groupView } from "./views.js";

const FIELDS: Readonly<Record<string, Field>> = {
  id: { type: "string" },
  type: { type: "string" },
  name: { type: "string" },
  metadata: { type: "key-values" },
  policies: { type: "comma-list" },
  member_group_ids: { type: "comma-list" },
  member_entity_ids: { type: "comma-list" },
};

/** `group*`. (vault/identity_store_groups.go) */
export function groupPaths(core: () => Core): Path[] {
  const byId = ({ data }: BackendRequest): Group | undefined => core().identity.group(data.string("id"));
  const byName = ({ data }: BackendRequest): Group | undefined => groupNamed(core(), data.string("name"));
  const read = (group: Group | undefined): BackendReply =>
    group === undefined ? undefined : { data: groupView(core(), group) };
  const remove = (group: Group | undefined): BackendReply => {
    if (group !== undefined) core().identity.removeGroup(group.id);
    return undefined;
  };
  return [
    {
      pattern: "group$",
      fields: FIELDS,
      operations: {
        update: (request) =>
          request.data.has("id") ? updateById(core(), request) : write(core(), request, byName(request)),
      },
      summary: "Create a group",
    },
    {
      pattern: `group/id/${genericName("id")}`,
      fields: FIELDS,
      operations: {
        read: (request) => read(byId(request)),
        update: (request) => updateById(core(), request),
        delete: (request) => remove(byId(request)),
      },
      summary: "Manage a group by its id",
    },
    {
      pattern: "group/name/(?<name>.+)",
      fields: FIELDS,
      operations: {
        read: (request) => read(byName(request)),
        update: (request) => write(core(), request, byName(request)),
        delete: (request) => remove(byName(request)),
      },
      summary: "Manage a group by its name",
    },
    { pattern: "group/id/?$", operations: { list: () => listById(core()) }, summary: "List groups by id" },
    {
      pattern: "group/name/?$",
      operations: {
        list: () => {
          const groups = core().identity.groups();
          return groups.length === 0 ? NOT_FOUND : { data: { keys: groups.map(({ name }) => name).sort() } };
        },
      },
      summary: "List groups by name",
    },
  ];
}

/** Names are compared without regard to case. */
export function groupNamed({ identity }: Core, name: string): Group | undefined {
  if (name === "") return undefined;
  return identity.groups().find((group) => group.name.toLowerCase() === name.toLowerCase());
}

function updateById(core: Core, request: BackendRequest): BackendReply {
  const id = request.data.string("id");
  if (id === "") return { error: "empty group ID" };
  const group = core.identity.group(id);
  return group === undefined ? { error: "invalid group ID" } : write(core, request, group);
}

/** (handleGroupUpdateCommon) */
function write(core: Core, { data }: BackendRequest, known: Group | undefined): BackendReply {
  const policies = data.has("policies") ? policyNames(data.list("policies")) : known?.policies;
  if (policies?.includes("root") === true) return { error: "policies cannot contain root" };
  const type = data.has("type") ? data.string("type") : (known?.type ?? "internal");
  if (known !== undefined && type !== known.type) return { error: "group type cannot be changed" };
  if (type !== "internal" && type !== "external") return { error: `invalid group type ${goQuote(type)}` };
  const name = data.string("name");
  if (known === undefined && data.has("name") && name === "") return { error: "empty group name" };
  const namesake = groupNamed(core, name);
  if (namesake !== undefined && namesake !== known) return { error: "group name is already in use" };
  const refused = type === "external" ? externalProblem(data) : undefined;
  if (refused !== undefined) return { error: refused };
  const metadata = data.has("metadata") ? (data.map("metadata") as Metadata) : undefined;
  if (metadata !== undefined) checkMetadata(metadata, "group");
  const entityIds = data.has("member_entity_ids") ? [...new Set(data.list("member_entity_ids"))] : undefined;
  const stranger = entityIds?.find((id) => core.identity.get(id) === undefined);
  if (stranger !== undefined) throw new VaultError(500, `invalid entity ID ${goQuote(stranger)}`);
  const memberIds = data.has("member_group_ids") ? [...new Set(data.list("member_group_ids"))] : undefined;
  const cycle = memberIds === undefined ? undefined : memberProblem(core, known, memberIds);
  if (cycle !== undefined) return { error: cycle };
  const group = known ?? core.identity.addGroup(name, type);
  if (name !== "") group.name = name;
  if (policies !== undefined) group.policies = policies;
  if (metadata !== undefined) group.metadata = metadata;
  if (entityIds !== undefined) group.memberEntityIds = entityIds;
  if (memberIds !== undefined) setMembers(core, group, memberIds);
  group.updatedAt = known === undefined ? group.createdAt : core.clock.now();
  group.revision++;
  core.identity.changed();
  return known === undefined ? { data: { id: group.id, name: group.name } } : undefined;
}

function externalProblem(data: FieldData): string | undefined {
  if (data.has("member_entity_ids")) return "member entities can't be set manually for external groups";
  return data.has("member_group_ids") ? "member groups can't be set for external groups" : undefined;
}

/** Lower-cased, sorted and each one once. (sanitizeAndUpsertGroup) */
function policyNames(sent: readonly string[]): string[] {
  return [...new Set(sent.map((name) => name.trim()).filter((name) => name !== ""))].sort();
}

/**
 * No group is its own member, not even round some corners.
 * @throws VaultError where there is no such group
 */
function memberProblem({ identity }: Core, known: Group | undefined, ids: readonly string[]): string | undefined {
  for (const id of ids) {
    const member = identity.group(id);
    if (member === undefined) throw new VaultError(500, `invalid member group ID ${goQuote(id)}`);
    if (member === known) throw new VaultError(500, `member group ID ${goQuote(id)} is same as the ID of the group`);
    if (known !== undefined && isAbove(identity.groups(), member, known)) {
      return `cyclic relationship detected for member group ID ${goQuote(id)}`;
    }
  }
  return undefined;
}

function isAbove(groups: readonly Group[], upper: Group, lower: Group): boolean {
  const parents = groups.filter(({ id }) => lower.parentIds.includes(id));
  return parents.includes(upper) || parents.some((parent) => isAbove(groups, upper, parent));
}

function setMembers({ identity }: Core, { id }: Group, ids: readonly string[]): void {
  for (const group of identity.groups()) {
    const others = group.parentIds.filter((parent) => parent !== id);
    const isMember = ids.includes(group.id);
    if (isMember === others.length < group.parentIds.length) continue;
    group.parentIds = isMember ? [...others, id] : others;
    group.revision++;
  }
}

function listById({ identity }: Core): BackendReply {
  const groups = identity.groups();
  if (groups.length === 0) return NOT_FOUND;
  const info = groups.map(({ id, name, memberEntityIds, parentIds }) => [
    id,
    { name, num_member_entities: memberEntityIds.length, num_parent_groups: parentIds.length },
  ]);
  return {
    data: { keys: groups.map(({ id }) => id), key_info: Object.fromEntries(info) as Record<string, unknown> },
  };
}
