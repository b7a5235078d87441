import type { BackendReply, Handler, OperationName, Path } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { SysPaths } from "./context.js";

const REFUSAL: BackendReply = { error: "enterprise-only feature", status: 404 };
const refuse: Handler = () => REFUSAL;
const on = (...operations: readonly OperationName[]): Partial<Record<OperationName, Handler>> =>
  Object.fromEntries(operations.map((operation) => [operation, refuse]));

/** Paths that a community server knows and does not serve. (vault/logical_system_paths.go: entPaths; recorded) */
const ENTERPRISE: readonly (readonly [pattern: string, operations: readonly OperationName[]])[] = [
  ["namespaces/?$", ["list"]],
  ["namespaces/(?<path>.+)", ["read", "update", "delete", "patch"]],
  ["license/status$", ["read"]],
  ["config/control-group$", ["read", "update", "delete"]],
  ["control-group/(?:request|authorize)$", ["update"]],
  ["policies/(?:rgp|egp)/?$", ["list"]],
  ["policies/(?:rgp|egp)/(?<name>.+)", ["read", "update", "delete"]],
  ["mfa/method/?", ["list"]],
  ["replication/(?:primary|performance/primary|dr/primary)/.+", ["read", "update"]],
  ["managed-keys/.+", ["list"]],
  ["replication/(?:dr|performance)/status$", ["read"]],
  ["storage/raft/snapshot-auto/config/?$", ["list"]],
  ["config/group-policy-application$", ["read", "update"]],
  ["plugins/reload/backend/status$", ["read"]],
  ["sealwrap/rewrap$", ["read", "update"]],
  ["quotas/lease-count/?$", ["list"]],
  ["quotas/lease-count/(?<name>.+)", ["read", "update", "delete"]],
];

/** unverified in its details: a DR secondary that is well, as operators' tools show it. */
const DR_SECONDARY = {
  dr: {
    connection_state: "ready",
    mode: "secondary",
    primaries: [{ connection_status: "connected" }],
    state: "stream-wals",
  },
  performance: { mode: "disabled" },
};

function replicationPath(core: () => Core): Path {
  return {
    pattern: "replication/status$",
    operations: {
      read: () => ({ data: core().node.standing === "dr-secondary" ? DR_SECONDARY : { mode: "disabled" } }),
    },
    summary: "State of replication",
  };
}

export const enterprisePaths: SysPaths = (core): Path[] => [
  ...(core().release.product === "openbao" ? [] : [replicationPath(core)]),
  ...(core().release.product === "openbao" || core().release.enterprise
    ? []
    : ENTERPRISE.map(([pattern, operations]): Path => ({
        pattern,
        fields: { path: { type: "string" }, name: { type: "string" } },
        operations: on(...operations),
        summary: "Enterprise only",
      }))),
];
