import { decide } from "../../../journal/index.js";
import type {
  BackendContext,
  BackendFactory,
  BackendReply,
  BackendRequest,
  FieldData,
  Path,
} from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { withinCidrs } from "../../token/cidr.js";
import {
  deprecatedData,
  InvalidRole,
  NO_TOKEN_PARAMS,
  parseTokenFields,
  samePolicies,
  sanitizePolicies,
  tokenData,
  tokenGrant,
  upgradeTokenFields,
} from "../token-params.js";
import { LOGIN_CHECKS, type UserpassLogin } from "./login.js";
import { passwordFields, type User, userFields } from "./user.js";

interface State {
  readonly context: BackendContext;
  /** By lower-cased name. */
  readonly users: Map<string, User>;
}

const USERNAME = genericName("username");

/**
 * The username and password auth method. (builtin/credential/userpass)
 * @see https://developer.hashicorp.com/vault/api-docs/auth/userpass
 */
export const userpass: BackendFactory = (context) => {
  const state: State = { context, users: new Map() };
  return {
    paths: [
      {
        pattern: `login/${USERNAME}`,
        summary: "Log in with a username and password.",
        fields: { username: { type: "string" }, password: { type: "string" } },
        operations: { update: (request) => login(state, request) },
      },
      ...userPaths(state),
    ],
    unauthenticated: ["login/*"],
    renew: (grant) => {
      const user = state.users.get(grant.metadata?.username ?? "");
      if (user === undefined) return undefined;
      if (!samePolicies(user.token.policies, grant.policies)) {
        throw new VaultError(500, "policies have changed, not renewing");
      }
      return { ...grant, ttl: user.token.ttl, maxTtl: user.token.maxTtl, period: user.token.period };
    },
  };
};

function userPaths(state: State): Path[] {
  const { users } = state;
  const find = ({ data }: BackendRequest): User | undefined => users.get(data.string("username").toLowerCase());
  return [
    {
      pattern: "users/?",
      summary: "Names of users.",
      paged: true,
      operations: { list: () => listReply(users.keys()) },
    },
    {
      pattern: `users/${USERNAME}/policies$`,
      summary: "A user's policies.",
      fields: {
        username: { type: "string" },
        policies: { type: "comma-list" },
        token_policies: { type: "comma-list" },
      },
      operations: { update: (request) => writePolicies(state, request) },
    },
    {
      pattern: `users/${USERNAME}/password$`,
      summary: "A user's password.",
      fields: { username: { type: "string" }, ...passwordFields(state.context) },
      operations: { update: (request) => writePassword(state, request) },
    },
    {
      pattern: `users/${USERNAME}`,
      summary: "A user.",
      fields: userFields(state.context),
      exists: (request) => find(request) !== undefined,
      operations: {
        read: (request) => shown(state.context, find(request)),
        create: (request) => create(state, request),
        update: (request) => write(state, request),
        delete: ({ data }) => void users.delete(data.string("username").toLowerCase()),
      },
    },
  ];
}

function shown(context: BackendContext, user: User | undefined): BackendReply {
  if (user === undefined) return NOT_FOUND;
  const data = tokenData(user.token, context);
  return { data: { ...data, ...deprecatedData(user.deprecated, data) } };
}

function create(state: State, request: BackendRequest): BackendReply {
  return neither(state.context, request) ?? write(state, request);
}

/** The refusal of a request that holds no password in any form. */
function neither(context: BackendContext, { data }: BackendRequest): BackendReply {
  const mayBeHashed = context.quirk("userpass-password-may-be-hashed");
  if (data.string("password") !== "" || (mayBeHashed && data.string("password_hash") !== "")) return undefined;
  if (mayBeHashed) return { error: '"password" or "password_hash" must be supplied' };
  const takesHash = context.quirk("userpass-takes-password-hash");
  return { error: takesHash ? "must provide either password or password_hash" : "missing password" };
}

/** @throws VaultError 500 if there is no such user */
function existing({ users }: State, { data }: BackendRequest): User {
  const user = users.get(data.string("username").toLowerCase());
  if (user === undefined) throw new VaultError(500, "username does not exist");
  return user;
}

/** (path_user_policies.go) */
function writePolicies(state: State, request: BackendRequest): BackendReply {
  const user = existing(state, request);
  const { data } = request;
  const sent = ["token_policies", "policies"].find((name) => data.has(name));
  if (sent === undefined) return undefined;
  const policies = sanitizePolicies(data.list(sent));
  state.users.set(user.name, {
    ...user,
    token: { ...user.token, policies },
    deprecated: { ...user.deprecated, policies: data.has("policies") ? policies : undefined },
  });
  return undefined;
}

/** (path_user_password.go) */
function writePassword(state: State, request: BackendRequest): BackendReply {
  const user = existing(state, request);
  const refused = neither(state.context, request);
  if (refused !== undefined) return refused;
  const password = readPassword(state.context, request.data);
  if (typeof password === "object") return password;
  state.users.set(user.name, { ...user, password });
  return undefined;
}

/** (vault builtin/credential/userpass/path_user_password.go: bcryptHashLength) */
const HASH_LENGTH = 60;
/** (golang.org/x/crypto/bcrypt: ErrPasswordTooLong) */
const LONGEST_BYTES = 72;

/**
 * The password that is kept: as it was sent, or its hash, which nobody here can compare with anything.
 * @throws VaultError 500 where it cannot be hashed
 */
function readPassword(context: BackendContext, data: FieldData): string | { readonly error: string } {
  const password = data.string("password");
  const hash = context.quirk("userpass-password-may-be-hashed") ? data.string("password_hash") : "";
  if (password !== "" && hash !== "") return { error: '"password" and "password_hash" cannot be supplied together' };
  if (hash !== "") {
    if (hash.length !== HASH_LENGTH) throw new VaultError(500, "password hash has incorrect length");
    if (!/^\$2[aby]\$/.test(hash)) throw new VaultError(500, "password hash has incorrect prefix");
    return hash;
  }
  if (Buffer.byteLength(password) > LONGEST_BYTES) {
    throw new VaultError(500, "bcrypt: password length exceeds 72 bytes");
  }
  return password;
}

function write({ context, users }: State, { data }: BackendRequest): BackendReply {
  const name = data.string("username").toLowerCase();
  const old = users.get(name);
  try {
    const parsed = parseTokenFields(data, old?.token ?? NO_TOKEN_PARAMS);
    const { params, deprecated } = upgradeTokenFields(data, parsed, old?.deprecated ?? {});
    const mayBeHashed = context.quirk("userpass-password-may-be-hashed");
    if (!mayBeHashed && data.has("password") && data.string("password") === "") return { error: "missing password" };
    const sent = readPassword(context, data);
    if (typeof sent === "object") return sent;
    const password = sent === "" ? (old?.password ?? "") : sent;
    users.set(name, { name, password, token: params, deprecated });
    return undefined;
  } catch (error) {
    if (error instanceof InvalidRole) return { error: error.message };
    throw error;
  }
}

async function login(state: State, { data, remoteAddress, exchange }: BackendRequest): Promise<BackendReply> {
  const { users, context } = state;
  const name = data.string("username").toLowerCase();
  const alias = context.quirk("lockout-tells-case-apart") ? data.string("username") : name;
  const attempt: UserpassLogin = {
    user: users.get(name),
    password: data.string("password"),
    isLocked: context.lockout.isLocked(alias),
    missing: context.quirk("userpass-missing-password-is-invalid")
      ? { status: 400, text: "invalid credentials" }
      : { status: 500, text: "missing password" },
    isPeerAllowed: (cidrs) => withinCidrs(remoteAddress, cidrs),
  };
  const decision = await decide(LOGIN_CHECKS, attempt);
  exchange.decided("userpass login", decision);
  if (decision.refusal !== undefined) {
    const { status, text } = decision.refusal.reply;
    if (decision.refusal.by === "password" && attempt.user !== undefined) context.lockout.failed(alias);
    if (decision.refusal.by === "password-given" && status === 400) context.lockout.failed(alias);
    if (status === 400) return { error: text };
    throw new VaultError(status, text);
  }
  context.lockout.succeeded(alias);
  return {
    auth: {
      ...tokenGrant(attempt.user?.token ?? NO_TOKEN_PARAMS, remoteAddress),
      displayName: name,
      metadata: { username: name },
      alias: { name },
    },
  };
}
