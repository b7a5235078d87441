import {
  type CheckRecord,
  type Episode,
  episodes,
  type EventOf,
  isGrpc,
  type JournalEvent,
  type LogLevel,
  type ServerName,
} from "../journal/index.js";

/** One line of what happened. `refusedBy` is the check that said no, where a check did. */
export interface Step {
  readonly seq: number;
  readonly at: number;
  readonly server: ServerName;
  /** `POST /v1/auth/kubernetes/login`, or what took the place of a request. */
  readonly what: string;
  /** HTTP status or gRPC code; absent where no answer was sent. */
  readonly status?: number;
  readonly refused: boolean;
  readonly refusedBy?: string;
  /** `seq` of the step that caused this one, where that is certain. */
  readonly within?: number;
}

/** Why one request or connection was refused. */
export interface Refusal extends Step {
  readonly decisions: readonly {
    readonly name: string;
    readonly refusedBy?: string;
    readonly checks: readonly CheckRecord[];
  }[];
  /** The answer as it went over the wire, with secrets replaced. */
  readonly reply?: unknown;
  readonly details?: string;
  readonly handshake?: EventOf<"handshake">;
  readonly logs: readonly { readonly level: LogLevel; readonly line: string }[];
  /** What went to and fro on a stream, oldest first. */
  readonly messages: readonly {
    readonly direction: "received" | "sent";
    readonly summary: Readonly<Record<string, unknown>>;
  }[];
  readonly faults: readonly { readonly fault: string; readonly note: string }[];
  /** What makes it stop, one sentence each. */
  readonly remedies: readonly string[];
}

/** Something that a scenario offers to change. */
export interface Offer {
  readonly id: string;
  readonly kind: "fix" | "workaround" | "rollback" | "red-herring" | "contrast";
  readonly by: string;
  readonly title: string;
  readonly steps: readonly string[];
  readonly applied: boolean;
}

/** What a scenario adds to the bare journal. */
export interface Story {
  readonly id: string;
  readonly title: string;
  readonly summary?: string;
  readonly variant?: string;
  readonly variants: readonly Offer[];
}

/** A journal, told: what the user saw, what happened, why it was refused, and what would help. */
export interface Explanation {
  readonly story?: Story;
  readonly says: readonly { readonly product: string; readonly where: string; readonly text: string }[];
  readonly steps: readonly Step[];
  /** What was done to the lab meanwhile, such as a variant applied. */
  readonly changes: readonly { readonly seq: number; readonly what: string }[];
  /** Those since the last change: what was refused before may work now. */
  readonly refusals: readonly Refusal[];
}

/** Explains a journal, whole or in part. A pure function of its events. */
export function explain(events: readonly JournalEvent[], story?: Story): Explanation {
  const all = episodes(events);
  const changes = events
    .filter((event): event is EventOf<"lab"> => event.type === "lab" && event.server === "lab")
    .map(({ seq, what }) => ({ seq, what }));
  const since = changes.at(-1)?.seq ?? 0;
  return {
    ...(story !== undefined && { story }),
    says: events
      .filter((event): event is EventOf<"says"> => event.type === "says")
      .map(({ product, where, text }) => ({ product, where, text })),
    steps: all.map(stepOf),
    changes,
    refusals: all.filter((episode) => episode.refused && episode.seq > since).map(refusalOf),
  };
}

function stepOf(episode: Episode): Step {
  const status = episode.reply?.status;
  return {
    seq: episode.seq,
    at: episode.at,
    server: episode.server,
    what: whatOf(episode),
    ...(status !== undefined && { status }),
    refused: episode.refused,
    ...(episode.refusedBy !== undefined && { refusedBy: episode.refusedBy }),
    ...(episode.within !== undefined && { within: episode.within }),
  };
}

function whatOf(episode: Episode): string {
  if (episode.request !== undefined && isGrpc(episode.server)) return rpcOf(episode.request.path, episode);
  if (episode.request !== undefined) return `${episode.request.method} ${episode.request.path}`;
  const stream = episode.messages[0]?.method;
  if (stream !== undefined) return stream;
  if (episode.handshake !== undefined) return "TLS handshake";
  return episode.faults[0] === undefined ? "connection" : `fault ${episode.faults[0].fault}`;
}

/** `SecretDiscoveryService/StreamSecrets default`: the names that were asked for tell one stream from the other. */
function rpcOf(path: string, { messages }: Episode): string {
  const method = path
    .split("/")
    .slice(-2)
    .join("/")
    .replace(/^.*\.(?=[^/]+\/)/, "");
  const asked = messages.flatMap(({ direction, summary }) => (direction === "received" ? [summary.names] : []));
  const names = [...new Set(asked.flat().filter((name) => typeof name === "string"))];
  return [method, ...names].join(" ");
}

function refusalOf(episode: Episode): Refusal {
  const checks = episode.decisions.flatMap((decision) => decision.checks);
  return {
    ...stepOf(episode),
    decisions: episode.decisions.map(({ decision, refusedBy, checks }) => ({
      name: decision,
      ...(refusedBy !== undefined && { refusedBy }),
      checks,
    })),
    ...(episode.reply?.body !== undefined && { reply: episode.reply.body }),
    ...(episode.reply?.details !== undefined && { details: episode.reply.details }),
    ...(episode.handshake?.outcome === "failed" && { handshake: episode.handshake }),
    logs: episode.logs.map(({ level, line }) => ({ level, line })),
    messages: episode.messages.map(({ direction, summary }) => ({ direction, summary })),
    faults: episode.faults.map(({ fault, note }) => ({ fault, note })),
    remedies: [
      ...new Set([
        ...checks.flatMap((check) => (check.outcome === "refused" ? (check.remedy ?? []) : [])),
        ...(episode.handshake?.remedy === undefined ? [] : [episode.handshake.remedy]),
      ]),
    ],
  };
}
