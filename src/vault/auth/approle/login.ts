import { type Check, pass, refuse, skip } from "../../../journal/index.js";
import { goQuote } from "../../../runtime/index.js";
import type { BackendContext } from "../../core/backend.js";
import { withinCidrs } from "../../token/cidr.js";
import { refuseWider } from "./cidrs.js";
import type { AppRole, Roles } from "./role.js";
import { type SecretId, validSecretId } from "./secret-ids.js";

export interface AppRoleLogin {
  readonly context: BackendContext;
  readonly roles: Roles;
  readonly roleId: string;
  readonly secretId: string;
  readonly remoteAddress: string;
  readonly isLocked: boolean;
  role?: AppRole;
  secret?: SecretId;
}

interface Refusal {
  readonly status: 400 | 403 | 500;
  readonly text: string;
}

const INVALID: Refusal = { status: 400, text: "invalid role or secret ID" };

/** What a secret ID says that may be used any number of times; for those with a count Vault words it otherwise. */
const THROUGH = "through CIDR restrictions on the secret ID";

/** The steps of a login. (builtin/credential/approle/path_login.go pathLoginUpdate) */
export const LOGIN_CHECKS: readonly Check<AppRoleLogin, Refusal>[] = [
  {
    id: "role-id-given",
    doc: "A role id was sent. Since user lockout came, the core asks for it first and fails with a 500. (recorded)",
    run: ({ roleId, context }) => {
      if (roleId !== "") return pass();
      if (!context.quirk("users-are-locked-out")) return refuse({ status: 400, text: "missing role_id" });
      const named = context.quirk("approle-names-missing-role-id");
      return refuse({
        status: 500,
        text: named ? "missing role_id" : "failed to determine alias name from login request",
      });
    },
  },
  {
    id: "lockout",
    doc: "Five wrong secret IDs in a row lock a role id for 15 minutes.",
    run: ({ isLocked }) =>
      isLocked
        ? refuse({ status: 403, text: "permission denied" }, { remedy: "wait, or unlock it in sys/locked-users" })
        : pass(),
  },
  {
    id: "role",
    doc: "A role has that role id.",
    run: (login) => {
      const role = login.roles.withRoleId(login.roleId);
      if (role === undefined) return refuse(INVALID, { got: login.roleId, note: "no role has that role id" });
      login.role = role;
      return pass(role.name);
    },
  },
  {
    id: "secret-id",
    doc: "The secret ID is one of the role's, not expired and not used up. The reply does not tell which it is.",
    run: (login) => {
      const { role, secretId, context } = login;
      if (role?.bindSecretId !== true) return skip("the role has bind_secret_id=false");
      if (secretId === "") return refuse({ status: 400, text: "missing secret_id" });
      const secret = validSecretId(context, role, secretId);
      if (secret === undefined) {
        const remedy = `issue a new one: auth/…/role/${role.name}/secret-id`;
        return refuse(INVALID, { note: "unknown, expired, used up or destroyed", remedy });
      }
      login.secret = secret;
      spend(role, secretId, secret, context.clock.now());
      return pass(secret.accessor);
    },
  },
  {
    id: "secret-id-cidr",
    doc: "The peer lies within the secret ID's `cidr_list`.",
    wants: ({ secret }) => secret?.cidrs.join(", "),
    run: ({ role, secret, remoteAddress }) => {
      if (secret === undefined) return skip("no secret ID is needed");
      refuseWider(role?.secretIdBoundCidrs ?? [], secret.cidrs);
      if (withinCidrs(remoteAddress, secret.cidrs)) return pass(remoteAddress);
      const how = secret.isCounted ? "by CIDR restrictions on the secret ID: %!w(<nil>)" : THROUGH;
      const text = `source address ${goQuote(remoteAddress)} unauthorized ${how}`;
      return refuse({ status: 400, text }, { got: remoteAddress });
    },
  },
  {
    id: "role-cidr",
    doc: "The peer lies within the role's `secret_id_bound_cidrs`.",
    wants: ({ role }) => role?.secretIdBoundCidrs?.join(", "),
    run: ({ role, remoteAddress }) => {
      if (withinCidrs(remoteAddress, role?.secretIdBoundCidrs ?? [])) return pass(remoteAddress);
      const text = `source address ${goQuote(remoteAddress)} unauthorized by CIDR restrictions on the role: %!w(<nil>)`;
      return refuse({ status: 400, text }, { got: remoteAddress });
    },
  },
];

/** A login costs a use even if a later step refuses it. */
function spend(role: AppRole, secretId: string, secret: SecretId, now: number): void {
  if (secret.usesLeft === 0) return;
  if (secret.usesLeft === 1) role.secretIds.delete(secretId);
  secret.usesLeft -= 1;
  secret.updatedAt = now;
}
