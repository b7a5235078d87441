import { goQuote } from "../../runtime/index.js";
import type { BackendReply, BackendRequest, Field, FieldData, Path } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { type Alias, type Entity, isNamed, type Metadata } from "../core/identity.js";
import type { MountEntry } from "../core/mounts.js";
import { genericName, NOT_FOUND } from "../core/sdk.js";
import { aliasView, without } from "./views.js";

const FIELDS: Readonly<Record<string, Field>> = {
  id: { type: "string" },
  entity_id: { type: "string", deprecated: true },
  canonical_id: { type: "string" },
  mount_accessor: { type: "string" },
  name: { type: "string" },
  custom_metadata: { type: "key-values" },
};

interface Found {
  readonly alias: Alias;
  readonly entity: Entity;
}

/** `entity-alias*`. (vault/identity_store_aliases.go) */
export const aliasPaths = (core: () => Core): Path[] => [
  {
    pattern: "entity-alias$",
    fields: FIELDS,
    operations: { update: ({ data }) => write(core(), data) },
    summary: "Create an alias",
  },
  {
    pattern: `entity-alias/id/${genericName("id")}`,
    fields: FIELDS,
    operations: {
      read: (request) => read(core(), request),
      update: ({ data }) => write(core(), data),
      delete: ({ data }) => {
        const found = aliasById(core(), data.string("id"));
        if (found === undefined) return undefined;
        found.entity.aliases = found.entity.aliases.filter((alias) => alias !== found.alias);
        core().identity.changed();
        return undefined;
      },
    },
    summary: "Manage an alias by its id",
  },
  { pattern: "entity-alias/id/?$", operations: { list: () => list(core()) }, summary: "List aliases" },
];

function aliasById({ identity }: Core, id: string): Found | undefined {
  for (const entity of identity.entities()) {
    const alias = entity.aliases.find((one) => one.id === id);
    if (alias !== undefined) return { alias, entity };
  }
  return undefined;
}

function read(core: Core, { data }: BackendRequest): BackendReply {
  const found = aliasById(core, data.string("id"));
  return found && { data: { ...aliasView(core, found.alias, found.entity.id), namespace_id: "root" } };
}

/** What a list does not tell of an alias. */
const UNLISTED = ["id", "creation_time", "last_update_time", "merged_from_canonical_ids", "metadata"] as const;

function list(core: Core): BackendReply {
  const all = core.identity.entities().flatMap((entity) => entity.aliases.map((alias) => ({ alias, entity })));
  if (all.length === 0) return NOT_FOUND;
  const info = all.map(({ alias, entity }) => {
    const view = without(aliasView(core, alias, entity.id), ...UNLISTED);
    return [alias.id, view];
  });
  return {
    data: { keys: all.map(({ alias }) => alias.id), key_info: Object.fromEntries(info) as Record<string, unknown> },
  };
}

export function mountByAccessor({ mounts }: Core, accessor: string): MountEntry | undefined {
  return mounts.list().find(({ mount }) => mount.accessor === accessor)?.mount;
}

/** (handleAliasCreateUpdate) */
function write(core: Core, data: FieldData): BackendReply {
  const [id, name, accessor] = [data.string("id"), data.string("name"), data.string("mount_accessor")];
  const canonicalId = data.string("canonical_id") || data.string("entity_id");
  const custom = data.has("custom_metadata") ? (data.map("custom_metadata") as Metadata) : undefined;
  if (id !== "") {
    const found = aliasById(core, id);
    if (found === undefined) return { error: "invalid alias ID provided" };
    if (accessor === "" && name === "" && canonicalId === "" && custom === undefined) return undefined;
    return update(core, found, {
      canonicalId,
      name: name === "" ? found.alias.name : name,
      accessor: accessor === "" ? found.alias.mountAccessor : accessor,
      custom: custom ?? found.alias.customMetadata ?? {},
    });
  }
  if (accessor === "" || name === "") return { error: "'id' or 'mount_accessor' and 'name' must be provided" };
  const mount = mountByAccessor(core, accessor);
  if (mount === undefined) return { error: `invalid mount accessor ${goQuote(accessor)}` };
  const entity = core.identity.byAlias(name, accessor);
  const alias = entity?.aliases.find((one) => isNamed(one, name, accessor));
  if (entity !== undefined && alias !== undefined) {
    return update(core, { alias, entity }, { canonicalId, name, accessor, custom: custom ?? {} });
  }
  return create(core, { canonicalId, name, custom: custom ?? {} }, mount);
}

interface Wanted {
  readonly canonicalId: string;
  readonly name: string;
  readonly accessor: string;
  readonly custom: Metadata;
}

function create(core: Core, { canonicalId, name, custom }: Omit<Wanted, "accessor">, mount: MountEntry): BackendReply {
  const { identity } = core;
  const named = canonicalId === "" ? undefined : identity.get(canonicalId);
  if (canonicalId !== "" && named === undefined) return { error: "invalid canonical ID" };
  if (named?.aliases.some(({ mountAccessor }) => mountAccessor === mount.accessor) === true) {
    return { error: "Alias already exists for requested entity and mount accessor" };
  }
  const entity = named ?? identity.add();
  const origin = { name, metadata: {}, mountAccessor: mount.accessor, mountType: mount.type, mountPath: mount.path };
  const alias = identity.addAlias(entity, origin, custom);
  return { data: { canonical_id: entity.id, id: alias.id } };
}

/** (handleAliasUpdate) */
function update(core: Core, { alias, entity }: Found, { canonicalId, name, accessor, custom }: Wanted): BackendReply {
  const moves = canonicalId !== "" && canonicalId !== entity.id;
  const remounts = accessor !== alias.mountAccessor;
  const changes = name !== alias.name || remounts || !isSame(custom, alias.customMetadata ?? {});
  if (!changes && !moves) return undefined;
  const hasOne = ({ aliases }: Entity): boolean => aliases.some(({ mountAccessor }) => mountAccessor === accessor);
  if (remounts && !moves && hasOne(entity)) {
    return { error: "Alias cannot be updated as the entity already has an alias for the given 'mount_accessor' " };
  }
  const mount = mountByAccessor(core, accessor);
  if (mount === undefined) return { error: `invalid mount accessor ${goQuote(accessor)}` };
  if (changes) {
    const other = core.identity.byAlias(name, accessor)?.aliases.find((one) => isNamed(one, name, accessor));
    if (other !== undefined && other !== alias) {
      return { error: "alias with combination of mount accessor and name already exists" };
    }
  }
  const target = moves ? core.identity.get(canonicalId) : entity;
  if (target === undefined) return { error: "given 'canonical_id' is not associated with an entity" };
  if (moves && hasOne(target)) {
    return { error: "Alias cannot be updated as the given entity already has an alias for this mount " };
  }
  const updatedAt = core.clock.now();
  Object.assign(alias, { name, mountAccessor: accessor, mountType: mount.type, mountPath: mount.path });
  Object.assign(alias, { customMetadata: custom, updatedAt });
  if (moves) {
    entity.aliases = entity.aliases.filter((one) => one !== alias);
    target.aliases = [...target.aliases, alias];
  }
  core.identity.changed();
  return { data: { canonical_id: target.id, id: alias.id } };
}

function isSame(a: Metadata, b: Metadata): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
