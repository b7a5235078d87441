import type { Backend, BackendFactory, BackendReply } from "../core/backend.js";
import { type Core, coreQuirk } from "../core/core.js";
import { serverName } from "../release.js";
import { createPaths } from "./create.js";
import { lookupPaths } from "./lookup.js";
import { renewPaths } from "./renew.js";
import { revokePaths } from "./revoke.js";
import { rolePaths, TokenRoles } from "./roles.js";

function tidying({ release }: Core): BackendReply {
  const where = `${serverName(release)}'s server logs`;
  const text = `Tidy operation successfully started. Any information from the operation will be printed to ${where}.`;
  return { status: 202, warnings: [text] };
}

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
        { pattern: "tidy$", operations: { update: () => tidying(core()) }, summary: "Clean up the token store" },
      ],
      sudo: coreQuirk(core(), "token-sudo-paths-are-exact")
        ? ["revoke-orphan", "accessors/"]
        : ["revoke-orphan/*", "accessors*"],
    };
  };
}
