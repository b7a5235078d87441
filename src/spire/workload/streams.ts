import { decideNow } from "../../journal/index.js";
import { type GrpcCall, type MethodHandler, serverStream } from "../../transport/grpc/index.js";
import {
  type Agent,
  type AgentCheck,
  attestation,
  attestedSelectors,
  type CallContext,
  type Caller,
  contextOf,
  NO_IDENTITY,
  RATE_LIMIT,
  registration,
  SECURITY_HEADER,
} from "../agent.js";
import type { Bundle } from "../bundle.js";
import type { WorkloadView } from "../manager.js";
import { withUniqueHints } from "./hints.js";
import {
  empty,
  hintField,
  jwtBundlesResponse,
  x509BundlesResponse,
  x509SvidResponse,
} from "../../transport/grpc/workload-messages.js";

/** What a stream sends of a view; `undefined` where it sends nothing. */
type Compose = (context: CallContext, view: WorkloadView) => Buffer;

interface StreamShape {
  readonly method: string;
  readonly compose: Compose;
  /** Is a caller without identity answered too? */
  readonly openToAll: (agent: Agent) => boolean;
  /** Is a message left out that is the same as the last one? */
  readonly skipsRepeats: (agent: Agent) => boolean;
}

const never = (): boolean => false;
const verifiers = (agent: Agent): boolean => agent.settings.allowUnauthenticatedVerifiers === true;
const skipping = (agent: Agent): boolean => agent.has("bundle-streams-skip-repeats");

const SHAPES: readonly StreamShape[] = [
  { method: "FetchX509SVID", compose: composeSvids, openToAll: never, skipsRepeats: never },
  {
    method: "FetchX509Bundles",
    compose: (_, view) => x509BundlesResponse.encode({ bundles: bundlesOf(view, ({ der }) => der) }),
    openToAll: verifiers,
    skipsRepeats: skipping,
  },
  {
    method: "FetchJWTBundles",
    compose: (_, view) => jwtBundlesResponse.encode({ bundles: bundlesOf(view, ({ jwks }) => jwks) }),
    openToAll: verifiers,
    skipsRepeats: skipping,
  },
];

/** The Workload API's streams for one caller, by method. */
export function streams(agent: Agent, caller: Caller): Record<string, MethodHandler> {
  return Object.fromEntries(SHAPES.map((shape) => [shape.method, streamOf(agent, caller, shape)]));
}

const ATTESTATION = attestation("Workload attestation failed");

function streamOf(agent: Agent, caller: Caller, shape: StreamShape): MethodHandler {
  const waitsForHalfClose = agent.has("waits-for-half-close");
  const identity = registration(() => shape.openToAll(agent));
  const checks: AgentCheck[] = [ATTESTATION, RATE_LIMIT, identity];
  const context = (call: GrpcCall): CallContext => contextOf(agent, caller, call, "WorkloadAPI");
  return serverStream(empty, { waitsForHalfClose, atOpen: (call) => headerRefusal(context(call)) }, (call) =>
    start(context(call), shape, checks),
  );
}

export function headerRefusal(context: CallContext): { readonly code: number; readonly details: string } | undefined {
  const decision = decideNow([SECURITY_HEADER], context);
  context.call.exchange.decided("security header", decision);
  return decision.refusal?.reply;
}

function start(
  context: CallContext,
  shape: StreamShape,
  checks: readonly AgentCheck[],
): { closed(): void; drained(): void } | undefined {
  const { agent, caller, call } = context;
  const decision = decideNow(checks, context);
  call.exchange.decided("admit the caller", decision);
  if (decision.refusal !== undefined) {
    call.end(decision.refusal.reply);
    return undefined;
  }
  const selectors = attestedSelectors(caller);
  let last: Buffer | undefined;
  let blocked = false;
  let waiting: WorkloadView | undefined;
  const send = (view: WorkloadView): void => {
    if (blocked) {
      waiting = view;
      return;
    }
    if (view.identities.length === 0 && !shape.openToAll(agent)) {
      refuseAgain(context);
      return;
    }
    const message = shape.compose(context, view);
    if (last !== undefined && shape.skipsRepeats(agent) && last.equals(message)) return;
    last = message;
    call.exchange.note({ type: "message", direction: "sent", method: shape.method, summary: summaryOf(view) });
    blocked = !call.send(message);
  };
  const unsubscribe = agent.manager.subscribe(selectors, send);
  send(agent.manager.view(selectors));
  return {
    closed: unsubscribe,
    drained() {
      blocked = false;
      const view = waiting;
      waiting = undefined;
      if (view !== undefined) send(view);
    },
  };
}

/** The last identity is gone while the stream was open. */
function refuseAgain(context: CallContext): void {
  context.call.exchange.decided("keep the caller", decideNow([registration()], context));
  context.call.end(NO_IDENTITY);
}

function composeSvids(context: CallContext, view: WorkloadView): Buffer {
  const svids = withUniqueHints(context, view.identities, ({ entry }) => entry).map(({ entry, svid }) => ({
    spiffeId: entry.spiffeId,
    x509Svid: svid.chainDer,
    x509SvidKey: svid.keyDer,
    bundle: view.bundle.der,
    ...hintField(entry.hint, context.agent.has("hints")),
  }));
  const federatedBundles = Object.fromEntries(view.federated.map(({ id, der }) => [id, der]));
  return x509SvidResponse.encode({ svids, federatedBundles });
}

/** Other domains' bundles are for callers with an identity only, which is what their view says by itself. */
function bundlesOf(view: WorkloadView, of: (bundle: Bundle) => Buffer): Record<string, Buffer> {
  return Object.fromEntries([view.bundle, ...view.federated].map((bundle) => [bundle.id, of(bundle)]));
}

function summaryOf(view: WorkloadView): Record<string, unknown> {
  return {
    identities: view.identities.map(({ entry }) => entry.spiffeId),
    bundles: [view.bundle, ...view.federated].map(({ id }) => id),
  };
}
