import { createHmac } from "node:crypto";
import type { HttpReply, HttpRequest } from "../../transport/index.js";
import type { Core } from "../core/core.js";
import { COMMON_HEADERS, errorReply } from "./reply.js";

/** What a DR secondary answers nevertheless. */
const SERVED_BY_DR = /^\/v1\/sys\/replication\/(?:(?:dr|performance)\/)?status$/;

/**
 * What a server that is not the active node of its cluster says to a request, where it does not have it answered by the
 * active one. (http/handler.go: handleRequestForwarding, respondStandby)
 */
export function besideTheLeader(core: Core, request: HttpRequest, path: string): HttpReply | undefined {
  const { node, seal } = core;
  if (node.standing === "active" || seal.sealed) return undefined;
  if (node.standing === "dr-secondary") {
    if (SERVED_BY_DR.test(path)) return undefined;
    return refused(request, { wanted: "a cluster that serves clients", got: "a DR secondary" }, () =>
      errorReply({ status: 400, text: "path disabled in replication DR secondary mode" }),
    );
  }
  if (node.standing === "leaderless") {
    return refused(request, { wanted: "an active node to forward to", got: "a cluster without one" }, () =>
      errorReply({ status: 500, text: "local node not active but active cluster node not found" }),
    );
  }
  if (node.standing === "performance-standby") return behind(request);
  const refusesForwarding = (request.headers["x-vault-no-request-forwarding"] ?? "") !== "";
  if (node.leader.forwards && !refusesForwarding) return undefined;
  const Location = `${node.leader.address}${request.target}`;
  return refused(request, { wanted: "the active node", got: `a standby; the client is sent to ${Location}` }, () => ({
    status: 307,
    headers: { ...COMMON_HEADERS, Location },
  }));
}

/** Tells a client of Enterprise which state its write has made, so that it can ask for no older one. */
export function withIndex({ node, cluster, clock }: Core, { method }: HttpRequest, reply: HttpReply): HttpReply {
  if (node.standing !== "performance-standby" || reply.status >= 400 || READS.has(method)) return reply;
  // unverified: beyond the form `v1:<cluster>:<local index>:<replicated index>:<hmac>` it is opaque to clients.
  const state = `v1:${cluster.id}:${Math.floor(clock.now() / 1000)}:0`;
  const signed = `${state}:${createHmac("sha256", cluster.id).update(state).digest("hex")}`;
  return { ...reply, headers: { ...reply.headers, "X-Vault-Index": Buffer.from(signed).toString("base64") } };
}

const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "LIST", "OPTIONS"]);

/** A state that the client has seen elsewhere and that has not arrived here. (sdk/logical: ErrMissingRequiredState) */
function behind(request: HttpRequest): HttpReply | undefined {
  const asked = request.headers["x-vault-index"] ?? "";
  if (asked === "" || request.headers["x-vault-inconsistent"] === "forward-active-node") return undefined;
  const about = { wanted: "the state of the client's X-Vault-Index", got: "an older one: replication is behind" };
  return refused(request, about, () => errorReply({ status: 412, text: "required index state not present" }));
}

function refused(
  { exchange }: HttpRequest,
  about: { readonly wanted: string; readonly got: string },
  reply: () => HttpReply,
): HttpReply {
  exchange.checked("access", [{ id: "cluster", outcome: "refused", ...about }], "cluster");
  return reply();
}
