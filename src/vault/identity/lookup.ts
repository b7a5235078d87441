import type { BackendReply, Field, FieldData, Path } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { Entity, Group } from "../core/identity.js";
import { entityNamed } from "./entities.js";
import { groupNamed } from "./groups.js";
import { entityView, groupView } from "./views.js";

const QUERY: Readonly<Record<string, Field>> = {
  id: { type: "string" },
  name: { type: "string" },
  alias_id: { type: "string" },
  alias_name: { type: "string" },
  alias_mount_accessor: { type: "string" },
};

/** `lookup/entity` and `lookup/group`. (vault/identity_lookup.go) */
export const lookupPaths = (core: () => Core): Path[] => [
  {
    pattern: "lookup/entity$",
    fields: QUERY,
    operations: {
      update: ({ data }) => answer(data, findEntity(core(), data), (entity) => entityView(core(), entity)),
    },
    summary: "Find an entity",
  },
  {
    pattern: "lookup/group/?$",
    fields: QUERY,
    operations: { update: ({ data }) => answer(data, findGroup(core(), data), (group) => groupView(core(), group)) },
    summary: "Find a group",
  },
];

function answer<T>(
  data: FieldData,
  found: T | undefined,
  view: (found: T) => Readonly<Record<string, unknown>>,
): BackendReply {
  const problem = queryProblem(data);
  if (problem !== undefined) return { error: problem };
  return found === undefined ? undefined : { data: view(found) };
}

/** One thing can be asked for, or an alias by its two halves. */
function queryProblem(data: FieldData): string | undefined {
  const sent = Object.keys(QUERY).filter((name) => data.has(name)).length;
  const halves = ["alias_name", "alias_mount_accessor"].filter((name) => data.string(name) !== "").length;
  if (sent === 0) return "query parameter not supplied";
  if (sent === 1) return halves === 0 ? undefined : "both 'alias_name' and 'alias_mount_accessor' needs to be set";
  return sent === 2 && halves === 2
    ? undefined
    : "query parameter conflict; please supply distinct set of query parameters";
}

function findEntity(core: Core, data: FieldData): Entity | undefined {
  const id = data.string("id");
  if (id !== "") return core.identity.get(id);
  const name = data.string("name");
  if (name !== "") return entityNamed(core, name);
  const aliasId = data.string("alias_id");
  if (aliasId === "") return core.identity.byAlias(data.string("alias_name"), data.string("alias_mount_accessor"));
  return core.identity.entities().find(({ aliases }) => aliases.some((alias) => alias.id === aliasId));
}

function findGroup(core: Core, data: FieldData): Group | undefined {
  const id = data.string("id");
  if (id !== "") return core.identity.group(id);
  const name = data.string("name");
  if (name !== "") return groupNamed(core, name);
  const aliasId = data.string("alias_id");
  const [alias, accessor] = [data.string("alias_name"), data.string("alias_mount_accessor")];
  return core.identity
    .groups()
    .find((group) =>
      aliasId === ""
        ? group.alias?.name === alias && group.alias.mountAccessor === accessor
        : group.alias?.id === aliasId,
    );
}
