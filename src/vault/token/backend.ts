import type { Backend, BackendFactory } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { createPaths } from "./create.js";
import { lookupPaths } from "./lookup.js";
import { renewPaths } from "./renew.js";
import { revokePaths } from "./revoke.js";
import { rolePaths, TokenRoles } from "./roles.js";

/** What stands at `auth/token/`. Unlike other backends it is made for one core, whose tokens it serves. (vault/token_store.go) */
export function tokenBackend(core: () => Core): BackendFactory {
  return (): Backend => {
    const roles = new TokenRoles();
    return {
      paths: [
        ...rolePaths(roles),
        ...createPaths(core, roles),
        ...lookupPaths(core),
        ...revokePaths(core),
        ...renewPaths(core, roles),
      ],
      sudo: ["revoke-orphan/*", "accessors*"],
    };
  };
}
