import { goOf } from "../../built-with.js";
import type { Backend, BackendContext, BackendFactory } from "../../core/backend.js";
import { ApiServer } from "./api-server.js";
import { loginChecks } from "./checks.js";
import { configPath } from "./config.js";
import { ConnectionPool } from "./connections.js";
import { type KubernetesState, logIn, renewLogin } from "./login.js";
import { rolePaths } from "./role.js";

/**
 * Vault's Kubernetes auth method: service accounts log in with their tokens, and the API server that
 * `kubernetes_host` names is asked about each. (hashicorp/vault-plugin-auth-kubernetes)
 * @see https://developer.hashicorp.com/vault/docs/auth/kubernetes
 */
export const kubernetes: BackendFactory = (context: BackendContext): Backend => {
  let server: { readonly api: ApiServer; readonly ca: string | undefined } | undefined;
  const pool = new ConnectionPool();
  const changed = (): void => {
    server = undefined;
    if (!context.quirk("kubernetes-connections-outlive-the-config")) pool.close();
  };
  const state: KubernetesState & { changed(): void } = {
    context,
    roles: new Map(),
    changed,
    api: ({ host }, ca) => {
      if (server !== undefined && server.ca === ca) return server.api;
      const api = new ApiServer({
        host,
        ca,
        now: () => context.clock.now(),
        go: goOf(context.release),
        pool,
      });
      server = { api, ca };
      return api;
    },
  };
  const checks = loginChecks(context);
  return {
    unauthenticated: ["login"],
    paths: [
      configPath(context, state),
      {
        pattern: "login",
        summary: "Authenticates Kubernetes service accounts with Vault.",
        fields: {
          role: { type: "string", description: "Name of the role" },
          jwt: { type: "string", description: "The service account's token" },
        },
        operations: { update: (request) => logIn(state, checks, request) },
      },
      ...rolePaths(context, state.roles),
    ],
    renew: (grant) => renewLogin(state.roles, grant),
    stop: () => pool.close(),
  };
};
