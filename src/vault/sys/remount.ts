import { goQuote } from "../../runtime/index.js";
import type { BackendReply, BackendRequest } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { serverName } from "../release.js";
import type { SysPaths } from "./context.js";

interface Migration {
  readonly source_mount: string;
  readonly target_mount: string;
  readonly status: "success";
}

const PROTECTED = ["audit/", "auth/", "sys/", "cubbyhole/", "identity/"] as const;

/** `remount`: moves a mount, at once, though the reply speaks of a queue. (vault/logical_system.go: handleRemount) */
export const remountPaths: SysPaths = (core) => {
  const migrations = new Map<string, Migration>();
  return [
    {
      pattern: "remount",
      fields: { from: { type: "string" }, to: { type: "string" } },
      operations: { update: (request) => remount(core(), request, migrations) },
      summary: "Move a mount",
    },
    {
      pattern: "remount/status/(?<migration_id>.+?)$",
      fields: { migration_id: { type: "string" } },
      operations: {
        read: ({ data }) => {
          const id = data.string("migration_id");
          const info = migrations.get(id);
          return info === undefined ? undefined : { data: { migration_id: id, migration_info: info } };
        },
      },
      summary: "State of a move",
    },
  ];
};

function remount(core: Core, { data }: BackendRequest, migrations: Map<string, Migration>): BackendReply {
  const [from, to] = [data.string("from"), data.string("to")];
  if (from === "" || to === "") return { error: "both 'from' and 'to' path must be specified as a string" };
  if (/^ | $/.test(from)) return { error: "'from' path cannot contain trailing whitespace" };
  if (/^ | $/.test(to)) return { error: "'to' path cannot contain trailing whitespace" };
  const [source, target] = [clean(from), clean(to)];
  const problem = forbidden(source, target);
  if (problem !== undefined) return { error: problem };
  if (core.mounts.get(source) === undefined) return { error: `no matching mount at ${goQuote(source)}` };
  const taken = core.mounts.conflict(target);
  if (taken !== undefined) return { error: `path already in use at ${goQuote(taken)}` };
  core.leases.revokePrefix(source);
  core.mounts.move(source, target);
  const id = core.ids.uuid();
  migrations.set(id, { source_mount: source, target_mount: target, status: "success" });
  const warning = `Mount move has been queued. Progress will be reported in ${serverName(core.release)}'s server log, tagged with the returned migration_id`;
  return { data: { migration_id: id }, warnings: [warning] };
}

function clean(path: string): string {
  return `${path.replace(/^\/+|\/+$/g, "")}/`;
}

function forbidden(source: string, target: string): string | undefined {
  if (source.startsWith("auth/")) {
    if (!target.startsWith("auth/")) return `cannot remount auth mount to non-auth mount ${goQuote(target)}`;
    if (source.startsWith("auth/token/")) return `cannot remount ${goQuote(source)}`;
    return target.startsWith("auth/token/") ? `cannot remount to destination ${goQuote(target)}` : undefined;
  }
  if (PROTECTED.some((start) => source.startsWith(start))) return `cannot remount ${goQuote(source)}`;
  return PROTECTED.some((start) => target.startsWith(start)) ? `cannot remount to destination ${target}` : undefined;
}
