import type { BackendReply, BackendRequest } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { Namespace } from "../core/namespaces.js";
import { goType } from "../core/go.js";
import { NOT_FOUND } from "../core/sdk.js";
import { hasQuirk } from "../release.js";
import type { SysPaths } from "./context.js";

/** `namespaces*`, where a release has them; replies as the API's documentation has them. */
export const namespacePaths: SysPaths = (core) =>
  core().namespaces === undefined
    ? []
    : [
        {
          pattern: "namespaces/?$",
          operations: {
            list: () => list(core()),
            ...(isOpenBao(core()) && { scan: () => list(core(), true) }),
          },
          summary: "List the namespaces below this one",
        },
        {
          pattern: "namespaces/(?<path>.+)",
          fields: {
            path: { type: "string", description: "The namespace's path from here" },
            custom_metadata: { type: "map", description: "Texts that describe the namespace" },
          },
          operations: {
            read: (request) => {
              const unnamed = nameProblem(core(), request);
              if (unnamed !== undefined) return { error: unnamed };
              const found = core().namespaces?.get(pathOf(core(), request));
              return found === undefined ? NOT_FOUND : { data: shown(core(), found) };
            },
            update: (request) => create(core(), request),
            patch: (request) => (isOpenBao(core()) ? change(core(), request) : create(core(), request)),
            delete: (request) => remove(core(), request),
          },
          summary: "Make and remove namespaces",
        },
      ];

function isOpenBao({ release }: Core): boolean {
  return hasQuirk(release, "namespaces-tell-their-state");
}

const RESERVED: ReadonlySet<string> = new Set(["root", "sys", "audit", "auth", "cubbyhole", "identity"]);

/** (OpenBao: helper/namespace ParseName) */
function nameProblem(core: Core, { data }: BackendRequest): string | undefined {
  if (!isOpenBao(core)) return undefined;
  const name = data.string("path").replace(/^\/+|\/+$/g, "");
  if (name === "") return "namespace name cannot be empty";
  if (name.includes("/")) return "namespace name cannot contain /";
  return RESERVED.has(name) ? `"${name}/" is a reserved path and cannot be used as a namespace name` : undefined;
}

function pathOf({ namespace }: Core, { data }: BackendRequest): string {
  return `${namespace.path}${data.string("path").replace(/^\/+|\/+$/g, "")}/`;
}

function create(core: Core, request: BackendRequest): BackendReply {
  const unnamed = nameProblem(core, request);
  if (unnamed !== undefined) return { error: unnamed };
  const wrote = request.data.has("custom_metadata") ? request.data.map("custom_metadata") : {};
  if (isOpenBao(core) && Object.values(wrote).some((value) => typeof value !== "string"))
    return { error: "custom_metadata values must be strings" };
  const path = pathOf(core, request);
  const unfit = isOpenBao(core) ? placeProblem(core, path.slice(core.namespace.path.length)) : undefined;
  if (unfit !== undefined) return { error: unfit };
  const name = path.slice(core.namespace.path.length, -1);
  // unverified: the words of this refusal
  if (name.includes("/")) return { error: `"${name}" holds a slash; create one namespace after the other` };
  const made = core.namespaces?.create(core, path);
  if (made === undefined) return NOT_FOUND;
  if (isOpenBao(core) || request.data.has("custom_metadata")) made.customMetadata = wrote;
  return { data: shown(core, made) };
}

/** (OpenBao: vault/namespace_store.go ModifyNamespaceByPath) */
function placeProblem({ mounts, namespaces, namespace }: Core, name: string): string | undefined {
  if (/\s/.test(name))
    return `"${name.slice(0, -1)}" contains space characters that cannot be used in a namespace name`;
  if (namespaces?.get(`${namespace.path}${name}`) !== undefined) return undefined;
  return mounts.get(name) === undefined ? undefined : `new namespace conflicts with existing mount: ${name}`;
}

/** A merge patch of the metadata; null clears it. */
function change(core: Core, request: BackendRequest): BackendReply {
  const { data, body } = request;
  const unnamed = nameProblem(core, request);
  if (unnamed !== undefined) return { error: unnamed };
  const patch = data.has("custom_metadata") ? data.map("custom_metadata") : {};
  const odd = Object.values(patch).find((value) => value !== null && typeof value !== "string");
  if (odd !== undefined) return { error: `metadata patch can only have string or null values, got ${goType(odd)}` };
  const found = core.namespaces?.get(pathOf(core, request));
  if (found === undefined) return { error: "namespace not found" };
  const merged = body.custom_metadata === null ? {} : { ...found.customMetadata, ...patch };
  found.customMetadata = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
  return { data: shown(core, found) };
}

function remove(core: Core, request: BackendRequest): BackendReply {
  const unnamed = nameProblem(core, request);
  if (unnamed !== undefined) return { error: unnamed };
  const path = pathOf(core, request);
  const there = core.namespaces?.get(path) !== undefined;
  if (isOpenBao(core) && (core.namespaces?.below(path).length ?? 0) > 0)
    return { error: "unable to delete namespace containing child namespaces" };
  core.namespaces?.delete(path);
  if (!isOpenBao(core)) return undefined;
  return there ? { data: { status: "in-progress" } } : { warnings: ["requested namespace does not exist"] };
}

function list(core: Core, deep = false): BackendReply {
  const below = (path: string): Namespace[] =>
    (core.namespaces?.below(path) ?? []).flatMap((one) => (deep ? [one, ...below(one.path)] : [one]));
  const found = below(core.namespace.path);
  const nameOf = ({ path }: Namespace): string => path.slice(core.namespace.path.length);
  return {
    data: {
      keys: found.map(nameOf),
      key_info: Object.fromEntries(found.map((one) => [nameOf(one), shown(core, one)])),
    },
  };
}

function shown(core: Core, { id, uuid, path, customMetadata }: Namespace): Record<string, unknown> {
  if (!isOpenBao(core)) return { custom_metadata: customMetadata, id, path };
  return { custom_metadata: customMetadata, id, locked: false, path, tainted: false, uuid };
}
