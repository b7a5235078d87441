import { type CallHandler, decoded, type GrpcCall, rpcError } from "../../transport/grpc/index.js";
import { attestedSelectors, type CallContext, logOf } from "../agent.js";
import type { WorkloadView } from "../manager.js";
import type { Answers, Question } from "./answers.js";
import {
  type DiscoveryRequest,
  discoveryRequest,
  type Node,
  responseBytes,
} from "../../transport/grpc/sds-messages.js";
import { NAME_CHECK } from "./names.js";

/** What a request is to the answer before it. */
type Kind = "first" | "ack" | "nack" | "stale";

/**
 * One StreamSecrets call, as SPIRE's handler loops over it: requests, changes of what the workload may see, and the
 * client's end. (sdsv3/handler.go StreamSecrets)
 */
export class SecretStream implements CallHandler {
  readonly #context: CallContext;
  readonly #answers: Answers;
  readonly #call: GrpcCall;
  readonly #unsubscribe: () => void;
  /** Rises with every change, also before the first request; starts again with every stream. */
  #version = 0;
  #nonce = "";
  #lastNode: Node | null = null;
  /** The last request that was not stale: its names (none before the first), its node or the one kept, its type. */
  #names: readonly string[] | undefined;
  #node: Node | null = null;
  #typeUrl = "";
  /** What they ask, made when the answer is first looked up. */
  #question: Question | undefined;
  #view: WorkloadView;
  #blocked = false;
  #changed = false;

  constructor(context: CallContext, answers: Answers) {
    this.#context = context;
    this.#answers = answers;
    this.#call = context.call;
    const { manager } = context.agent;
    const selectors = attestedSelectors(context.caller);
    this.#unsubscribe = manager.subscribe(selectors, (view) => this.#viewChanged(view));
    this.#view = manager.view(selectors);
    this.#version = 1;
  }

  message(bytes: Buffer): void {
    const request = decoded(this.#call, discoveryRequest, bytes);
    if (request === undefined) return;
    const kind = this.#kindOf(request);
    const before = this.#names;
    const changed = before === undefined || listChanged(before, request.resourceNames);
    const repeated = before !== undefined && sameList(before, request.resourceNames);
    const names = repeated ? before : this.#answers.shared(request.resourceNames);
    this.#noteReceived(request, names, kind);
    this.#logReceived(request, kind);
    if (kind === "stale") return;
    const keepsNode = kind !== "first" && request.node === null && this.#context.agent.has("sds-keeps-node");
    const node = keepsNode ? this.#lastNode : request.node;
    if (!repeated || node !== this.#node) this.#question = undefined;
    this.#names = names;
    this.#node = node;
    // Thousands of streams hold one and the same text.
    if (request.typeUrl !== this.#typeUrl) this.#typeUrl = this.#answers.sharedType(request.typeUrl);
    if (changed) this.#answer(true);
  }

  halfClosed(): void {
    if (this.#context.agent.has("sds-logs-clean-close")) {
      logOf(this.#context, "error", "Received error from stream secrets server", { error: "<nil>" });
    }
    this.#call.end();
  }

  closed(): void {
    this.#unsubscribe();
  }

  /** The client has caught up: it gets the newest view, and those in between are skipped as SPIRE skips them. */
  drained(): void {
    this.#blocked = false;
    if (!this.#changed) return;
    this.#changed = false;
    this.#answer(false);
  }

  #viewChanged(view: WorkloadView): void {
    this.#view = view;
    if (this.#blocked) {
      if (!this.#changed) this.#version++;
      this.#changed = true;
      return;
    }
    this.#version++;
    if (this.#names !== undefined) this.#answer(false);
  }

  #kindOf(request: DiscoveryRequest): Kind {
    if (this.#nonce === "") return "first";
    if (request.responseNonce !== this.#nonce) return "stale";
    return request.versionInfo === String(this.#version) ? "ack" : "nack";
  }

  #answer(asked: boolean): void {
    const names = this.#names;
    if (names === undefined) return;
    const { agent } = this.#context;
    this.#question ??= this.#answers.question(names, this.#node);
    const decision = this.#answers.for(this.#view, this.#question);
    if (asked || decision.refusal !== undefined) {
      const refusedBy = decision.checks.find(({ outcome }) => outcome === "refused")?.id ?? NAME_CHECK;
      const what = `secrets ${names.join(", ") || "(all)"}`;
      this.#call.exchange.checked(what, decision.checks, decision.refusal && refusedBy);
    }
    if (decision.refusal !== undefined) {
      logOf(this.#context, "error", "Error building stream secrets response", { error: errorText(decision.refusal) });
      this.#call.end(decision.refusal);
      return;
    }
    this.#nonce = agent.seed.bytes(4).toString("hex");
    if (this.#node !== null) this.#lastNode = this.#node;
    const version = String(this.#version);
    this.#call.exchange.note({
      type: "message",
      direction: "sent",
      method: "StreamSecrets",
      summary: { version, nonce: this.#nonce, resources: decision.served, why: asked ? "asked" : "changed" },
    });
    this.#blocked = !this.#call.send(responseBytes(version, this.#nonce, this.#typeUrl, decision.resources));
  }

  #noteReceived(request: DiscoveryRequest, names: readonly string[], kind: Kind): void {
    this.#call.exchange.note({
      type: "message",
      direction: "received",
      method: "StreamSecrets",
      summary: {
        kind,
        names,
        version: request.versionInfo,
        nonce: request.responseNonce,
        ...(request.node !== null && { node: request.node.id }),
        ...(request.errorDetail !== null && { error: request.errorDetail.message }),
      },
    });
  }

  /** At level info, where an agent is unless somebody turns it up, it says nothing of requests that are in order. */
  #logReceived(request: DiscoveryRequest, kind: Kind): void {
    const { resourceNames, versionInfo, responseNonce, errorDetail } = request;
    if (errorDetail !== null) {
      logOf(this.#context, "error", "Envoy reported errors applying secrets", {
        resource_names: resourceNames,
        error: errorDetail.message,
      });
    }
    if (kind === "stale") {
      const fields = { nonce: responseNonce, expect: this.#nonce };
      logOf(this.#context, "warn", "Received unexpected nonce; ignoring request", fields);
    }
    if (kind === "nack") {
      const fields = { version_info: versionInfo, expect: String(this.#version) };
      logOf(this.#context, "error", "Client rejected expected version and rolled back", fields);
    }
  }
}

/** A plain Go error, code Unknown, is logged as it is; a gRPC status is logged with its code. */
export function errorText(refusal: { readonly code: number; readonly details: string }): string {
  return refusal.code === 2 ? refusal.details : rpcError(refusal);
}

/** Another length, or a name that the old list lacks. (sdsv3/handler.go subListChanged) */
function listChanged(before: readonly string[], after: readonly string[]): boolean {
  return before.length !== after.length || after.some((name) => !before.includes(name));
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}
