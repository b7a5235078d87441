import { pass, type PromptCheck, refuse, type ServerLog, skip } from "../journal/index.js";
import type { Clock, Seed } from "../runtime/index.js";
import { type GrpcCall, type GrpcStatus, status } from "../transport/grpc/index.js";
import { type LogFields, logLine } from "./log.js";
import type { Manager } from "./manager.js";
import type { AgentSettings, WorkloadSpec } from "./options.js";
import { hasQuirk, type QuirkId, type Release } from "./quirks.js";
import type { RateLimiter } from "./rate-limit.js";

/** The names that SDS answers to, and what it does with bundles: the agent's `sds` section with its defaults. */
export interface SdsNames {
  readonly svid: string;
  readonly bundle: string;
  readonly allBundles: string;
  readonly disableSpiffeCertValidation: boolean;
  readonly enableDeprecatedV2Api: boolean;
}

/** What all services of one agent share. */
export interface Agent {
  readonly release: Release;
  readonly clock: Clock;
  /** For nonces. */
  readonly seed: Seed;
  readonly trustDomain: string;
  readonly manager: Manager;
  readonly sds: SdsNames;
  readonly settings: AgentSettings;
  readonly limiter: RateLimiter;
  has(quirk: QuirkId): boolean;
}

/** Whoever calls over one socket. */
export interface Caller {
  readonly selectors: ReadonlySet<string>;
  readonly pid: number;
  readonly attestation: WorkloadSpec["attestation"];
}

/** A call with all that its checks look at. */
export interface CallContext {
  readonly agent: Agent;
  readonly caller: Caller;
  readonly call: GrpcCall;
  /** The fields of every log line about this call. */
  readonly fields: LogFields;
}

export type AgentCheck = PromptCheck<CallContext, GrpcStatus>;

export function contextOf(agent: Agent, caller: Caller, call: GrpcCall, service: string): CallContext {
  const method = call.path.slice(call.path.lastIndexOf("/") + 1);
  return { agent, caller, call, fields: { method, pid: caller.pid, service, subsystem_name: "endpoints" } };
}

/** A line of the agent's log about a call. */
export function lineOf(
  { fields }: CallContext,
  level: ServerLog["level"],
  message: string,
  more: LogFields = {},
): ServerLog {
  return logLine(level, message, { ...fields, ...more });
}

export function logOf(context: CallContext, level: ServerLog["level"], message: string, more: LogFields = {}): void {
  context.call.exchange.log(level, lineOf(context, level, message, more).line);
}

/** The selectors that attestation ends with: before 1.15.2 none where every attestor plugin fails. */
export function attestedSelectors(caller: Caller): ReadonlySet<string> {
  return caller.attestation === undefined ? caller.selectors : new Set();
}

/** The caller's attestation; `message` is what the service logs when it fails. */
export function attestation(message: string): AgentCheck {
  return {
    id: "attestation",
    doc: "The agent finds the caller's selectors, once per call (pkg/agent/attestor/workload).",
    wants: () => "a caller whose selectors an attestor can tell",
    run(context) {
      const { agent, caller } = context;
      const kind = caller.attestation;
      if (kind === undefined) return pass([...caller.selectors].join(" ") || "no selectors");
      if (agent.has("attestation-failure-is-unavailable")) {
        return refuse(status("Unavailable", "workload attestation failed"), {
          got: kind,
          log: lineOf(context, "error", message, { error: "workload attestation failed" }),
        });
      }
      if (kind === "caller-gone") {
        // unverified: what follows the colon, which depends on how the agent noticed.
        const text = "could not verify existence of the original caller: caller is no longer being watched";
        return refuse(status("Unauthenticated", text), {
          got: kind,
          log: lineOf(context, "error", message, { error: text }),
        });
      }
      return {
        outcome: "passed",
        got: "no selectors",
        note: "every attestor plugin failed; this release goes on without selectors",
        log: logLine("error", "Failed to collect all selectors for PID", {
          pid: caller.pid,
          subsystem_name: "workload_attestor",
        }),
      };
    },
  };
}

/** `experimental.ratelimit`: calls per second and set of selectors. */
export const RATE_LIMIT: AgentCheck = {
  id: "rate-limit",
  doc: "No more calls of this method per second than configured, by selector set; since 1.15.2.",
  run({ agent, caller, call }) {
    const limit = agent.limiter.limitOf(call.path);
    if (limit === undefined) return skip("no limit is configured for this method");
    if (agent.limiter.allow(call.path, attestedSelectors(caller))) return pass(`below ${limit} per second`);
    return refuse(status("Unavailable", `rate limit exceeded for ${call.path}`), {
      got: `more than ${limit} per second`,
    });
  },
};

/** The rule that keeps cross-protocol requests away from the Workload API. */
export const SECURITY_HEADER: AgentCheck = {
  id: "security-header",
  doc: "The metadata workload.spiffe.io has one value, and that is `true` (SPIFFE Workload API §3.1).",
  wants: () => "workload.spiffe.io: true",
  run({ call }) {
    const values = call.header("workload.spiffe.io");
    if (values.length === 1 && values[0] === "true") return pass();
    return refuse(status("InvalidArgument", "security header missing from request"), {
      got: values.length === 0 ? "no such header" : values.join(", "),
      remedy: "send the metadata workload.spiffe.io: true with every call",
    });
  },
};

/** Does the caller have an identity? `unless` says when that does not matter. */
export function registration(unless?: (context: CallContext) => boolean): AgentCheck {
  return {
    id: "registration",
    doc: "An entry's selectors are all among the caller's (pkg/agent/manager/cache).",
    wants: () => "an entry whose selectors the caller has",
    run(context) {
      const { agent, caller } = context;
      const selectors = attestedSelectors(caller);
      const { identities } = agent.manager.view(selectors);
      if (identities.length > 0) return pass(identities.map(({ entry }) => entry.spiffeId).join(" "));
      if (unless?.(context) === true) return skip("allow_unauthenticated_verifiers is set");
      return refuse(NO_IDENTITY, {
        got: `selectors ${[...selectors].join(" ") || "none"}`,
        log: lineOf(context, "error", "No identity issued", {
          registered: false,
          ...loggedSelectors(agent, selectors),
        }),
        remedy: "create an entry with selectors that the caller has",
      });
    },
  };
}

export const NO_IDENTITY = status("PermissionDenied", "no identity issued");

function loggedSelectors(agent: Agent, selectors: ReadonlySet<string>): LogFields {
  const prefixes = agent.settings.logSelectors ?? [];
  const shown = [...selectors].filter((it) => prefixes.some((prefix) => it === prefix || it.startsWith(`${prefix}:`)));
  return shown.length === 0 ? {} : { selectors: shown.sort().join(",") };
}

/** @returns the agent's view of its own release, for the `has` of an Agent */
export function quirksOf(release: Release): (quirk: QuirkId) => boolean {
  const known = new Map<QuirkId, boolean>();
  return (quirk) => {
    const has = known.get(quirk) ?? hasQuirk(release, quirk);
    known.set(quirk, has);
    return has;
  };
}
