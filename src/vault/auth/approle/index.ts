import { decide } from "../../../journal/index.js";
import { goQuote } from "../../../runtime/index.js";
import type { BackendContext, BackendFactory, BackendReply, BackendRequest, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { type Release, serverName } from "../../release.js";
import { sockaddr } from "../sockaddr.js";
import { InvalidRole, NO_TOKEN_PARAMS, tokenGrant } from "../token-params.js";
import { type AppRoleLogin, LOGIN_CHECKS } from "./login.js";
import { roleFields, Roles, shownRole, writtenRole } from "./role.js";
import { roleParamPaths } from "./role-params.js";
import { secretIdPaths } from "./secret-ids.js";

interface State {
  readonly context: BackendContext;
  readonly roles: Roles;
}

const ROLE = `role/${genericName("role_name")}`;
function tidying(release: Release): string {
  return `Tidy operation successfully started. Any information from the operation will be printed to ${serverName(release)}'s server logs.`;
}

/**
 * The AppRole auth method. (builtin/credential/approle)
 * @see https://developer.hashicorp.com/vault/api-docs/auth/approle
 */
export const approle: BackendFactory = (context) => {
  const state: State = { context, roles: new Roles() };
  return {
    paths: [
      {
        pattern: "login$",
        summary: "Log in with a role id and a secret ID.",
        fields: { role_id: { type: "string" }, secret_id: { type: "string", default: "" } },
        operations: { update: (request) => login(state, request) },
      },
      ...rolePaths(state),
      ...secretIdPaths(context, state.roles, ROLE),
      ...roleParamPaths(context, state.roles, ROLE),
      {
        pattern: "tidy/secret-id$",
        summary: "Forget expired secret IDs.",
        operations: { update: () => ({ status: 202, data: null, warnings: [tidying(context.release)] }) },
      },
    ],
    unauthenticated: ["login"],
    renew: (grant) => {
      const name = grant.internalData?.role_name;
      const role = state.roles.get(typeof name === "string" ? name : "");
      if (role === undefined) throw new VaultError(500, `role ${goQuote(String(name))} does not exist during renewal`);
      return { ...grant, ttl: role.token.ttl, maxTtl: role.token.maxTtl, period: role.token.period };
    },
  };
};

function rolePaths({ context, roles }: State): Path[] {
  const write = ({ data }: BackendRequest): BackendReply => {
    try {
      const { role, warnings } = writtenRole(context, data, roles.get(data.string("role_name")));
      roles.put(role);
      return warnings.length === 0 ? undefined : { warnings };
    } catch (error) {
      if (error instanceof InvalidRole) return { error: error.message };
      throw error;
    }
  };
  return [
    {
      pattern: "role/?$",
      summary: "Names of roles.",
      paged: true,
      operations: { list: () => listReply(roles.names()) },
    },
    {
      pattern: ROLE,
      summary: "A role.",
      fields: roleFields(context),
      exists: ({ data }) => roles.get(data.string("role_name")) !== undefined,
      operations: {
        read: ({ data }) => {
          const role = roles.get(data.string("role_name"));
          return role === undefined ? NOT_FOUND : { data: shownRole(context, role) };
        },
        create: write,
        update: write,
        delete: ({ data }) => deleted(roles, data.string("role_name")),
      },
    },
  ];
}

function deleted(roles: Roles, name: string): BackendReply {
  roles.delete(name);
  return undefined;
}

async function login({ context, roles }: State, request: BackendRequest): Promise<BackendReply> {
  const { data, remoteAddress, exchange } = request;
  const roleId = data.string("role_id").trim();
  const attempt: AppRoleLogin = {
    context,
    roles,
    roleId,
    secretId: data.string("secret_id").trim(),
    remoteAddress,
    isLocked: context.lockout.isLocked(roleId),
  };
  const decision = await decide(LOGIN_CHECKS, attempt);
  exchange.decided("approle login", decision);
  const { role, secret } = attempt;
  if (decision.refusal !== undefined) {
    const { by, reply } = decision.refusal;
    if (by === "secret-id" && attempt.secretId !== "") context.lockout.failed(roleId);
    if (reply.status === 400) return { error: reply.text };
    throw new VaultError(reply.status, reply.text);
  }
  context.lockout.succeeded(roleId);
  const metadata = { ...secret?.metadata, role_name: role?.name ?? "" };
  const tokenCidrs = (secret?.tokenCidrs ?? []).map((block) => sockaddr(block) ?? block);
  return {
    auth: {
      ...tokenGrant(role?.token ?? NO_TOKEN_PARAMS, remoteAddress),
      ...(tokenCidrs.length > 0 && { boundCidrs: tokenCidrs }),
      displayName: "",
      metadata,
      alias: { name: roleId, metadata },
      internalData: { role_name: role?.name ?? "" },
    },
  };
}
