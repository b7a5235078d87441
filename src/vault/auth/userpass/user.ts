import type { Field } from "../../core/backend.js";
import { DEPRECATED_FIELDS, type DeprecatedParams, TOKEN_FIELDS, type TokenParams } from "../token-params.js";

export interface User {
  readonly name: string;
  readonly password: string;
  readonly token: TokenParams;
  readonly deprecated: DeprecatedParams;
}

const { policies, ttl, max_ttl, bound_cidrs } = DEPRECATED_FIELDS;

/** (builtin/credential/userpass/path_users.go) */
export const USER_FIELDS: Readonly<Record<string, Field>> = {
  ...TOKEN_FIELDS,
  ...(policies && ttl && max_ttl && bound_cidrs && { policies, ttl, max_ttl, bound_cidrs }),
  username: { type: "string", description: "Name of the user" },
  password: { type: "string", description: "Password of the user" },
};
