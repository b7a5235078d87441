import type { Request, Response } from "express";
import { type JournalEvent, type Matcher, matches } from "../journal/index.js";
import type { Lab } from "../lab/index.js";
import { MistrustError } from "../runtime/index.js";

const NDJSON = "application/x-ndjson";
const SSE = "text/event-stream";
const TYPES = [
  "connection",
  "handshake",
  "disconnect",
  "request",
  "checks",
  "reply",
  "log",
  "audit",
  "message",
  "fault",
  "lab",
  "says",
] as const;
const SERVERS = ["vault", "kubernetes", "spire", "istio-agent", "lab", "client"] as const;
const KEYS = [
  "after",
  "limit",
  "follow",
  "type",
  "server",
  "connection",
  "exchange",
  "request",
  "status",
  "refusedBy",
  "log",
];

/**
 * Answers with a lab's events. `after=SEQ` leaves out the older ones, `limit=N` (default 1 000) makes a page whose
 * `next` is the `after` of the following one, and the keys of a matcher choose among events.
 * As NDJSON it is the same without pages, with `follow=true` without an end; as SSE it never ends, and resumes after
 * `Last-Event-ID`.
 * @throws MISTRUST_USAGE
 */
export function sendJournal(lab: Lab, request: Request, response: Response): void {
  const query = queryOf(request);
  const matcher = matcherOf(query);
  const after = numberOf(query, "after") ?? Number(request.get("last-event-id") ?? 0);
  switch (request.accepts(["json", NDJSON, SSE])) {
    case SSE:
      response.type(SSE);
      stream(
        lab,
        matcher,
        after,
        response,
        (event) => `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
      );
      return;
    case NDJSON: {
      response.type(NDJSON);
      const line = (event: JournalEvent): string => `${JSON.stringify(event)}\n`;
      if (query.get("follow") === "true") stream(lab, matcher, after, response, line);
      else response.send(lab.journal.events(matcher, after).map(line).join(""));
      return;
    }
    default: {
      const limit = numberOf(query, "limit") ?? 1000;
      const events = lab.journal.events(matcher, after);
      const page = events.slice(0, limit);
      const next = events.length > limit ? page.at(-1)?.seq : undefined;
      response.json({ events: page, ...(next !== undefined && { next }), seq: lab.journal.seq });
    }
  }
}

function stream(
  lab: Lab,
  matcher: Matcher,
  after: number,
  response: Response,
  write: (event: JournalEvent) => string,
): void {
  response.flushHeaders();
  for (const event of lab.journal.events(matcher, after)) response.write(write(event));
  const end = lab.journal.subscribe((event) => {
    if (matches(event, matcher)) response.write(write(event));
  });
  response.on("close", end);
}

/** @throws MISTRUST_USAGE for a key that there is not: a misspelt filter must not show everything */
function queryOf(request: Request): URLSearchParams {
  const query = new URL(request.originalUrl, "http://localhost").searchParams;
  const unknown = [...query.keys()].find((key) => !KEYS.includes(key));
  if (unknown === undefined) return query;
  throw new MistrustError("MISTRUST_USAGE", `the journal cannot be filtered by "${unknown}"`, {
    remedy: `it can be by ${KEYS.join(", ")}`,
  });
}

function matcherOf(query: URLSearchParams): Matcher {
  const type = oneOf(query, "type", TYPES);
  const server = oneOf(query, "server", SERVERS);
  const connection = numberOf(query, "connection");
  const exchange = numberOf(query, "exchange");
  const status = numberOf(query, "status");
  const [request, refusedBy, log] = ["request", "refusedBy", "log"].map((key) => query.get(key));
  return {
    ...(type !== undefined && { type }),
    ...(server !== undefined && { server }),
    ...(connection !== undefined && { connection }),
    ...(exchange !== undefined && { exchange }),
    ...(typeof request === "string" && { request }),
    ...(status !== undefined && { status }),
    ...(typeof refusedBy === "string" && { refusedBy }),
    ...(typeof log === "string" && { log }),
  };
}

function oneOf<T extends string>(query: URLSearchParams, key: string, values: readonly T[]): T | undefined {
  const text = query.get(key);
  if (text === null) return undefined;
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw new MistrustError("MISTRUST_USAGE", `"${text}" is no ${key} of an event`, {
    remedy: `there are ${values.join(", ")}`,
  });
}

function numberOf(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new MistrustError("MISTRUST_USAGE", `${key} is a whole number, not "${text}"`);
}
