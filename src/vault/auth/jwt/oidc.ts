import { createHash } from "node:crypto";
import type { BackendContext, BackendReply, BackendRequest, Path } from "../../core/backend.js";
import { goQuote } from "../../../runtime/index.js";
import type { JwtConfig } from "./config.js";
import type { JwtRole } from "./role.js";

interface State {
  readonly context: BackendContext;
  readonly config?: JwtConfig;
  readonly roles: ReadonlyMap<string, JwtRole>;
}

const FAILED = "Vault login failed.";

/** Is the method set up for logins by browser, rather than by token? (path_config.go: authType) */
export function isOidc({ data }: JwtConfig): boolean {
  return data.string("oidc_discovery_url") !== "" && data.string("oidc_client_id") !== "";
}

/** `oidc/auth_url` and `oidc/callback`, as far as a login by browser gets without a provider. (path_oidc.go) */
export function oidcPaths(state: State): Path[] {
  return [
    {
      pattern: "oidc/auth_url",
      summary: "Request an authorization URL to start an OIDC login flow.",
      fields: { role: { type: "lower-string" }, redirect_uri: { type: "string" }, client_nonce: { type: "string" } },
      operations: { update: (request) => authUrl(state, request) },
    },
    {
      pattern: "oidc/callback",
      summary: "Callback endpoint to complete an OIDC login.",
      fields: {
        state: { type: "string" },
        code: { type: "string" },
        id_token: { type: "string" },
        client_nonce: { type: "string" },
        error: { type: "string" },
        error_description: { type: "string" },
      },
      operations: { read: () => callback(state) },
    },
  ];
}

function callback({ config }: State): BackendReply {
  const why = config === undefined ? "Could not load configuration" : "Expired or missing OAuth state.";
  return { error: `${FAILED} ${why}` };
}

function authUrl({ config, roles, context }: State, { data }: BackendRequest): BackendReply {
  if (config === undefined) return { error: "could not load configuration" };
  if (!isOidc(config)) return { error: "OIDC login is not configured for this mount" };
  const name = data.string("role") || config.data.string("default_role");
  if (name === "") return { error: "missing role" };
  const redirect = data.string("redirect_uri");
  if (redirect === "") return { error: "missing redirect_uri" };
  const role = roles.get(name);
  if (role === undefined) return { error: `role ${goQuote(name)} could not be found` };
  const endpoint = config.keys.authorizationEndpoint;
  if (endpoint === undefined || role.allowedRedirectUris?.includes(redirect) !== true)
    return { data: { auth_url: "" } };
  const verifier = createHash("sha256").update(context.ids.base62(43));
  const query = new URLSearchParams({
    client_id: config.data.string("oidc_client_id"),
    code_challenge: verifier.digest("base64url"),
    code_challenge_method: "S256",
    nonce: `n_${context.ids.base62(20)}`,
    redirect_uri: redirect,
    response_type: "code",
    scope: ["openid", ...(role.oidcScopes ?? [])].join(" "),
    state: `st_${context.ids.base62(20)}`,
  });
  return { data: { auth_url: `${endpoint}?${query.toString()}` } };
}
