import type { BackendFactory } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { entityPaths } from "./entities.js";
import { groupPaths } from "./groups.js";

/** What stands at `identity/`: entities, their aliases and groups. (vault/identity_store.go) */
export function identityBackend(core: () => Core): BackendFactory {
  return () => ({ paths: [...entityPaths(core), ...groupPaths(core)] });
}
