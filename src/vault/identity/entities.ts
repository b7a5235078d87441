import type { BackendReply, BackendRequest, Field, FieldData, Path } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { Entity, Metadata } from "../core/identity.js";
import { genericName, NOT_FOUND } from "../core/sdk.js";
import { mergeEntities } from "./merge.js";
import { checkMetadata } from "./metadata.js";
import { entityView } from "./views.js";

const FIELDS: Readonly<Record<string, Field>> = {
  id: { type: "string" },
  name: { type: "string" },
  metadata: { type: "key-values" },
  policies: { type: "comma-list" },
  disabled: { type: "bool" },
};

/** `entity*`. (vault/identity_store_entities.go) */
export function entityPaths(core: () => Core): Path[] {
  const byId = ({ data }: BackendRequest): Entity | undefined => core().identity.get(data.string("id"));
  const byName = ({ data }: BackendRequest): Entity | undefined => entityNamed(core(), data.string("name"));
  const manage = (find: (request: BackendRequest) => Entity | undefined): Path["operations"] => ({
    read: (request) => {
      const entity = find(request);
      return entity === undefined ? undefined : { data: entityView(core(), entity) };
    },
    update: ({ data }) => update(core(), data),
    delete: (request) => {
      const entity = find(request);
      if (entity !== undefined) core().identity.remove(entity.id);
      return undefined;
    },
  });
  return [
    {
      pattern: "entity$",
      fields: FIELDS,
      operations: { update: ({ data }) => update(core(), data) },
      summary: "Create an entity",
    },
    {
      pattern: "entity/name/(?<name>.+)",
      fields: FIELDS,
      operations: manage(byName),
      summary: "Manage an entity by its name",
    },
    {
      pattern: `entity/id/${genericName("id")}`,
      fields: FIELDS,
      operations: manage(byId),
      summary: "Manage an entity by its id",
    },
    {
      pattern: "entity/batch-delete",
      fields: { entity_ids: { type: "comma-list" } },
      operations: { update: ({ data }) => removeAll(core(), data.list("entity_ids")) },
      summary: "Delete several entities",
    },
    {
      pattern: "entity/name/?$",
      operations: {
        list: () => {
          const names = core().identity.entities();
          return names.length === 0 ? NOT_FOUND : { data: { keys: names.map(({ name }) => name).sort() } };
        },
      },
      summary: "List entities by name",
    },
    { pattern: "entity/id/?$", operations: { list: () => listById(core()) }, summary: "List entities by id" },
    {
      pattern: "entity/merge/?$",
      fields: {
        from_entity_ids: { type: "comma-list" },
        to_entity_id: { type: "string" },
        force: { type: "bool" },
        conflicting_alias_ids_to_keep: { type: "comma-list" },
      },
      operations: { update: ({ data }) => mergeEntities(core(), data) },
      summary: "Make one entity of several",
    },
  ];
}

/** Names are compared without regard to case. */
export function entityNamed({ identity }: Core, name: string): Entity | undefined {
  return identity.entities().find((entity) => entity.name.toLowerCase() === name.toLowerCase());
}

function removeAll({ identity }: Core, ids: readonly string[]): BackendReply {
  if (ids.length === 0) return { error: "missing entity ids to delete" };
  for (const id of ids) identity.remove(id);
  return undefined;
}

/** (vault/identity_store_entities.go: handleEntityUpdateCommon) */
function update(core: Core, data: FieldData): BackendReply {
  const { identity, clock } = core;
  const [id, name] = [data.string("id"), data.string("name")];
  const identified = id === "" ? undefined : identity.get(id);
  if (id !== "" && identified === undefined) return { error: "entity not found from id" };
  const namesake = name === "" ? undefined : entityNamed(core, name);
  if (identified !== undefined && namesake !== undefined && namesake !== identified) {
    return { error: "entity name is already in use" };
  }
  const policies = data.has("policies") ? policyNames(data.list("policies")) : undefined;
  if (policies?.includes("root") === true) return { error: "policies cannot contain root" };
  const metadata = data.has("metadata") ? (data.map("metadata") as Metadata) : undefined;
  if (metadata !== undefined) checkMetadata(metadata, "entity");
  const known = identified ?? namesake;
  const entity = known ?? identity.add(name === "" ? {} : { name });
  if (name !== "") entity.name = name;
  if (metadata !== undefined) entity.metadata = metadata;
  if (policies !== undefined) entity.policies = policies;
  if (data.has("disabled")) entity.disabled = data.bool("disabled");
  entity.updatedAt = known === undefined ? entity.createdAt : clock.now();
  identity.changed();
  return known === undefined ? { data: { aliases: null, id: entity.id, name: entity.name } } : undefined;
}

/** Sorted and each one once, in the case in which they were written. (strutil.RemoveDuplicates) */
function policyNames(sent: readonly string[]): string[] {
  return [...new Set(sent.map((name) => name.trim()).filter((name) => name !== ""))].sort();
}

function listById({ identity, mounts }: Core): BackendReply {
  const entities = identity.entities();
  if (entities.length === 0) return NOT_FOUND;
  const mountOf = (accessor: string) => mounts.list().find(({ mount }) => mount.accessor === accessor)?.mount;
  const info = entities.map((entity) => [
    entity.id,
    {
      name: entity.name,
      ...(entity.aliases.length > 0 && {
        aliases: entity.aliases.map((alias) => {
          const mount = mountOf(alias.mountAccessor);
          return {
            id: alias.id,
            name: alias.name,
            mount_accessor: alias.mountAccessor,
            ...(mount !== undefined && { mount_path: mount.path, mount_type: mount.type }),
          };
        }),
      }),
    },
  ]);
  return {
    data: { keys: entities.map(({ id }) => id), key_info: Object.fromEntries(info) as Record<string, unknown> },
  };
}
