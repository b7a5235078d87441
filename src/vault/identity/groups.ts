import type { BackendReply, BackendRequest, Field, FieldData, Path } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { rfc3339Nano } from "../core/go.js";
import type { Group } from "../core/identity.js";
import { genericName } from "../core/sdk.js";

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
  const byId = ({ data }: BackendRequest): Group | undefined =>
    core()
      .identity.groups()
      .find(({ id }) => id === data.string("id"));
  const byName = ({ data }: BackendRequest): Group | undefined =>
    core()
      .identity.groups()
      .find(({ name }) => name.toLowerCase() === data.string("name").toLowerCase());
  const manage = (find: (request: BackendRequest) => Group | undefined): Path["operations"] => ({
    read: (request) => shown(find(request)),
    update: (request) => update(core(), request.data, find(request)),
    delete: (request) => {
      const group = find(request);
      if (group !== undefined) core().identity.removeGroup(group.id);
      return undefined;
    },
  });
  return [
    {
      pattern: "group$",
      fields: FIELDS,
      operations: { update: (request) => update(core(), request.data, byId(request) ?? byName(request)) },
      summary: "Create a group",
    },
    {
      pattern: `group/id/${genericName("id")}`,
      fields: FIELDS,
      operations: manage(byId),
      summary: "Manage a group by its id",
    },
    {
      pattern: "group/name/(?<name>.+)",
      fields: FIELDS,
      operations: manage(byName),
      summary: "Manage a group by its name",
    },
    {
      pattern: "group/id/?$",
      operations: {
        list: () => ({
          data: {
            keys: core()
              .identity.groups()
              .map(({ id }) => id),
          },
        }),
      },
      summary: "List groups by id",
    },
    {
      pattern: "group/name/?$",
      operations: {
        list: () => ({
          data: {
            keys: core()
              .identity.groups()
              .map(({ name }) => name)
              .sort(),
          },
        }),
      },
      summary: "List groups by name",
    },
  ];
}

function update(core: Core, data: FieldData, known: Group | undefined): BackendReply {
  const type = data.string("type") === "external" ? "external" : "internal";
  const name = data.string("name");
  const group = known ?? core.identity.addGroup(name === "" ? `group_${core.ids.hex(4)}` : name, type);
  if (data.has("metadata")) group.metadata = data.map("metadata") as Record<string, string>;
  if (data.has("policies")) group.policies = data.list("policies").map((policy) => policy.toLowerCase());
  if (data.has("member_entity_ids")) group.memberEntityIds = data.list("member_entity_ids");
  group.updatedAt = core.clock.now();
  group.revision++;
  core.identity.changed();
  return { data: { id: group.id, name: group.name } };
}

function shown(group: Group | undefined): BackendReply {
  if (group === undefined) return undefined;
  return {
    data: {
      alias: {},
      creation_time: rfc3339Nano(group.createdAt),
      id: group.id,
      last_update_time: rfc3339Nano(group.updatedAt),
      member_entity_ids: group.memberEntityIds,
      member_group_ids: null,
      metadata: group.metadata,
      modify_index: group.revision,
      name: group.name,
      namespace_id: "root",
      parent_group_ids: null,
      policies: group.policies.length === 0 ? null : group.policies,
      type: group.type,
    },
  };
}
