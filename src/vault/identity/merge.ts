import type { BackendReply, FieldData } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { Alias, Entity } from "../core/identity.js";

/** `entity/merge`. (vault/identity_store_entities.go: pathEntityMergeID, mergeEntity) */
export function mergeEntities(core: Core, data: FieldData): BackendReply {
  const { identity } = core;
  const [toId, fromIds] = [data.string("to_entity_id"), data.list("from_entity_ids")];
  if (toId === "") return { error: "missing entity id to merge to" };
  if (fromIds.length === 0) return { error: "missing entity ids to merge from" };
  const to = identity.get(toId);
  if (to === undefined) return { error: "entity id to merge to is invalid" };
  const kept = data.list("conflicting_alias_ids_to_keep");
  if (kept.length > 1 && fromIds.length > 1) {
    return {
      error: "aliases conflicts cannot be resolved with multiple from entity ids - merge one entity at a time",
    };
  }
  const from: Entity[] = [];
  for (const id of fromIds) {
    if (id === toId) return { error: "to_entity_id should not be present in from_entity_ids" };
    const found = identity.get(id);
    if (found === undefined) return { error: "entity id to merge from is invalid" };
    from.push(found);
  }
  const clash = clashOf(to, from, kept);
  if (clash !== undefined) return clash;
  for (const one of from) absorb(core, to, one, kept);
  return undefined;
}

/** Two aliases of one mount cannot belong to one entity, unless it is said which of them stays. */
function clashOf(to: Entity, from: readonly Entity[], kept: readonly string[]): BackendReply | undefined {
  const words: string[] = [];
  const clashing: Record<string, unknown>[] = [];
  for (const one of from) {
    for (const alias of one.aliases) {
      const there = to.aliases.find(({ mountAccessor }) => mountAccessor === alias.mountAccessor);
      if (there === undefined || kept.includes(alias.id) || kept.includes(there.id)) continue;
      words.push(
        `mountAccessor: ${alias.mountAccessor}, toEntity ID: ${to.id}, fromEntity ID: ${one.id}, conflicting toEntity alias ID: ${there.id}, conflicting fromEntity alias ID: ${alias.id}`,
      );
      clashing.push(conflictView(there, to), conflictView(alias, one));
    }
  }
  if (words.length === 0) return undefined;
  const intro =
    "toEntity and at least one fromEntity have aliases with the same mount accessor, repeat the merge request specifying exactly one fromEntity, clashes: ";
  const errors = [intro, ...words].map((text) => `\t* ${text}\n`).join("");
  return { error: `${words.length + 1} errors occurred:\n${errors}\n`, data: clashing };
}

function conflictView(alias: Alias, entity: Entity): Record<string, unknown> {
  const { name, mountType, mountPath } = alias;
  return { alias: name, entity: entity.name, entity_id: entity.id, mount: mountType, mount_path: mountPath };
}

function absorb({ identity, clock }: Core, to: Entity, from: Entity, kept: readonly string[]): void {
  const dropped = (alias: Alias, others: readonly Alias[]): boolean =>
    !kept.includes(alias.id) && others.some((o) => o.mountAccessor === alias.mountAccessor && kept.includes(o.id));
  const own = to.aliases.filter((alias) => !dropped(alias, from.aliases));
  const taken = from.aliases.filter((alias) => !own.some((o) => o.mountAccessor === alias.mountAccessor));
  for (const alias of taken) {
    alias.mergedFrom = [...(alias.mergedFrom ?? []), from.id];
    alias.updatedAt = clock.now();
  }
  to.aliases = [...own, ...taken];
  to.policies = [...new Set([...to.policies, ...from.policies])].sort();
  to.mergedIds = [...(to.mergedIds ?? []), from.id];
  to.updatedAt = clock.now();
  for (const group of identity.directGroupsOf(from.id)) {
    if (!group.memberEntityIds.includes(to.id)) group.memberEntityIds = [...group.memberEntityIds, to.id];
  }
  identity.remove(from.id);
}
