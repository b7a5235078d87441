import type { Core } from "../core/core.js";
import { rfc3339Nano } from "../core/go.js";
import type { Alias, Entity, Group } from "../core/identity.js";

/** An alias inside an entity, or where aliases are listed. (vault/identity_store_entities.go: handleEntityReadCommon) */
export function aliasView(core: Core, alias: Alias, canonicalId: string): Record<string, unknown> {
  return {
    ...groupAliasView(core, alias, canonicalId),
    custom_metadata: alias.customMetadata,
    local: false,
  };
}

/** An alias inside a group. (vault/identity_store_groups.go: handleGroupReadCommon) */
export function groupAliasView(core: Core, alias: Alias, canonicalId: string): Record<string, unknown> {
  const mount = core.mounts.list().find((one) => one.mount.accessor === alias.mountAccessor)?.mount;
  return {
    canonical_id: canonicalId,
    creation_time: rfc3339Nano(alias.createdAt),
    id: alias.id,
    last_update_time: rfc3339Nano(alias.updatedAt),
    merged_from_canonical_ids: alias.mergedFrom,
    metadata: Object.keys(alias.metadata).length === 0 ? null : alias.metadata,
    mount_accessor: alias.mountAccessor,
    ...(mount !== undefined && { mount_path: mount.path, mount_type: mount.type }),
    name: alias.name,
  };
}

export function entityView(core: Core, entity: Entity): Record<string, unknown> {
  const direct = core.identity.directGroupsOf(entity.id);
  const all = core.identity.groupsOf(entity.id);
  const inherited = all.filter((group) => !direct.includes(group));
  return {
    aliases: entity.aliases.map((alias) => aliasView(core, alias, entity.id)),
    creation_time: rfc3339Nano(entity.createdAt),
    direct_group_ids: direct.map(({ id }) => id),
    disabled: entity.disabled,
    group_ids: all.map(({ id }) => id),
    id: entity.id,
    inherited_group_ids: inherited.map(({ id }) => id),
    last_update_time: rfc3339Nano(entity.updatedAt),
    merged_entity_ids: entity.mergedIds,
    metadata: entity.metadata,
    name: entity.name,
    namespace_id: "root",
    policies: entity.policies,
  };
}

export function groupView(core: Core, group: Group): Record<string, unknown> {
  const members = core.identity.groups().filter(({ parentIds }) => parentIds.includes(group.id));
  return {
    alias: group.alias === undefined ? {} : groupAliasView(core, group.alias, group.id),
    creation_time: rfc3339Nano(group.createdAt),
    id: group.id,
    last_update_time: rfc3339Nano(group.updatedAt),
    member_entity_ids: orNull(group.memberEntityIds),
    member_group_ids: orNull(members.map(({ id }) => id)),
    metadata: group.metadata,
    modify_index: group.revision,
    name: group.name,
    namespace_id: "root",
    parent_group_ids: orNull(group.parentIds),
    policies: group.policies,
    type: group.type,
  };
}

/** An empty slice of Go that nobody has made. */
function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

/** A view without some of its keys, for lists. */
export function without(view: Readonly<Record<string, unknown>>, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(view).filter(([name]) => !names.includes(name)));
}
