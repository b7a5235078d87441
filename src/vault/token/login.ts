import type { AuthGrant, MountConfig } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { Call } from "../core/dispatch.js";
import { fail, type LogicalResponse, type LogicalResult } from "../core/logical.js";
import type { Mounted } from "../core/mounts.js";
import type { IssuedAuth, StoredToken } from "./entry.js";
import { NON_ASSIGNABLE, sanitizePolicies } from "./policies.js";
import { calculateTtl } from "./ttl.js";

/**
 * Makes a token of what an auth method has granted. (vault/request_handling.go: handleLoginRequest, LoginCreateToken)
 * @param base the reply so far; its warnings come first
 */
export async function loginToken(
  core: Core,
  call: Call,
  grant: AuthGrant,
  base: LogicalResponse,
): Promise<LogicalResult> {
  const { mounted, request } = call;
  if (grant.alias?.name === "") return fail(500, "missing name in alias");
  const entitiesBefore = core.identity.size;
  const entity = entityOf(core, mounted, grant);
  const entityCreated = core.identity.size > entitiesBefore;
  if (entity?.disabled === true) {
    request.exchange.checked(
      "token",
      [{ id: "entity", outcome: "refused", wanted: "an enabled entity", got: entity.name }],
      "entity",
    );
    return fail(403, "permission denied");
  }
  const { ttl, warnings } = calculateTtl(
    { ttl: grant.ttl, maxTtl: grant.maxTtl, period: grant.period ?? 0, explicitMaxTtl: grant.explicitMaxTtl ?? 0 },
    {
      now: core.clock.now(),
      defaultTtl: core.mounts.defaultLeaseTtl(mounted.mount),
      maxTtl: core.mounts.maxLeaseTtl(mounted.mount),
    },
  );
  const tokenPolicies = sanitizePolicies(grant.policies, grant.noDefaultPolicy !== true);
  const identityPolicies = entity === undefined ? [] : core.identity.policiesOf(entity.id);
  const policies = sanitizePolicies([...tokenPolicies, ...identityPolicies], false);
  const forbidden = policies.find((name) => name === "root" || NON_ASSIGNABLE.has(name));
  if (forbidden !== undefined) {
    return fail(
      400,
      forbidden === "root" ? "auth methods cannot create root tokens" : `cannot assign policy "${forbidden}"`,
    );
  }
  const type = tokenType(grant.tokenType ?? "default", mounted.mount.config.tokenType);
  const token = core.tokens.create({
    type,
    path: request.path,
    policies: tokenPolicies,
    displayName: displayName(mounted, grant.displayName),
    meta: grant.metadata ?? null,
    entityId: entity?.id ?? "",
    ttl,
    explicitMaxTtl: grant.explicitMaxTtl ?? 0,
    period: grant.period ?? 0,
    numUses: grant.numUses ?? 0,
    boundCidrs: grant.boundCidrs ?? [],
    renewable: grant.renewable && type === "service",
    mountAccessor: mounted.mount.accessor,
    grant,
  });
  if (token === undefined) return fail(500, "internal error");
  const auth = { entityCreated, ...issued(token, policies, identityPolicies) };
  return { ok: true, response: { auth, ...base, warnings: [...base.warnings, ...warnings] } };
}

function entityOf(core: Core, { mount }: Mounted, { alias }: AuthGrant) {
  if (alias === undefined) return undefined;
  const { accessor, type, path } = mount;
  return core.identity.fetchOrCreate({
    name: alias.name,
    metadata: alias.metadata ?? {},
    mountAccessor: accessor,
    mountType: type,
    mountPath: path,
  });
}

function displayName({ mount }: Mounted, name: string): string {
  const source = mount.path.replace(/^auth\//, "").replaceAll("/", "-");
  return `${source}${name}`.replace(/-$/, "");
}

/** The mount's setting decides, unless it leaves the choice to the role. (vault/router.go: routeCommon) */
function tokenType(wished: NonNullable<AuthGrant["tokenType"]>, mount: MountConfig["tokenType"]): "service" | "batch" {
  if (mount === "service" || mount === "batch") return mount;
  if (wished === "service" || wished === "batch") return wished;
  if (mount === "default-batch") return wished === "default-service" ? "service" : "batch";
  return wished === "default-batch" ? "batch" : "service";
}

/** The `auth` part of a reply about a token. */
export function issued(
  token: StoredToken,
  policies: readonly string[],
  identityPolicies: readonly string[],
): IssuedAuth {
  return {
    clientToken: token.id,
    accessor: token.accessor,
    policies,
    tokenPolicies: token.policies,
    identityPolicies,
    metadata: token.meta,
    leaseDuration: Math.floor(token.lease?.ttl ?? 0),
    renewable: token.lease?.renewable ?? false,
    entityId: token.entityId,
    tokenType: token.type,
    orphan: token.orphan,
    numUses: token.usesAtFirst,
  };
}
