import type { KeyObject } from "node:crypto";
import type { AuthGrant, BackendContext, BackendReply, BackendRequest } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { type Check, decide } from "../../../journal/index.js";
import type { Jose, SignedToken } from "../signed-token.js";
import { tokenGrant } from "../token-params.js";
import type { ApiServer } from "./api-server.js";
import type { Claims, RegisteredClaims } from "../registered-claims.js";
import type { ServiceAccount } from "./claims.js";
import type { KubernetesConfig } from "./config.js";
import type { KubernetesRole, Roles } from "./role.js";

/** What a login is answered with when a check refuses it. 400 is an error response, all else an error in Go's sense. */
export interface LoginRefusal {
  readonly status: 400 | 403 | 500;
  readonly text: string;
}

export type LoginCheck = Check<Login, LoginRefusal>;

/** What the method keeps. */
export interface KubernetesState {
  readonly context: BackendContext;
  readonly roles: Roles;
  config?: KubernetesConfig;
  /** The way to the configured API server; `ca` as it is in force, `undefined` for the system's pool. */
  api(config: KubernetesConfig, ca: string | undefined): ApiServer;
}

/** A login under way: each check adds what it found for those after it. */
export class Login {
  readonly roleName: string;
  readonly jwt: string;
  /** Alias metadata that annotations of the service account add. */
  annotations: Readonly<Record<string, string>> = {};
  /** The bearer for the API server; "" where the login's own token has to do. */
  reviewer = "";
  aliasName = "";
  readonly #found: Partial<Found> = {};

  constructor(
    readonly state: KubernetesState,
    readonly request: BackendRequest,
  ) {
    this.roleName = request.data.string("role");
    this.jwt = request.data.string("jwt");
  }

  get context(): BackendContext {
    return this.state.context;
  }

  /** The name of the logger that the plugin writes to. */
  get logger(): string {
    return `auth.kubernetes.${this.context.mount.accessor}`;
  }

  /** Which JWT library's words a release uses. */
  get jose(): Jose {
    const quirk = this.get("config").keys.length > 0 ? "jose-is-square-with-keys" : "jose-is-square-without-keys";
    return this.context.quirk(quirk) ? "square/go-jose" : "go-jose/go-jose";
  }

  keys(): readonly KeyObject[] {
    return this.get("config").keys;
  }

  set<K extends keyof Found>(name: K, value: Found[K]): void {
    this.#found[name] = value;
  }

  /** @throws Error when the check that finds it has not run; a mistake in the table's order */
  get<K extends keyof Found>(name: K): Found[K] {
    const value = this.#found[name];
    if (value === undefined) throw new Error(`a check needs the ${name} before it is known`);
    return value;
  }
}

interface Found {
  readonly role: KubernetesRole;
  readonly config: KubernetesConfig;
  readonly api: ApiServer;
  readonly token: SignedToken;
  readonly claims: Claims;
  readonly registered: RegisteredClaims;
  readonly account: ServiceAccount;
}

/** Runs the checks, journals them, and grants a token or answers with the first refusal. */
export async function logIn(
  state: KubernetesState,
  checks: readonly LoginCheck[],
  request: BackendRequest,
): Promise<BackendReply> {
  const login = new Login(state, request);
  const decision = await decide(checks, login);
  request.exchange.decided("kubernetes login", decision);
  if (decision.refusal === undefined) return { auth: grant(login) };
  const { status, text } = decision.refusal.reply;
  if (status === 400) return { error: text };
  throw new VaultError(status, text);
}

function grant(login: Login): AuthGrant {
  const account = login.get("account");
  const role = login.get("role");
  const metadata = {
    service_account_uid: account.uid,
    service_account_name: account.name,
    service_account_namespace: account.namespace,
    service_account_secret_name: account.secretName,
  };
  return {
    displayName: `${account.namespace}-${account.name}`,
    metadata: { role: login.roleName, ...metadata },
    alias: { name: login.aliasName, metadata: { ...role.aliasMetadata, ...login.annotations, ...metadata } },
    internalData: { role: login.roleName },
    ...tokenGrant(role.token, login.request.remoteAddress),
  };
}

/** A renewal takes the role's spans of today. (path_login.go: pathLoginRenew) */
export function renewLogin(roles: Roles, grant: AuthGrant): AuthGrant {
  const kept = grant.internalData?.role;
  const name = typeof kept === "string" ? kept : "";
  const role = roles.get(name.toLowerCase());
  if (role === undefined) throw new VaultError(500, `role ${name} does not exist during renewal`);
  return { ...grant, ttl: role.token.ttl, maxTtl: role.token.maxTtl, period: role.token.period };
}
