import type { BackendReply, BackendRequest, Field } from "../core/backend.js";
import { VaultError } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { unspent } from "../token/lookup.js";
import type { SysPaths } from "./context.js";

const PATHS: Readonly<Record<string, Field>> = {
  path: { type: "comma-list", deprecated: true },
  paths: { type: "comma-list" },
};

/** `capabilities`, `capabilities-self`, `capabilities-accessor`. (vault/logical_system.go, vault/capabilities.go) */
export const capabilityPaths: SysPaths = (core) => [
  {
    pattern: "capabilities-accessor$",
    fields: { accessor: { type: "string" }, ...PATHS },
    operations: {
      update: (request) => {
        const accessor = request.data.string("accessor");
        if (accessor === "") return { error: "missing accessor" };
        const token = core().tokens.byAccessor(accessor);
        if (token === undefined) throw new VaultError(400, "invalid accessor");
        return capabilities(core(), request, token.id);
      },
    },
    summary: "Capabilities of the token behind an accessor",
  },
  {
    pattern: "capabilities$",
    fields: { token: { type: "string" }, ...PATHS },
    operations: {
      update: (request) => {
        const { token } = request.body;
        return capabilities(core(), request, typeof token === "string" ? token : "");
      },
    },
    summary: "Capabilities of a token",
  },
  {
    pattern: "capabilities-self$",
    fields: { token: { type: "string" }, ...PATHS },
    operations: { update: (request) => capabilities(core(), request, request.token?.id ?? "") },
    summary: "Capabilities of the caller's own token",
  },
];

function capabilities(core: Core, { data }: BackendRequest, id: string): BackendReply {
  if (id === "") throw new VaultError(500, "no token found");
  const paths = data.list("paths");
  const asked = paths.length === 0 ? data.list("path") : paths;
  if (asked.length === 0) return { error: "paths must be supplied" };
  if (asked.includes("")) throw new VaultError(400, "missing path");
  const token = unspent(core.tokens.lookup(id));
  if (token === undefined) throw new VaultError(400, "invalid token");
  const acl = core.policies.acl(token);
  const found: Record<string, unknown> = {};
  for (const path of asked) found[path] = acl.capabilities(path.replace(/^\/+/, ""));
  const [only] = asked;
  if (asked.length === 1 && only !== undefined) found.capabilities = found[only];
  return { data: found };
}
