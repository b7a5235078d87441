import type { BackendFactory } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { aliasPaths } from "./aliases.js";
import { entityPaths } from "./entities.js";
import { groupAliasPaths } from "./group-aliases.js";
import { groupPaths } from "./groups.js";
import { lookupPaths } from "./lookup.js";

/** What stands at `identity/`: entities, their aliases and groups. (vault/identity_store.go) */
export function identityBackend(core: () => Core): BackendFactory {
  return () => ({
    paths: [
      ...entityPaths(core),
      ...aliasPaths(core),
      ...groupAliasPaths(core),
      ...groupPaths(core),
      ...lookupPaths(core),
    ],
  });
}
