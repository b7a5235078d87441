import type { AuthGrant, Backend, BackendReply, BackendRequest, Field, Path, Renewal } from "../core/backend.js";
import { VaultError } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { StoredToken, TokenLease } from "./entry.js";
import { issued } from "./login.js";
import { ACCESSOR_FIELD, byAccessor, caller, TOKEN_FIELD, unspent } from "./lookup.js";
import { sanitizePolicies } from "./policies.js";
import type { TokenRoles } from "./roles.js";
import { calculateTtl, type TtlWish } from "./ttl.js";

const INCREMENT: Readonly<Record<string, Field>> = { increment: { type: "duration", default: 0 } };

/** `renew`, `renew-self`, `renew-accessor`. (vault/token_store.go, vault/expiration.go: RenewToken) */
export function renewPaths(core: () => Core, roles: TokenRoles): Path[] {
  const one = async (request: BackendRequest, found: StoredToken | undefined): Promise<BackendReply> => {
    const token = unspent(found);
    if (token === undefined) return { error: "token not found" };
    if (token.type === "batch") return { error: "batch tokens cannot be renewed" };
    return await renew(core(), roles, token, request);
  };
  return [
    {
      pattern: "renew-accessor$",
      fields: { ...ACCESSOR_FIELD, ...INCREMENT },
      operations: {
        update: async (request) => {
          const token = byAccessor(core(), request);
          if (unspent(token) === undefined) throw new VaultError(400, "invalid request");
          const reply = await one(request, token);
          const auth = reply !== undefined && "issued" in reply ? reply.issued : undefined;
          return auth === undefined ? reply : { ...reply, issued: { ...auth, clientToken: "" } };
        },
      },
      summary: "Renew a token by its accessor",
    },
    {
      pattern: "renew-self$",
      fields: { ...TOKEN_FIELD, ...INCREMENT },
      operations: { update: (request) => one(request, caller(core(), request)) },
      summary: "Renew the caller's own token",
    },
    {
      pattern: "renew$",
      fields: { ...TOKEN_FIELD, ...INCREMENT },
      operations: {
        update: async (request) => {
          const id = request.data.string("token");
          return id === "" ? { error: "missing token ID" } : await one(request, core().tokens.lookup(id));
        },
      },
      summary: "Renew a token",
    },
  ];
}

async function renew(
  core: Core,
  roles: TokenRoles,
  token: StoredToken,
  request: BackendRequest,
): Promise<BackendReply> {
  const { lease } = token;
  if (lease?.expiresAt === undefined || !lease.renewable) return { error: "lease is not renewable" };
  const increment = request.data.number("increment");
  const wish = await wishOf(core, roles, token, lease, request);
  if (wish === undefined) return undefined;
  if ("error" in wish) return wish;
  const mount = core.mounts.byAccessor(token.mountAccessor ?? "") ?? core.mounts.get("auth/token/");
  if (mount === undefined) return { error: "invalid lease ID" };
  const { ttl, warnings } = bounded(
    { ...wish, increment, startedAt: lease.issuedAt },
    core.clock.now(),
    core.mounts.defaultLeaseTtl(mount.mount),
    core.mounts.maxLeaseTtl(mount.mount),
  );
  lease.ttl = ttl;
  lease.expiresAt = core.clock.now() + ttl * 1000;
  lease.renewedAt = core.clock.now();
  const identity = core.identity.policiesOf(token.entityId);
  const policies = sanitizePolicies([...token.policies, ...identity], false);
  return { issued: issued(token, policies, identity), warnings };
}

function bounded(wish: TtlWish, now: number, defaultTtl: number, maxTtl: number) {
  try {
    return calculateTtl(wish, { now, defaultTtl, maxTtl });
  } catch (error) {
    throw new VaultError(500, error instanceof Error ? error.message : String(error));
  }
}

/** A renewal that the auth method did not grant. */
type Unrenewed = Exclude<Renewal, AuthGrant>;

/** What the source of the token wants its new life to be. */
async function wishOf(
  core: Core,
  roles: TokenRoles,
  token: StoredToken,
  lease: TokenLease,
  request: BackendRequest,
): Promise<TtlWish | Unrenewed> {
  if (token.grant !== undefined) return await wishOfLogin(core, token, token.grant, request);
  if (token.role === "")
    return { ttl: lease.ttl, period: token.period, maxTtl: 0, explicitMaxTtl: token.explicitMaxTtl };
  const role = roles.get(token.role);
  if (role === undefined) {
    throw new VaultError(
      500,
      `failed to renew entry: original token role "${token.role}" could not be found, not renewing`,
    );
  }
  return { ttl: lease.ttl, period: role.period, maxTtl: 0, explicitMaxTtl: role.explicitMaxTtl };
}

async function wishOfLogin(
  core: Core,
  token: StoredToken,
  grant: AuthGrant,
  request: BackendRequest,
): Promise<TtlWish | Unrenewed> {
  const mounted = core.mounts.byAccessor(token.mountAccessor ?? "");
  if (mounted === undefined) throw new VaultError(400, "invalid lease ID");
  const { backend } = mounted.framework;
  const renewed = backend.renew === undefined ? grant : await renewGrant(backend.renew.bind(backend), grant, request);
  if (renewed === undefined || "error" in renewed) return renewed;
  token.grant = renewed;
  return {
    ttl: renewed.ttl,
    period: renewed.period ?? 0,
    maxTtl: renewed.maxTtl,
    explicitMaxTtl: renewed.explicitMaxTtl ?? 0,
  };
}

type Renew = NonNullable<Backend["renew"]>;

async function renewGrant(renewWith: Renew, grant: AuthGrant, request: BackendRequest): Promise<Renewal> {
  try {
    return await renewWith(grant, request);
  } catch (error) {
    if (error instanceof VaultError) throw new VaultError(error.status, `failed to renew entry: ${error.message}`);
    throw error;
  }
}
