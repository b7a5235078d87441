import { goQuote } from "../../runtime/index.js";
import type { BackendReply, BackendRequest, Field, Path } from "../core/backend.js";
import type { BackendType, Core } from "../core/core.js";
import type { Mounted } from "../core/mounts.js";
import type { SysPaths } from "./context.js";
import { newMountConfig, settings } from "./mount-config.js";
import { mountView, shownPath } from "./mount-view.js";
import { readTune, TUNE_FIELDS, versionProblem, writeTune } from "./tune.js";

/** What tells the two tables of mounts apart, in paths and in words. */
interface Table {
  readonly kind: "auth" | "secret";
  readonly route: "auth" | "mounts";
  readonly prefix: "auth/" | "";
  readonly missing: (path: string) => string;
}

const AUTH: Table = { kind: "auth", route: "auth", prefix: "auth/", missing: (path) => `No auth engine at ${path}` };
const SECRETS: Table = {
  kind: "secret",
  route: "mounts",
  prefix: "",
  missing: (path) => `No secret engine mount at ${path}`,
};

const FIELDS: Readonly<Record<string, Field>> = {
  path: { type: "string" },
  type: { type: "string" },
  description: { type: "string" },
  config: { type: "map" },
  local: { type: "bool" },
  seal_wrap: { type: "bool" },
  external_entropy_access: { type: "bool" },
  plugin_name: { type: "string" },
  plugin_version: { type: "string" },
  options: { type: "key-values" },
};

/** `auth*` and `mounts*`. (vault/logical_system.go, vault/mount.go, vault/auth.go) */
export const mountPaths: SysPaths = (core) => [...tablePaths(core, AUTH), ...tablePaths(core, SECRETS)];

function tablePaths(core: () => Core, table: Table): Path[] {
  const tuned = (request: BackendRequest): string => table.prefix + pathOf(request);
  return [
    { pattern: `${table.route}$`, operations: { read: () => list(core(), table) }, summary: "List the mounts" },
    {
      pattern: `${table.route}/(?<path>.+?)/tune$`,
      fields: TUNE_FIELDS,
      operations: {
        read: (request) => readTune(core(), tuned(request)),
        update: (request) => writeTune(core(), tuned(request), request),
      },
      summary: "Tune a mount",
    },
    {
      pattern: `${table.route}/(?<path>.+)`,
      fields: FIELDS,
      operations: {
        read: (request) => readMount(core(), table, request),
        update: (request) => enable(core(), table, request),
        delete: (request) => disable(core(), table, request),
      },
      summary: "Enable and disable a mount",
    },
  ];
}

function pathOf({ data }: BackendRequest): string {
  return `${data.string("path").replace(/^\/+|\/+$/g, "")}/`;
}

function inTable({ mount }: Mounted, { kind }: Table): boolean {
  return kind === "auth" ? mount.class === "auth" : mount.class !== "auth";
}

function list(core: Core, table: Table): BackendReply {
  const mounts = core.mounts.list().filter((mounted) => inTable(mounted, table));
  return { data: Object.fromEntries(mounts.map(({ mount }) => [shownPath(mount), mountView(core, mount)])) };
}

function readMount(core: Core, table: Table, request: BackendRequest): BackendReply {
  const path = pathOf(request);
  // Only secrets engines are found by a path below them, too.
  const mounted = table.kind === "auth" ? core.mounts.get(table.prefix + path) : core.mounts.match(path);
  if (mounted === undefined) return { error: table.missing(path) };
  return { data: mountView(core, mounted.mount) };
}

const PROTECTED_SECRETS = ["audit/", "auth/", "sys/", "cubbyhole/", "identity/"] as const;
/** Types of which there is one mount each, made at the start. */
const SINGLETONS: ReadonlySet<string> = new Set(["cubbyhole", "system", "token", "identity"]);

/** The version of a KV engine that may be asked for; none is the first. */
const KV_VERSIONS: ReadonlySet<string> = new Set(["", "1", "2"]);

async function enable(core: Core, table: Table, request: BackendRequest): Promise<BackendReply> {
  const { data } = request;
  const path = pathOf(request);
  const sent = data.map("config");
  const config = newMountConfig(sent, table.kind === "auth");
  if (typeof config === "string") return { error: config };
  const wanted = typeOf(request);
  if ("error" in wanted) return wanted;
  const options = optionsOf(request, table, wanted.type);
  if ("error" in options) return options;
  const version = sent.plugin_version;
  if (typeof version === "string" && version !== "") {
    const problem = versionProblem(core, table.kind, options.type, version);
    if (problem !== undefined) return { error: problem };
  }
  const tune = settings(table.kind === "auth" ? { ...sent, force_no_cache: undefined } : sent);
  if (typeof tune === "string") return { error: tune };
  const type = (table.kind === "auth" ? core.registry.auth : core.registry.secrets).get(options.type);
  const taken = mountProblem(core, table, path, type, options.type);
  if (taken !== undefined) return { error: taken };
  if (type === undefined) return undefined;
  if (options.type === "kv" && !KV_VERSIONS.has(options.options?.version ?? "")) {
    return { error: 'nil backend of type "kv" returned from factory' };
  }
  core.mounts.add(
    {
      class: table.kind,
      path: table.prefix + path,
      type: options.type,
      runningVersion: type.runningVersion(core.release),
      description: data.string("description"),
      options: options.options,
      config,
      tune,
      local: data.bool("local"),
      sealWrap: data.bool("seal_wrap"),
      externalEntropyAccess: data.bool("external_entropy_access"),
      pluginVersion: typeof sent.plugin_version === "string" ? sent.plugin_version : "",
    },
    await type.load(),
  );
  return undefined;
}

function typeOf({ data }: BackendRequest): { readonly type: string } | { readonly error: string } {
  const type = data.string("type");
  if (type === "") return { error: "backend type must be specified as a string" };
  if (type !== "plugin") return { type };
  const named = data.map("config").plugin_name ?? data.string("plugin_name");
  return typeof named === "string" && named !== ""
    ? { type: named }
    : { error: "plugin_name must be provided for plugin backend" };
}

type Options = { readonly type: string; readonly options: Record<string, string> | null } | { readonly error: string };

function optionsOf({ body, data }: BackendRequest, { kind }: Table, type: string): Options {
  // Go tells a map that nobody has made from an empty one.
  if (body.options === null) return { type, options: null };
  const options = Object.fromEntries(Object.entries(data.map("options")).map(([key, value]) => [key, String(value)]));
  if (kind === "auth") {
    if ((options.version ?? "") === "") return { type, options };
    return { error: `auth method ${goQuote(type)} does not allow setting a version` };
  }
  if (type === "kv-v1" || type === "kv-v2") return { type: "kv", options: { ...options, version: type.slice(-1) } };
  if (type !== "kv" && (options.version ?? "") !== "") {
    return { error: `secrets engine "${type}" does not allow setting a version` };
  }
  return { type, options };
}

function mountProblem(
  core: Core,
  table: Table,
  path: string,
  type: BackendType | undefined,
  name: string,
): string | undefined {
  if (table.kind === "auth") {
    const conflict = core.mounts.conflict(`auth/${path}`);
    if (conflict !== undefined) return `path is already in use at ${conflict.replace(/^auth\//, "")}`;
    if (name === "token") return "token credential backend cannot be instantiated";
    return type === undefined ? `plugin not found in the catalog: ${name}` : undefined;
  }
  const reserved = PROTECTED_SECRETS.find((start) => path.startsWith(start));
  if (reserved !== undefined) return `cannot mount "${path}"`;
  if (SINGLETONS.has(name)) return `mount type of "${name}" is not mountable`;
  const conflict = core.mounts.conflict(path);
  if (conflict !== undefined) return `path is already in use at ${conflict}`;
  return type === undefined ? `plugin not found in the catalog: ${name}` : undefined;
}

function disable(core: Core, table: Table, request: BackendRequest): BackendReply {
  const path = pathOf(request);
  const mounted = core.mounts.get(table.prefix + path);
  if (mounted === undefined) return undefined;
  if (table.kind === "auth" && path === "token/") return { error: "token credential backend cannot be disabled" };
  if (table.kind === "secret" && PROTECTED_SECRETS.some((start) => path.startsWith(start)))
    return { error: `cannot unmount "${path}"` };
  core.leases.revokePrefix(mounted.mount.path);
  core.mounts.remove(mounted.mount.path);
  return undefined;
}
