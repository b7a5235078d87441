import type { HttpReply, HttpRequest } from "../../transport/index.js";
import type { Core } from "../core/core.js";
import type { ClusterNode } from "../core/node.js";
import { COMMON_HEADERS, errorReply, JSON_HEADERS, structReply } from "../http/reply.js";
import { hasQuirk } from "../release.js";

const TRUE: ReadonlySet<string> = new Set(["", "1", "t", "T", "TRUE", "true", "True"]);
const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** Asked codes outside this range make Go's server drop the connection. */
const [LEAST_STATUS, MOST_STATUS] = [100, 999];

/** `sys/health`: the state as a status that load balancers understand; every code can be asked for. (http/sys_health.go) */
export function health(core: Core, request: HttpRequest, query: string): HttpReply {
  const head = request.method === "HEAD";
  if (request.method !== "GET" && !head) return errorReply({ status: 405 });
  const code = healthCode(core, new URLSearchParams(query));
  if (code === undefined) return head ? { status: 400, headers: COMMON_HEADERS } : errorReply({ status: 400 });
  if (code < LEAST_STATUS || code > MOST_STATUS) return { status: 500, cut: "before-headers" };
  return head ? { status: code, headers: JSON_HEADERS } : structReply(code, healthBody(core));
}

function healthCode({ seal, node, release }: Core, query: URLSearchParams): number | undefined {
  for (const name of ["standbyok", "perfstandbyok"]) {
    const value = query.get(name);
    if (value !== null && !TRUE.has(value) && !FALSE.has(value)) return undefined;
  }
  const code = (name: string, usual: number): number => {
    const asked = query.get(name);
    return asked === null ? usual : /^[-+]?\d+$/.test(asked) ? Number(asked) : Number.NaN;
  };
  const codes = {
    uninit: code("uninitcode", 501),
    sealed: code("sealedcode", 503),
    active: code("activecode", 200),
    standby: code("standbycode", 429),
    dr: code("drsecondarycode", 472),
    performance: code("performancestandbycode", 473),
  };
  const more = hasQuirk(release, "health-has-more-codes") ? ["haunhealthycode", "removedcode"] : [];
  if (more.some((name) => Number.isNaN(code(name, 0)))) return undefined;
  if (Object.values(codes).some(Number.isNaN)) return undefined;
  if (!seal.initialized) return codes.uninit;
  if (seal.sealed) return codes.sealed;
  const fine = (name: string): boolean => query.has(name) && !FALSE.has(query.get(name) ?? "");
  switch (node.standing) {
    case "dr-secondary":
      return codes.dr;
    case "performance-standby":
      return fine("perfstandbyok") ? codes.active : codes.performance;
    case "standby":
    case "leaderless":
      return fine("standbyok") ? codes.active : codes.standby;
    case "active":
      return codes.active;
  }
}

function healthBody({ seal, node, clock, release, cluster }: Core): Record<string, unknown> {
  const mode = seal.sealed ? "unknown" : "disabled";
  const drMode = node.standing === "dr-secondary" && !seal.sealed ? "secondary" : mode;
  return {
    initialized: seal.initialized,
    sealed: seal.sealed,
    standby: seal.sealed || node.isStandby,
    performance_standby: hasQuirk(release, "no-performance-standby")
      ? undefined
      : !seal.sealed && node.standing === "performance-standby",
    replication_performance_mode: mode,
    replication_dr_mode: drMode,
    server_time_utc: Math.floor(clock.now() / 1000),
    version: release.said,
    ...(hasQuirk(release, "health-tells-more") && {
      enterprise: release.enterprise || node.standing === "performance-standby" || node.standing === "dr-secondary",
    }),
    cluster_name: seal.sealed ? undefined : cluster.name,
    cluster_id: seal.sealed ? undefined : cluster.id,
    ...(hasQuirk(release, "health-tells-more") && {
      echo_duration_ms: 0,
      clock_skew_ms: 0,
      replication_primary_canary_age_ms: 0,
    }),
    removed_from_cluster: hasQuirk(release, "health-tells-removal") ? false : undefined,
  };
}

/** `sys/seal-status`, which `sys/unseal` answers with, too. (http/sys_seal.go) */
export function sealStatus(core: Core): HttpReply {
  const { seal, release, cluster, settings } = core;
  const open = seal.initialized && !seal.sealed;
  const bao = release.product === "openbao";
  return structReply(200, {
    type: "shamir",
    initialized: seal.initialized,
    sealed: seal.sealed,
    t: seal.threshold,
    n: seal.shares,
    progress: seal.progress,
    nonce: seal.nonce,
    recovery_seal: bao ? false : undefined,
    version: release.said,
    ...(bao ? { commit_date: "" } : { build_date: "2023-11-20T00:00:00Z" }),
    migration: false,
    cluster_name: open ? cluster.name : undefined,
    cluster_id: open ? cluster.id : undefined,
    ...(!bao && { recovery_seal: false }),
    storage_type: settings.storageType,
  });
}

/** `sys/leader`; a server on its own has no high availability. (http/sys_leader.go) */
export function leader({ release, node, seal }: Core): HttpReply {
  if (node.isStandby && seal.sealed) return errorReply({ status: 503, text: "Vault is sealed" });
  if (node.isStandby) return standbysLeader(node);
  if (release.product === "openbao") return structReply(200, { ha_enabled: false });
  return structReply(200, {
    ha_enabled: false,
    is_self: false,
    active_time: "0001-01-01T00:00:00Z",
    leader_address: "",
    leader_cluster_address: "",
    performance_standby: false,
    performance_standby_last_remote_wal: 0,
  });
}

function standbysLeader({ standing, leader: { address } }: ClusterNode): HttpReply {
  const known = standing !== "leaderless";
  return structReply(200, {
    ha_enabled: true,
    is_self: false,
    active_time: "0001-01-01T00:00:00Z",
    leader_address: known ? address : "",
    leader_cluster_address: known ? address.replace(/:8200$/, ":8201") : "",
    performance_standby: standing === "performance-standby",
    performance_standby_last_remote_wal: 0,
  });
}
