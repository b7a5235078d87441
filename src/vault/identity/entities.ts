import type { BackendReply, BackendRequest, Field, FieldData, Path } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { rfc3339Nano } from "../core/go.js";
import type { Alias, Entity } from "../core/identity.js";
import { genericName } from "../core/sdk.js";

const FIELDS: Readonly<Record<string, Field>> = {
  id: { type: "string" },
  name: { type: "string" },
  metadata: { type: "key-values" },
  policies: { type: "comma-list" },
  disabled: { type: "bool" },
};

const LOOKUP: Readonly<Record<string, Field>> = {
  id: { type: "string" },
  name: { type: "string" },
  alias_id: { type: "string" },
  alias_name: { type: "string" },
  alias_mount_accessor: { type: "string" },
};

/** `entity*`, `entity-alias*` and `lookup/entity`. (vault/identity_store_entities.go, vault/identity_lookup.go) */
export function entityPaths(core: () => Core): Path[] {
  const byId = ({ data }: BackendRequest): Entity | undefined => core().identity.get(data.string("id"));
  const byName = ({ data }: BackendRequest): Entity | undefined => named(core(), data.string("name"));
  const write = (find: (request: BackendRequest) => Entity | undefined) => (request: BackendRequest) =>
    update(core(), request.data, find(request));
  const remove = (entity: Entity | undefined): BackendReply => {
    if (entity !== undefined) core().identity.remove(entity.id);
    return undefined;
  };
  return [
    {
      pattern: "entity$",
      fields: FIELDS,
      operations: { update: write((request) => byId(request) ?? byName(request)) },
      summary: "Create an entity",
    },
    {
      pattern: "entity/name/(?<name>.+)",
      fields: FIELDS,
      operations: {
        read: (request) => shown(core(), byName(request)),
        update: write(byName),
        delete: (request) => remove(byName(request)),
      },
      summary: "Manage an entity by its name",
    },
    {
      pattern: `entity/id/${genericName("id")}`,
      fields: FIELDS,
      operations: {
        read: (request) => shown(core(), byId(request)),
        update: write(byId),
        delete: (request) => remove(byId(request)),
      },
      summary: "Manage an entity by its id",
    },
    {
      pattern: "entity/name/?$",
      operations: {
        list: () => ({
          data: {
            keys: core()
              .identity.entities()
              .map((entity) => entity.name)
              .sort(),
          },
        }),
      },
      summary: "List entities by name",
    },
    { pattern: "entity/id/?$", operations: { list: () => listById(core()) }, summary: "List entities by id" },
    { pattern: "entity-alias/id/?$", operations: { list: () => listAliases(core()) }, summary: "List aliases" },
    {
      pattern: "lookup/entity$",
      fields: LOOKUP,
      operations: { update: ({ data }) => shown(core(), find(core(), data)) },
      summary: "Find an entity",
    },
  ];
}

function named({ identity }: Core, name: string): Entity | undefined {
  return identity.entities().find((entity) => entity.name.toLowerCase() === name.toLowerCase());
}

function find(core: Core, data: FieldData): Entity | undefined {
  if (data.has("id")) return core.identity.get(data.string("id"));
  if (data.has("name")) return named(core, data.string("name"));
  if (data.has("alias_id")) {
    return core.identity
      .entities()
      .find(({ aliases }) => aliases.some((alias) => alias.id === data.string("alias_id")));
  }
  return core.identity.byAlias(data.string("alias_name"), data.string("alias_mount_accessor"));
}

function update(core: Core, data: FieldData, known: Entity | undefined): BackendReply {
  const name = data.string("name");
  const entity = known ?? core.identity.add(name === "" ? {} : { name });
  if (data.has("name") && name !== "") entity.name = name;
  if (data.has("metadata")) entity.metadata = data.map("metadata") as Record<string, string>;
  if (data.has("policies")) entity.policies = data.list("policies").map((policy) => policy.toLowerCase());
  if (data.has("disabled")) entity.disabled = data.bool("disabled");
  entity.updatedAt = core.clock.now();
  core.identity.changed();
  return known === undefined ? { data: { aliases: null, id: entity.id, name: entity.name } } : undefined;
}

function shown(core: Core, entity: Entity | undefined): BackendReply {
  if (entity === undefined) return undefined;
  const groups = core.identity.groupsOf(entity.id).map((group) => group.id);
  return {
    data: {
      aliases: entity.aliases.map((alias) => aliasView(alias, entity)),
      creation_time: rfc3339Nano(entity.createdAt),
      direct_group_ids: groups,
      disabled: entity.disabled,
      group_ids: groups,
      id: entity.id,
      inherited_group_ids: [],
      last_update_time: rfc3339Nano(entity.updatedAt),
      merged_entity_ids: null,
      metadata: entity.metadata,
      name: entity.name,
      namespace_id: "root",
      policies: entity.policies,
    },
  };
}

function aliasView(alias: Alias, entity: Entity): Record<string, unknown> {
  return {
    canonical_id: entity.id,
    creation_time: rfc3339Nano(alias.createdAt),
    custom_metadata: null,
    id: alias.id,
    last_update_time: rfc3339Nano(alias.updatedAt),
    local: false,
    merged_from_canonical_ids: null,
    metadata: Object.keys(alias.metadata).length === 0 ? null : alias.metadata,
    mount_accessor: alias.mountAccessor,
    mount_path: alias.mountPath,
    mount_type: alias.mountType,
    name: alias.name,
  };
}

function listById({ identity }: Core): BackendReply {
  const entities = identity.entities();
  const info = entities.map((entity) => [
    entity.id,
    {
      name: entity.name,
      ...(entity.aliases.length > 0 && { aliases: entity.aliases.map((alias) => aliasView(alias, entity)) }),
    },
  ]);
  return {
    data: { keys: entities.map(({ id }) => id), key_info: Object.fromEntries(info) as Record<string, unknown> },
  };
}

function listAliases({ identity }: Core): BackendReply {
  const all = identity.entities().flatMap((entity) => entity.aliases.map((alias) => ({ alias, entity })));
  const info = all.map(({ alias, entity }) => [alias.id, aliasView(alias, entity)]);
  return {
    data: { keys: all.map(({ alias }) => alias.id), key_info: Object.fromEntries(info) as Record<string, unknown> },
  };
}
