import { type Check, pass, refuse } from "../../../journal/index.js";
import type { User } from "./user.js";

export interface UserpassLogin {
  readonly user: User | undefined;
  readonly password: string;
  readonly isLocked: boolean;
  /** What a login without a password is told. */
  readonly missing: Refusal;
  readonly isPeerAllowed: (cidrs: readonly string[]) => boolean;
}

export interface Refusal {
  readonly status: 400 | 403 | 500;
  readonly text: string;
}

/** Of a password only the first 72 bytes count. (golang.org/x/crypto/bcrypt: CompareHashAndPassword) */
function compared(password: string): string {
  return Buffer.from(password).subarray(0, 72).toString("latin1");
}

/** The steps of a login. (vault/request_handling.go isUserLocked, builtin/credential/userpass/path_login.go) */
export const LOGIN_CHECKS: readonly Check<UserpassLogin, Refusal>[] = [
  {
    id: "lockout",
    doc: "Five wrong passwords in a row lock a user for 15 minutes; even the right one is refused then.",
    run: ({ isLocked }) =>
      isLocked
        ? refuse({ status: 403, text: "permission denied" }, { remedy: "wait, or unlock the user in sys/locked-users" })
        : pass(),
  },
  {
    id: "password-given",
    doc: "A password was sent; without one the method fails with a 500, and since 1.18 refuses with a 400.",
    run: ({ password, missing }) => (password === "" ? refuse(missing) : pass()),
  },
  {
    id: "password",
    doc: "The user exists and the password is theirs; the reply does not tell which of the two is wrong.",
    run: ({ user, password }) => {
      if (user !== undefined && compared(user.password) === compared(password)) return pass(user.name);
      const note = user === undefined ? "there is no such user" : "the password is wrong";
      return refuse({ status: 400, text: "invalid username or password" }, { note });
    },
  },
  {
    id: "cidr",
    doc: "The peer lies within the user's `token_bound_cidrs`.",
    run: ({ user, isPeerAllowed }) =>
      isPeerAllowed(user?.token.boundCidrs ?? []) ? pass() : refuse({ status: 403, text: "permission denied" }),
  },
];
