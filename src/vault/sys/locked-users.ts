import type { BackendReply, BackendRequest } from "../core/backend.js";
import { type Core, coreQuirk } from "../core/core.js";
import type { SysPaths } from "./context.js";

/** `locked-users`: who failed to log in too often. (vault/logical_system_user_lockout.go) */
export const lockedUserPaths: SysPaths = (core) =>
  coreQuirk(core(), "users-are-locked-out")
    ? [
        {
          pattern: "locked-users/(?<mount_accessor>.+?)/unlock/(?<alias_identifier>.+)",
          fields: { mount_accessor: { type: "string" }, alias_identifier: { type: "string" } },
          operations: {
            update: ({ data }) => {
              core().lockouts.unlock(data.string("mount_accessor"), data.string("alias_identifier"));
              return undefined;
            },
          },
          summary: "Unlock a user",
        },
        {
          pattern: "locked-users",
          fields: { mount_accessor: { type: "string" } },
          operations: { read: (request) => listed(core(), request) },
          summary: "Users that are locked out, by mount",
        },
      ]
    : [];

function listed({ lockouts, namespace }: Core, { data }: BackendRequest): BackendReply {
  const accessor = data.string("mount_accessor");
  const locked = lockouts.locked();
  const rows = accessor === "" ? [...locked] : [[accessor, locked.get(accessor) ?? null] as const];
  const mounts = rows.map(([mount_accessor, aliases]) => ({
    mount_accessor,
    counts: aliases?.length ?? 0,
    alias_identifiers: aliases,
  }));
  mounts.sort((a, b) => b.counts - a.counts);
  const total = mounts.reduce((sum, { counts }) => sum + counts, 0);
  const here = { namespace_id: namespace.id, namespace_path: namespace.path, counts: total, mount_accessors: mounts };
  return { data: { by_namespace: mounts.length === 0 ? [] : [here], total } };
}
