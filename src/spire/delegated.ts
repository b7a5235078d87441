import { decideNow, pass, refuse } from "../journal/index.js";
import {
  codec,
  type GrpcCall,
  type GrpcService,
  type MethodHandler,
  serverStream,
  status,
  unary,
} from "../transport/grpc/index.js";
import {
  type Agent,
  type AgentCheck,
  attestation,
  attestedSelectors,
  type CallContext,
  type Caller,
  contextOf,
  lineOf,
  logOf,
  NO_IDENTITY,
} from "./agent.js";
import type { Bundle } from "./bundle.js";
import type { Entry } from "./entries.js";
import { FetchFailed } from "./jwt-cache.js";
import type { WorkloadView } from "./manager.js";
import { readSpiffeId } from "./spiffe-id.js";
import { attestPid } from "./unix-attestor.js";

const PACKAGE = "spire.api.agent.delegatedidentity.v1";

interface Target {
  readonly selectors: readonly { readonly type: string; readonly value: string }[];
  readonly pid: number;
}
interface SpiffeIdMessage {
  readonly trustDomain: string;
  readonly path: string;
}

const subscribeRequest = codec<Target>(`${PACKAGE}.SubscribeToX509SVIDsRequest`);
const subscribeResponse = codec<object>(`${PACKAGE}.SubscribeToX509SVIDsResponse`);
const jwtRequest = codec<Target & { readonly audience: readonly string[] }>(`${PACKAGE}.FetchJWTSVIDsRequest`);
const jwtResponse = codec<object>(`${PACKAGE}.FetchJWTSVIDsResponse`);
const empty = codec<object>(`${PACKAGE}.SubscribeToX509BundlesRequest`);
const x509Bundles = codec<{ caCertificates: Record<string, Buffer> }>(`${PACKAGE}.SubscribeToX509BundlesResponse`);
const jwtBundles = codec<{ bundles: Record<string, Buffer> }>(`${PACKAGE}.SubscribeToJWTBundlesResponse`);

/** Delegated identity on the admin socket: an authorized delegate asks for others. (pkg/agent/api/delegatedidentity) */
export function delegatedService(agent: Agent, caller: Caller): GrpcService {
  const x509 = (view: readonly Bundle[]): Buffer =>
    x509Bundles.encode({ caCertificates: byId(view, ({ der }) => der) });
  const jwt = (view: readonly Bundle[]): Buffer => jwtBundles.encode({ bundles: byId(view, ({ jwks }) => jwks) });
  return {
    name: `${PACKAGE}.DelegatedIdentity`,
    methods: {
      SubscribeToX509SVIDs: subscribeToSvids(agent, caller),
      SubscribeToX509Bundles: subscribeToBundles(agent, caller, x509),
      ...(agent.has("delegated-jwt") && {
        FetchJWTSVIDs: fetchJwtSvids(agent, caller),
        SubscribeToJWTBundles: subscribeToBundles(agent, caller, jwt),
      }),
    },
  };
}

const ATTESTATION = attestation("Workload attestation failed");

const DELEGATE: AgentCheck = {
  id: "authorized-delegate",
  doc: "One of the caller's SPIFFE IDs stands in `authorized_delegates`.",
  wants: ({ agent }) => (agent.settings.authorizedDelegates ?? []).join(" ") || "a list of authorized delegates",
  run(context) {
    const { agent, caller } = context;
    const entries = agent.manager.matching(attestedSelectors(caller));
    const [first] = entries;
    if (first === undefined)
      return refuse(NO_IDENTITY, { got: "no entry", log: lineOf(context, "error", "No identity issued") });
    const delegates = agent.settings.authorizedDelegates ?? [];
    const delegate = entries.find(({ spiffeId }) => delegates.includes(spiffeId));
    if (delegate !== undefined) return pass(delegate.spiffeId);
    const fields = { num_registered_entries: entries.length, default_id: first.spiffeId };
    return refuse(status("PermissionDenied", "caller not configured as an authorized delegate"), {
      got: entries.map(({ spiffeId }) => spiffeId).join(" "),
      log: lineOf(context, "error", "Permission denied; caller not configured as an authorized delegate.", fields),
    });
  },
};

function targetCheck(target: Target): AgentCheck {
  return {
    id: "target",
    doc: "Selectors or the pid of a process, not both (delegatedidentity/v1/service.go constructValidSelectorsFromReq).",
    run(context) {
      const { agent } = context;
      if (agent.has("delegated-by-pid") && target.selectors.length > 0 === (target.pid !== 0)) {
        const text = "must provide either selectors or non-zero PID, but not both";
        const log = lineOf(context, "error", `Invalid argument; ${text}`);
        return refuse(status("InvalidArgument", text), { got: target.pid === 0 ? "neither" : "both", log });
      }
      if (target.selectors.some(({ type, value }) => type === "" || type.includes(":") || value === "")) {
        const text = "could not parse provided selectors";
        const log = lineOf(context, "error", `Invalid argument; ${text}`);
        return refuse(status("InvalidArgument", text), { got: selectorsOf(target).join(" "), log });
      }
      if (isUnknownPid(agent, target) && agent.has("attestation-failure-is-unavailable")) {
        const log = lineOf(context, "error", "Workload attestation failed");
        return refuse(status("Unavailable", "workload attestation failed"), { got: `pid ${target.pid}`, log });
      }
      return pass([...targetSelectors(agent, target)].join(" "));
    },
  };
}

function isUnknownPid(agent: Agent, { pid }: Target): boolean {
  return agent.has("delegated-by-pid") && pid !== 0 && attestPid(pid) === undefined;
}

/** Before a failed attestation was an error it was as good as no selectors. */
function targetSelectors(agent: Agent, target: Target): ReadonlySet<string> {
  if (agent.has("delegated-by-pid") && target.pid !== 0) return attestPid(target.pid) ?? new Set();
  return new Set(selectorsOf(target));
}

function selectorsOf(target: Target): string[] {
  return target.selectors.map(({ type, value }) => `${type}:${value}`);
}

function admit(context: CallContext, checks: readonly AgentCheck[]): boolean {
  const decision = decideNow(checks, context);
  context.call.exchange.decided("admit the delegate", decision);
  if (decision.refusal !== undefined) context.call.end(decision.refusal.reply);
  return decision.refusal === undefined;
}

function subscribeToSvids(agent: Agent, caller: Caller): MethodHandler {
  const options = { waitsForHalfClose: agent.has("waits-for-half-close") };
  return serverStream(subscribeRequest, options, (call: GrpcCall, target) => {
    const context = contextOf(agent, caller, call, "delegatedidentity.v1.DelegatedIdentity");
    if (!admit(context, [ATTESTATION, DELEGATE, targetCheck(target)])) return undefined;
    const selectors = targetSelectors(agent, target);
    const send = (view: WorkloadView): void => {
      if (!call.over && isStillDelegate(context)) call.send(subscribeResponse.encode(svidsMessage(agent, view)));
    };
    const unsubscribe = agent.manager.subscribe(selectors, send);
    send(agent.manager.view(selectors));
    return { closed: unsubscribe };
  });
}

/** Before everything that is sent later the delegate is looked at again, with the selectors that it had at first. */
function isStillDelegate(context: CallContext): boolean {
  const { agent, caller } = context;
  const delegates = agent.settings.authorizedDelegates ?? [];
  const entries = agent.manager.matching(attestedSelectors(caller));
  return entries.some(({ spiffeId }) => delegates.includes(spiffeId)) || admit(context, [DELEGATE]);
}

/** Identities of admins and of downstream servers are not given away. */
function isGiven(agent: Agent, { admin, downstream }: Entry): boolean {
  return !admin && (!downstream || agent.has("admin-passes-for-downstream"));
}

function svidsMessage(agent: Agent, view: WorkloadView): object {
  const shown = view.identities.filter(({ entry }) => isGiven(agent, entry));
  return {
    x509Svids: shown.map(({ entry, svid }) => ({
      x509Svid: {
        certChain: svid.chain,
        id: idMessage(entry.spiffeId),
        expiresAt: Math.floor(svid.notAfter / 1000),
        ...(entry.hint !== "" && { hint: entry.hint }),
      },
      x509SvidKey: svid.keyDer,
    })),
    federatesWith: view.federated.map(({ id }) => id).sort(),
  };
}

function subscribeToBundles(
  agent: Agent,
  caller: Caller,
  compose: (bundles: readonly Bundle[]) => Buffer,
): MethodHandler {
  const options = { waitsForHalfClose: agent.has("waits-for-half-close") };
  return serverStream(empty, options, (call) => {
    const context = contextOf(agent, caller, call, "delegatedidentity.v1.DelegatedIdentity");
    if (!admit(context, [ATTESTATION, DELEGATE])) return undefined;
    // A bundle that is gone stays in the messages of a stream that has seen it, as it does in the agent's map.
    const seen = new Map<string, Bundle>();
    const send = (): void => {
      for (const bundle of agent.manager.bundles()) seen.set(bundle.id, bundle);
      call.send(compose([...seen.values()]));
    };
    const unsubscribe = agent.manager.subscribeToBundles(() => {
      if (!call.over && isStillDelegate(context)) send();
    });
    send();
    return { closed: unsubscribe };
  });
}

function fetchJwtSvids(agent: Agent, caller: Caller): MethodHandler {
  return unary(jwtRequest, (call, request) => {
    const context = contextOf(agent, caller, call, "delegatedidentity.v1.DelegatedIdentity");
    if (request.audience.length === 0) {
      logOf(context, "error", "Missing required audience parameter");
      return { status: status("InvalidArgument", "audience must be specified") };
    }
    const decision = decideNow([ATTESTATION, DELEGATE, targetCheck(request)], context);
    call.exchange.decided("admit the delegate", decision);
    if (decision.refusal !== undefined) return { status: decision.refusal.reply };
    const entries = agent.manager.matching(targetSelectors(agent, request));
    const asked = agent.has("delegated-jwt-of-anybody") ? entries : entries.filter((entry) => isGiven(agent, entry));
    if (asked.length === 0) {
      logOf(context, "error", "No identity issued");
      return { status: NO_IDENTITY };
    }
    try {
      const svids = asked.map((entry) => {
        const { token, expiresAt, issuedAt } = agent.manager.jwtSvid(entry, request.audience);
        const times = { expiresAt: expiresAt / 1000, issuedAt: issuedAt / 1000 };
        return { token, id: idMessage(entry.spiffeId), ...times, ...(entry.hint !== "" && { hint: entry.hint }) };
      });
      return { message: jwtResponse.encode({ svids }) };
    } catch (problem) {
      if (!(problem instanceof FetchFailed)) throw problem;
      logOf(context, "error", "Could not fetch JWT-SVID", { error: problem.message });
      return { status: status("Unavailable", `could not fetch JWT-SVID: ${problem.message}`) };
    }
  });
}

function idMessage(spiffeId: string): SpiffeIdMessage {
  const reading = readSpiffeId(spiffeId);
  return "problem" in reading ? { trustDomain: "", path: "" } : reading;
}

function byId(bundles: readonly Bundle[], of: (bundle: Bundle) => Buffer): Record<string, Buffer> {
  return Object.fromEntries(bundles.map((bundle) => [bundle.id, of(bundle)]));
}
