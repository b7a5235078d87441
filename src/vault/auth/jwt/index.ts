import { decide } from "../../../journal/index.js";
import type { AuthGrant, BackendContext, BackendFactory, BackendReply, BackendRequest } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { oidcPaths } from "./oidc.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { InvalidRole, tokenGrant } from "../token-params.js";
import { configFields, type JwtConfig, shownConfig, writtenConfig } from "./config.js";
import { type JwtLogin, LOGIN_CHECKS } from "./login.js";
import { type JwtRole, roleFields, shownRole } from "./role.js";
import { warningsOf, writtenRole } from "./role-write.js";
import { withinCidrs } from "../../token/cidr.js";

interface State {
  readonly context: BackendContext;
  readonly roles: Map<string, JwtRole>;
  config?: JwtConfig;
}

/**
 * The JWT auth method (`oidc` is the same plugin; its browser flow is not emulated).
 * @see https://developer.hashicorp.com/vault/api-docs/auth/jwt
 */
export const jwt: BackendFactory = (context) => {
  const state: State = { context, roles: new Map() };
  return {
    paths: [
      {
        pattern: "login",
        summary: "Log in with a JWT.",
        fields: { role: { type: "lower-string" }, jwt: { type: "string" } },
        operations: { update: (request) => login(state, request) },
      },
      {
        pattern: "config",
        summary: "Where the keys come from.",
        fields: configFields(context),
        operations: {
          read: () => (state.config === undefined ? NOT_FOUND : shownConfig(context, state.config)),
          update: (request) => configure(state, request),
        },
      },
      ...oidcPaths(state),
      {
        pattern: "role/?",
        summary: "Names of roles.",
        paged: true,
        operations: { list: () => listReply(state.roles.keys()) },
      },
      {
        pattern: `role/${genericName("name")}`,
        summary: "A role.",
        fields: roleFields(context),
        exists: ({ data }) => state.roles.has(data.string("name")),
        operations: {
          read: ({ data }) => readRole(state, data.string("name")),
          create: (request) => writeRole(state, request),
          update: (request) => writeRole(state, request),
          delete: ({ data }) => void state.roles.delete(data.string("name")),
        },
      },
    ],
    unauthenticated: ["login", "oidc/auth_url", "oidc/callback"],
    renew: (grant) => renewLogin(state, grant),
    stop: () => state.config?.keys.stop(),
  };
};

/** A renewal takes the role's spans of today. (path_login.go: pathLoginRenew) */
function renewLogin({ roles }: State, grant: AuthGrant): AuthGrant {
  const kept = grant.internalData?.role;
  const name = typeof kept === "string" ? kept : "";
  const role = roles.get(name);
  if (role === undefined) throw new VaultError(500, `role ${name} does not exist during renewal`);
  return { ...grant, ttl: role.token.ttl, maxTtl: role.token.maxTtl, period: role.token.period };
}

async function configure(state: State, { data }: BackendRequest): Promise<BackendReply> {
  const config = await writtenConfig(state.context, data, state.config);
  if ("error" in config) return config;
  state.config?.keys.stop();
  state.config = config;
  return undefined;
}

function readRole({ roles, context }: State, name: string): BackendReply {
  const role = roles.get(name);
  return role === undefined ? NOT_FOUND : shownRole(role, context);
}

function writeRole({ roles, context }: State, { data }: BackendRequest): BackendReply {
  const name = data.string("name");
  try {
    const role = writtenRole(context, data, roles.get(name));
    roles.set(name, role);
    const warnings = warningsOf(context, role);
    return warnings.length === 0 ? undefined : { warnings };
  } catch (error) {
    if (error instanceof InvalidRole) return { error: error.message };
    throw error;
  }
}

async function login({ context, roles, config }: State, request: BackendRequest): Promise<BackendReply> {
  const { data, remoteAddress, exchange } = request;
  const attempt: JwtLogin = {
    context,
    roles,
    config,
    roleName: data.string("role"),
    jwt: data.string("jwt"),
    isPeerAllowed: (cidrs) => withinCidrs(remoteAddress, cidrs),
    claims: {},
    registered: { issuer: "", audience: [], expiry: 0, notBefore: 0, issuedAt: 0 },
  };
  const decision = await decide(LOGIN_CHECKS, attempt);
  exchange.decided("jwt login", decision);
  if (decision.refusal !== undefined) return decision.refusal.reply;
  const { role, identity, roleName } = attempt;
  if (role === undefined || identity === undefined) return NOT_FOUND;
  return {
    auth: {
      ...tokenGrant(role.token, remoteAddress),
      displayName: identity.user,
      metadata: { ...identity.metadata, role: roleName },
      alias: { name: identity.user, metadata: identity.metadata },
      groupAliases: identity.groups,
      internalData: { role: roleName },
    },
  };
}
