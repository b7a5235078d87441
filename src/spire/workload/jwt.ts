import { decideNow, pass, refuse, skip } from "../../journal/index.js";
import { type MethodHandler, status, unary, type UnaryReply } from "../../transport/grpc/index.js";
import {
  type Agent,
  attestation,
  attestedSelectors,
  type CallContext,
  type Caller,
  contextOf,
  lineOf,
  logOf,
  NO_IDENTITY,
  RATE_LIMIT,
  type AgentCheck,
  SECURITY_HEADER,
} from "../agent.js";
import type { Entry } from "../entries.js";
import { FetchFailed } from "../jwt-cache.js";
import { readSpiffeId } from "../spiffe-id.js";
import { withUniqueHints } from "./hints.js";
import {
  hintField,
  type JwtSvidRequest,
  jwtSvidRequest,
  jwtSvidResponse,
} from "../../transport/grpc/workload-messages.js";

/** FetchJWTSVID for one caller: the audience is looked at before the caller is. */
export function fetchJwtSvid(agent: Agent, caller: Caller): MethodHandler {
  return unary(jwtSvidRequest, (call, request) => {
    const context = contextOf(agent, caller, call, "WorkloadAPI");
    const { audience, spiffeId } = request;
    call.exchange.note({
      type: "message",
      direction: "received",
      method: "FetchJWTSVID",
      summary: { audience, ...(spiffeId !== "" && { spiffeId }) },
    });
    const decision = decideNow(checksOf(request), context);
    call.exchange.decided("give a JWT-SVID", decision);
    return decision.refusal === undefined ? tokens(context, request) : { status: decision.refusal.reply };
  });
}

export function audienceCheck(audience: readonly string[] | string): AgentCheck {
  return {
    id: "audience",
    doc: "At least one audience is named; it may even be empty, then the server refuses (workload/handler.go).",
    wants: () => "an audience",
    run(context) {
      if (audience.length > 0) return pass(typeof audience === "string" ? audience : audience.join(" "));
      return refuse(status("InvalidArgument", "audience must be specified"), {
        got: "none",
        log: lineOf(context, "error", "Missing required audience parameter"),
      });
    },
  };
}

function checksOf({ audience, spiffeId }: JwtSvidRequest): AgentCheck[] {
  return [
    SECURITY_HEADER,
    audienceCheck(audience),
    idCheck(spiffeId),
    attestation("Workload attestation failed"),
    RATE_LIMIT,
    entryCheck(spiffeId),
  ];
}

function idCheck(spiffeId: string): AgentCheck {
  return {
    id: "spiffe-id",
    doc: "A SPIFFE ID, where one is asked for, is well formed (go-spiffe spiffeid.FromString).",
    run(context) {
      if (spiffeId === "") return skip("no SPIFFE ID is asked for");
      const reading = readSpiffeId(spiffeId);
      if (!("problem" in reading)) return pass(spiffeId);
      return refuse(status("InvalidArgument", `invalid requested SPIFFE ID: ${reading.problem}`), {
        got: spiffeId,
        log: lineOf(context, "error", "Invalid requested SPIFFE ID", { spiffe_id: spiffeId, error: reading.problem }),
      });
    },
  };
}

function entryCheck(spiffeId: string): AgentCheck {
  return {
    id: "registration",
    doc: "An entry of the caller has the SPIFFE ID that is asked for, or any where none is.",
    wants: () =>
      spiffeId === "" ? "an entry whose selectors the caller has" : `an entry of the caller for ${spiffeId}`,
    run(context) {
      const known = context.agent.manager.matching(attestedSelectors(context.caller));
      if (known.some((entry) => spiffeId === "" || entry.spiffeId === spiffeId)) return pass();
      return refuse(NO_IDENTITY, {
        got: known.map((entry) => entry.spiffeId).join(" ") || "no entry",
        log: lineOf(context, "error", "No identity issued", { registered: false }),
      });
    },
  };
}

function tokens(context: CallContext, { audience, spiffeId }: JwtSvidRequest): UnaryReply {
  const { agent, caller } = context;
  const entries = withUniqueHints(context, agent.manager.matching(attestedSelectors(caller)), (entry) => entry);
  const asked = entries.filter((entry) => spiffeId === "" || entry.spiffeId === spiffeId);
  if (asked.length === 0) return { status: NO_IDENTITY };
  const svids: { spiffeId: string; svid: string; hint?: string }[] = [];
  for (const entry of asked) {
    const token = tokenOf(context, entry, audience);
    if ("status" in token) return token;
    svids.push({ spiffeId: entry.spiffeId, svid: token.token, ...hintField(entry.hint, agent.has("hints")) });
  }
  context.call.exchange.note({
    type: "message",
    direction: "sent",
    method: "FetchJWTSVID",
    summary: { identities: svids.map((svid) => svid.spiffeId), audience },
  });
  return { message: jwtSvidResponse.encode({ svids }) };
}

function tokenOf(
  context: CallContext,
  entry: Entry,
  audience: readonly string[],
): { token: string } | Extract<UnaryReply, { status: unknown }> {
  try {
    return { token: context.agent.manager.jwtSvid(entry, audience).token };
  } catch (problem) {
    if (!(problem instanceof FetchFailed)) throw problem;
    const fields = { registered: true, spiffe_id: entry.spiffeId, error: problem.message };
    logOf(context, "error", "Could not fetch JWT-SVID", fields);
    return { status: status("Unavailable", `could not fetch JWT-SVID: ${problem.message}`) };
  }
}
