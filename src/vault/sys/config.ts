import { type BackendReply, VaultError } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { standardCorsHeaders } from "../http/cors.js";
import type { SysPaths } from "./context.js";

/** `config/cors`. (vault/logical_system.go: handleCORSRead and others) */
export const configPaths: SysPaths = (core) => [
  {
    pattern: "config/cors$",
    fields: {
      enable: { type: "bool", default: true },
      allowed_origins: { type: "comma-list" },
      allowed_headers: { type: "comma-list" },
    },
    operations: {
      read: () => readCors(core()),
      update: ({ data }) => {
        const origins = data.list("allowed_origins");
        if (origins.length === 0) throw new VaultError(500, "at least one origin or the wildcard must be provided");
        if (origins.includes("*") && origins.length > 1)
          throw new VaultError(500, "to allow all origins the '*' must be the only value for allowed_origins");
        core().settings.cors = {
          origins,
          headers: [...standardCorsHeaders(core().release), ...data.list("allowed_headers")],
        };
        return undefined;
      },
      delete: () => {
        core().settings.cors = undefined;
        return undefined;
      },
    },
    summary: "Which web pages may talk to the API",
  },
];

function readCors({ settings: { cors } }: Core): BackendReply {
  if (cors === undefined) return { data: { enabled: false } };
  return { data: { enabled: true, allowed_origins: cors.origins, allowed_headers: cors.headers } };
}
