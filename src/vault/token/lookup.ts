import type { BackendReply, BackendRequest, Field, Path } from "../core/backend.js";
import { VaultError } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { rfc3339Nano } from "../core/go.js";
import type { StoredToken } from "./entry.js";

export const TOKEN_FIELD: Readonly<Record<string, Field>> = { token: { type: "string" } };
export const ACCESSOR_FIELD: Readonly<Record<string, Field>> = { accessor: { type: "string" } };

/** The token that an accessor stands for. @throws VaultError in Vault's words */
export function byAccessor(core: Core, request: BackendRequest): StoredToken {
  const accessor = request.data.string("accessor");
  if (accessor === "") throw new VaultError(400, "missing accessor");
  const token = core.tokens.byAccessor(accessor);
  if (token === undefined) throw new VaultError(400, "invalid accessor");
  return token;
}

/**
 * A token that has a use left after this request; one whose last use this is counts as gone already for all that changes
 * it. (vault/token_store.go: Lookup, as against lookupTainted)
 */
export function unspent(token: StoredToken | undefined): StoredToken | undefined {
  return token === undefined || token.numUses < 0 ? undefined : token;
}

/** The token that made the request, as the store has it. */
export function caller(core: Core, request: BackendRequest): StoredToken | undefined {
  return request.token === undefined ? undefined : core.tokens.lookup(request.token.id);
}

/** `lookup`, `lookup-self`, `lookup-accessor`, `accessors`. (vault/token_store.go: handleLookup) */
export function lookupPaths(core: () => Core): Path[] {
  const lookup = (request: BackendRequest): BackendReply => {
    const sent = request.data.string("token");
    const token = sent === "" ? caller(core(), request) : core().tokens.lookup(sent);
    if (token === undefined) return { error: "bad token", status: 403 };
    return { data: describe(core(), token, sent === "" ? token.id : sent) };
  };
  const self = (request: BackendRequest): BackendReply => {
    const token = caller(core(), request);
    return token === undefined ? { error: "bad token", status: 403 } : { data: describe(core(), token, token.id) };
  };
  return [
    {
      pattern: "accessors/?$",
      operations: {
        list: () => ({
          data: {
            keys: core()
              .tokens.all()
              .map((token) => token.accessor),
          },
        }),
      },
      summary: "List token accessors",
    },
    {
      pattern: "lookup-accessor$",
      fields: ACCESSOR_FIELD,
      operations: { update: (request) => ({ data: describe(core(), byAccessor(core(), request), "") }) },
      summary: "Look up a token by its accessor",
    },
    {
      pattern: "lookup-self$",
      fields: TOKEN_FIELD,
      operations: { read: self, update: self },
      summary: "Look up the caller's own token",
    },
    {
      pattern: "lookup$",
      fields: TOKEN_FIELD,
      operations: { read: lookup, update: lookup },
      summary: "Look up a token",
    },
  ];
}

function describe(core: Core, token: StoredToken, id: string): Record<string, unknown> {
  const { lease } = token;
  const identity = core.identity.policiesOf(token.entityId);
  return {
    accessor: token.accessor,
    creation_time: Math.floor(token.createdAt / 1000),
    creation_ttl: Math.floor(token.creationTtl),
    display_name: token.displayName,
    entity_id: token.entityId,
    expire_time: lease?.expiresAt === undefined ? null : rfc3339Nano(lease.expiresAt),
    explicit_max_ttl: token.explicitMaxTtl,
    id,
    meta: token.meta,
    num_uses: token.numUses,
    orphan: token.orphan,
    path: token.path,
    policies: token.policies,
    ttl: lease?.expiresAt === undefined ? 0 : secondsUntil(lease.expiresAt, core.clock.now()),
    type: token.type,
    ...(token.role !== "" && { role: token.role }),
    ...(token.period > 0 && { period: token.period }),
    ...(token.boundCidrs.length > 0 && { bound_cidrs: token.boundCidrs }),
    ...(identity.length > 0 && { identity_policies: identity, external_namespace_policies: {} }),
    ...(lease !== undefined && { renewable: lease.renewable, issue_time: rfc3339Nano(lease.issuedAt) }),
    ...(lease?.renewedAt !== undefined && {
      last_renewal: rfc3339Nano(lease.renewedAt),
      last_renewal_time: Math.floor(lease.renewedAt / 1000),
    }),
  };
}

/** Whole seconds from the nearest full second on. (vault/expiration.go: leaseEntry.ttl) */
function secondsUntil(end: number, now: number): number {
  return Math.trunc(end / 1000 - Math.round(now / 1000));
}
