import type { EventOf, JournalEvent, ServerName } from "./events.js";

/** Everything that belongs to one request, or, where no request came through, to one failed connection. */
export interface Episode {
  readonly server: ServerName;
  readonly exchange?: number;
  readonly connection?: number;
  /** Sequence number and lab time of its first event. */
  readonly seq: number;
  readonly at: number;
  /** Sequence number of its last event. */
  readonly lastSeq: number;
  readonly request?: EventOf<"request">;
  readonly reply?: EventOf<"reply">;
  readonly handshake?: EventOf<"handshake">;
  readonly decisions: readonly EventOf<"checks">[];
  readonly logs: readonly EventOf<"log">[];
  readonly messages: readonly EventOf<"message">[];
  readonly faults: readonly EventOf<"fault">[];
  readonly audits: readonly EventOf<"audit">[];
  /** Id of the first check that refused. */
  readonly refusedBy?: string;
  readonly refused: boolean;
  /** `seq` of the one episode of another server during which this one took place: the call that caused it. */
  readonly within?: number;
}

/** Does this server speak gRPC? Then its statuses are gRPC codes, of which only 0 is good. */
export function isGrpc(server: ServerName): boolean {
  return server === "spire" || server === "istio-agent";
}

/** Groups the events of a journal by request, in the order in which the requests came. */
export function episodes(events: readonly JournalEvent[]): Episode[] {
  const groups = new Map<string, JournalEvent[]>();
  for (const event of events) {
    const key = keyOf(event);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  const found = [...groups.values()].map(episodeOf);
  return found.map((episode) => {
    const within = parentOf(episode, found);
    return within === undefined ? episode : { ...episode, within: within.seq };
  });
}

/** A connection is worth telling only where its handshake failed or a fault struck: requests speak for the others. */
function keyOf(event: JournalEvent): string | undefined {
  if (event.exchange !== undefined) return `exchange ${event.exchange}`;
  const told =
    event.type === "fault" ||
    event.type === "log" ||
    event.type === "checks" ||
    (event.type === "handshake" && event.outcome === "failed");
  return told && event.connection !== undefined ? `connection ${event.connection}` : undefined;
}

function episodeOf(events: readonly JournalEvent[]): Episode {
  const first = events[0];
  const last = events.at(-1);
  if (first === undefined || last === undefined) throw new Error("an episode has at least one event");
  const of = <T extends JournalEvent["type"]>(type: T): EventOf<T>[] =>
    events.filter((event): event is EventOf<T> => event.type === type);
  const request = of("request")[0];
  const reply = of("reply").at(-1);
  const handshake = of("handshake")[0];
  const decisions = of("checks");
  const refusedBy = decisions.find((decision) => decision.refusedBy !== undefined)?.refusedBy;
  return {
    server: first.server,
    ...(first.exchange !== undefined && { exchange: first.exchange }),
    ...(first.connection !== undefined && { connection: first.connection }),
    seq: first.seq,
    at: first.at,
    lastSeq: last.seq,
    ...(request !== undefined && { request }),
    ...(reply !== undefined && { reply }),
    ...(handshake !== undefined && { handshake }),
    decisions,
    logs: of("log"),
    messages: of("message"),
    faults: of("fault"),
    audits: of("audit"),
    ...(refusedBy !== undefined && { refusedBy }),
    refused: refusedBy !== undefined || isFailure(first.server, reply) || handshake?.outcome === "failed",
  };
}

function isFailure(server: ServerName, reply: EventOf<"reply"> | undefined): boolean {
  if (reply === undefined) return false;
  return isGrpc(server) ? reply.status !== 0 : reply.status >= 400;
}

/** The journal does not say who called; one call that was under way elsewhere the whole time can only be the caller. */
function parentOf(episode: Episode, all: readonly Episode[]): Episode | undefined {
  const around = all.filter(
    (other) =>
      other.server !== episode.server &&
      other.request !== undefined &&
      other.messages.length === 0 &&
      other.seq < episode.seq &&
      other.lastSeq > episode.lastSeq,
  );
  return around.length === 1 ? around[0] : undefined;
}
