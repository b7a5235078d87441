import type { BackendFactory } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { auditPaths } from "./audit.js";
import { capabilityPaths } from "./capabilities.js";
import type { SysPaths } from "./context.js";
import { counterPaths } from "./counters.js";
import { loggerPaths } from "./loggers.js";
import { configPaths } from "./config.js";
import { enterprisePaths } from "./enterprise.js";
import { internalUiPaths } from "./internal-ui.js";
import { leasePaths } from "./leases.js";
import { lockedUserPaths } from "./locked-users.js";
import { quotaPaths } from "./quotas.js";
import { namespacePaths } from "./namespaces.js";
import { pluginPaths } from "./plugins.js";
import { remountPaths } from "./remount.js";
import { serverPaths } from "./server.js";
import { wrappingPaths } from "./wrapping.js";
import { toolPaths } from "./tools.js";
import { upkeepPaths } from "./upkeep.js";
import { mountPaths } from "./mounts.js";
import { passwordPolicyPaths } from "./password-policies.js";
import { policyPaths } from "./policies.js";

/** The families of `sys` paths. Adding one is one file and one row. */
const FAMILIES: readonly SysPaths[] = [
  mountPaths,
  policyPaths,
  passwordPolicyPaths,
  capabilityPaths,
  leasePaths,
  internalUiPaths,
  remountPaths,
  toolPaths,
  wrappingPaths,
  configPaths,
  auditPaths,
  quotaPaths,
  pluginPaths,
  serverPaths,
  counterPaths,
  loggerPaths,
  upkeepPaths,
  namespacePaths,
  enterprisePaths,
  lockedUserPaths,
];

/** What stands at `sys/`. (vault/logical_system.go: NewSystemBackend) */
export function systemBackend(core: () => Core): BackendFactory {
  return () => ({
    paths: FAMILIES.flatMap((family) => family(core)),
    sudo: SUDO,
    unauthenticated: UNAUTHENTICATED,
  });
}

const SUDO = [
  "auth/*",
  "remount",
  "audit",
  "audit/*",
  "raw",
  "raw/*",
  "replication/reindex",
  "rotate",
  "config/cors",
  "config/auditing/*",
  "config/ui/headers/*",
  "plugins/catalog/*",
  "revoke-prefix/*",
  "revoke-force/*",
  "leases/revoke-prefix/*",
  "leases/revoke-force/*",
  "leases/lookup/*",
  "leases",
  "internal/inspect/*",
] as const;

const UNAUTHENTICATED = [
  "wrapping/lookup",
  "wrapping/pubkey",
  "replication/status",
  "replication/performance/status",
  "replication/dr/status",
  "internal/specs/openapi",
  "internal/ui/mounts",
  "internal/ui/mounts/*",
  "internal/ui/namespaces",
  "init",
  "seal-status",
  "unseal",
  "leader",
  "health",
  "generate-root/attempt",
  "generate-root/update",
  "decode-token",
  "rekey/init",
  "rekey/update",
  "rekey/verify",
  "rekey-recovery-key/init",
  "rekey-recovery-key/update",
  "rekey-recovery-key/verify",
  "mfa/validate",
] as const;
