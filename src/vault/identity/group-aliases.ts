import { goQuote } from "../../runtime/index.js";
import type { BackendReply, Field, FieldData, Path } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { Alias, Group } from "../core/identity.js";
import { genericName, NOT_FOUND } from "../core/sdk.js";
import { mountByAccessor } from "./aliases.js";
import { aliasView, without } from "./views.js";

const FIELDS: Readonly<Record<string, Field>> = {
  id: { type: "string" },
  name: { type: "string" },
  mount_accessor: { type: "string" },
  canonical_id: { type: "string" },
};

interface Found {
  readonly alias: Alias;
  readonly group: Group;
}

/** `group-alias*`: what an external group is called by an auth method. (vault/identity_store_group_aliases.go) */
export const groupAliasPaths = (core: () => Core): Path[] => [
  {
    pattern: "group-alias$",
    fields: FIELDS,
    operations: {
      update: ({ data }) => (data.has("id") ? updateById(core(), data) : write(core(), data, undefined)),
    },
    summary: "Create a group alias",
  },
  {
    pattern: `group-alias/id/${genericName("id")}`,
    fields: FIELDS,
    operations: {
      read: ({ data }) => {
        const found = byId(core(), data.string("id"));
        return found && { data: { ...aliasView(core(), found.alias, found.group.id), namespace_id: "root" } };
      },
      update: ({ data }) => updateById(core(), data),
      delete: ({ data }) => {
        const found = byId(core(), data.string("id"));
        if (found !== undefined) found.group.alias = undefined;
        return undefined;
      },
    },
    summary: "Manage a group alias by its id",
  },
  { pattern: "group-alias/id/?$", operations: { list: () => list(core()) }, summary: "List group aliases" },
];

function all({ identity }: Core): Found[] {
  return identity.groups().flatMap((group) => (group.alias === undefined ? [] : [{ alias: group.alias, group }]));
}

function byId(core: Core, id: string): Found | undefined {
  return all(core).find(({ alias }) => alias.id === id);
}

/** What a list does not tell of an alias. */
const UNLISTED = ["id", "creation_time", "last_update_time", "merged_from_canonical_ids", "metadata"] as const;

function list(core: Core): BackendReply {
  const found = all(core);
  if (found.length === 0) return NOT_FOUND;
  const info = found.map(({ alias, group }) => {
    const view = without(aliasView(core, alias, group.id), ...UNLISTED);
    return [alias.id, view];
  });
  return {
    data: { keys: found.map(({ alias }) => alias.id), key_info: Object.fromEntries(info) as Record<string, unknown> },
  };
}

function updateById(core: Core, data: FieldData): BackendReply {
  const id = data.string("id");
  if (id === "") return { error: "empty group alias ID" };
  const found = byId(core, id);
  return found === undefined ? { error: "invalid group alias ID" } : write(core, data, found);
}

/** (handleGroupAliasUpdateCommon) */
function write(core: Core, data: FieldData, found: Found | undefined): BackendReply {
  const [name, accessor, canonicalId] = [
    data.string("name"),
    data.string("mount_accessor"),
    data.string("canonical_id"),
  ];
  if (name === "") return { error: "missing alias name" };
  if (accessor === "") return { error: "missing mount_accessor" };
  const same = found?.alias.name === name && found.alias.mountAccessor === accessor;
  if (same && (canonicalId === "" || canonicalId === found.group.id)) return undefined;
  const wanted = canonicalId === "" ? undefined : core.identity.group(canonicalId);
  if (canonicalId !== "" && wanted === undefined) return { error: "invalid group ID given in 'canonical_id'" };
  if (wanted?.type === "internal") return { error: "alias can't be set on an internal group" };
  const mount = mountByAccessor(core, accessor);
  if (mount === undefined) return { error: `invalid mount accessor ${goQuote(accessor)}` };
  if (mount.local) return { error: `mount accessor ${goQuote(accessor)} is a local mount` };
  const namesake = all(core).find(({ alias }) => alias.name === name && alias.mountAccessor === accessor);
  if (namesake !== undefined && namesake.alias !== found?.alias) {
    return { error: "combination of mount and group alias name is already in use" };
  }
  const group = wanted ?? found?.group ?? core.identity.addGroup("", "external");
  const origin = { name, metadata: {}, mountAccessor: accessor, mountType: mount.type, mountPath: mount.path };
  const alias = found?.alias ?? core.identity.newAlias(origin, null);
  Object.assign(alias, { ...origin, updatedAt: core.clock.now() });
  if (found !== undefined && found.group !== group) found.group.alias = undefined;
  group.alias = alias;
  group.revision++;
  core.identity.changed();
  return { data: { canonical_id: group.id, id: alias.id } };
}
