import type { BackendReply, BackendRequest } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { Namespace } from "../core/namespaces.js";
import { NOT_FOUND } from "../core/sdk.js";
import type { SysPaths } from "./context.js";

/** `namespaces*`, where a release has them; replies as the API's documentation has them. */
export const namespacePaths: SysPaths = (core) =>
  core().namespaces === undefined
    ? []
    : [
        {
          pattern: "namespaces/?$",
          operations: { list: () => list(core()) },
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
              const found = core().namespaces?.get(pathOf(core(), request));
              return found === undefined ? NOT_FOUND : { data: shown(found) };
            },
            update: (request) => create(core(), request),
            patch: (request) => create(core(), request),
            delete: (request) => {
              core().namespaces?.delete(pathOf(core(), request));
              return undefined;
            },
          },
          summary: "Make and remove namespaces",
        },
      ];

function pathOf({ namespace }: Core, { data }: BackendRequest): string {
  return `${namespace.path}${data.string("path").replace(/^\/+|\/+$/g, "")}/`;
}

function create(core: Core, request: BackendRequest): BackendReply {
  const path = pathOf(core, request);
  const name = path.slice(core.namespace.path.length, -1);
  // unverified: the words of this refusal
  if (name.includes("/")) return { error: `"${name}" holds a slash; create one namespace after the other` };
  const made = core.namespaces?.create(core, path);
  if (made === undefined) return NOT_FOUND;
  if (request.data.has("custom_metadata")) made.customMetadata = request.data.map("custom_metadata");
  return { data: shown(made) };
}

function list(core: Core): BackendReply {
  const found = core.namespaces?.below(core.namespace.path) ?? [];
  const nameOf = ({ path }: Namespace): string => path.slice(core.namespace.path.length);
  return {
    data: {
      keys: found.map(nameOf),
      key_info: Object.fromEntries(found.map((one) => [nameOf(one), shown(one)])),
    },
  };
}

function shown({ id, path, customMetadata }: Namespace): Record<string, unknown> {
  return { custom_metadata: customMetadata, id, path };
}
