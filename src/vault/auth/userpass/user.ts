import type { BackendContext, Field } from "../../core/backend.js";
import { DEPRECATED_FIELDS, type DeprecatedParams, tokenFields, type TokenParams } from "../token-params.js";

export interface User {
  readonly name: string;
  readonly password: string;
  readonly token: TokenParams;
  readonly deprecated: DeprecatedParams;
}

const { policies, ttl, max_ttl, bound_cidrs } = DEPRECATED_FIELDS;

/** (builtin/credential/userpass/path_users.go) */
export function userFields(context: Pick<BackendContext, "quirk">): Readonly<Record<string, Field>> {
  return {
    ...tokenFields(context),
    ...(policies && ttl && max_ttl && bound_cidrs && { policies, ttl, max_ttl, bound_cidrs }),
    username: { type: "string", description: "Name of the user" },
    ...passwordFields(context),
  };
}

export function passwordFields(context: Pick<BackendContext, "quirk">): Readonly<Record<string, Field>> {
  return {
    password: { type: "string", description: "Password of the user" },
    ...(context.quirk("userpass-password-may-be-hashed") && {
      password_hash: { type: "string", description: "Its hash, as bcrypt makes it; nobody can log in with it here" },
    }),
  };
}
