import type { BackendReply, BackendRequest, Path } from "../core/backend.js";
import { type Core, coreQuirk } from "../core/core.js";
import type { StoredToken } from "./entry.js";
import { ACCESSOR_FIELD, byAccessor, caller, TOKEN_FIELD, unspent } from "./lookup.js";

const BATCH: BackendReply = { error: "batch tokens cannot be revoked" };

/** `revoke`, `revoke-self`, `revoke-accessor`, `revoke-orphan`. (vault/token_store.go) */
export function revokePaths(core: () => Core): Path[] {
  return [
    {
      pattern: "revoke-accessor$",
      fields: ACCESSOR_FIELD,
      operations: { update: (request) => revokeAccessor(core(), request) },
      summary: "Revoke a token by its accessor",
    },
    {
      pattern: "revoke-self$",
      operations: { update: (request) => revokeSelf(core(), request) },
      summary: "Revoke the caller's own token",
    },
    {
      pattern: "revoke$",
      fields: TOKEN_FIELD,
      operations: { update: (request) => revoke(core(), request) },
      summary: "Revoke a token and its children",
    },
    {
      pattern: "revoke-orphan$",
      fields: TOKEN_FIELD,
      operations: { update: (request) => revokeOrphan(core(), request) },
      summary: "Revoke a token and leave its children as orphans",
    },
  ];
}

function revokeAccessor(core: Core, request: BackendRequest): BackendReply {
  const accessor = request.data.string("accessor");
  if (accessor !== "" && core.tokens.byAccessor(accessor) === undefined) {
    return { warnings: ["No token found with this accessor"] };
  }
  const token = byAccessor(core, request);
  if (unspent(token) === undefined) return { error: "token not found" };
  core.tokens.revoke(token);
  return undefined;
}

function revokeSelf(core: Core, request: BackendRequest): BackendReply {
  const token = caller(core, request);
  if (token?.type === "batch") return BATCH;
  if (token !== undefined) core.tokens.revoke(token);
  return undefined;
}

function revoke(core: Core, request: BackendRequest): BackendReply {
  const id = request.data.string("token");
  if (id === "") return { error: "missing token ID" };
  const token = core.tokens.lookup(id);
  if (token?.type === "batch") return BATCH;
  if (token !== undefined) core.tokens.revoke(token);
  return undefined;
}

function revokeOrphan(core: Core, request: BackendRequest): BackendReply {
  const id = request.data.string("token");
  if (id === "") return { error: "missing token ID" };
  if (!coreQuirk(core, "token-sudo-paths-are-exact") && !mayOrphan(core, caller(core, request))) {
    return { error: "root or sudo privileges required to revoke and orphan" };
  }
  const token = unspent(core.tokens.lookup(id));
  if (token === undefined) return { error: "token to revoke not found" };
  if (token.type === "batch") return BATCH;
  core.tokens.revokeAlone(token);
  return undefined;
}

function mayOrphan(core: Core, self: StoredToken | undefined): boolean {
  if (self === undefined) return false;
  const path = "auth/token/revoke-orphan";
  const verdict = core.policies.acl(self).decide({ operation: "update", path, data: {}, wrapTtl: 0 });
  return verdict.allowed && verdict.sudo;
}
