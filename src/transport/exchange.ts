import { DeferredBody, Exchange } from "../journal/index.js";
import type { Connection } from "./connection.js";
import type { HttpHandler, HttpReply, HttpRequest } from "./http.js";

/** What the wire brought, before it belongs to an exchange. */
export interface Incoming {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly truncated: boolean;
  readonly httpVersion: string;
}

/** Journals a request, asks the handler, journals its reply. What a handler throws ends as a bare 500 and a log line. */
export async function converse(handler: HttpHandler, connection: Connection, incoming: Incoming): Promise<HttpReply> {
  const { method, target, headers, body, httpVersion } = incoming;
  const exchange = new Exchange(connection.journal, connection.server, connection.id);
  exchange.note({
    type: "request",
    method,
    path: target,
    headers,
    httpVersion,
    ...(body.length > 0 && { body: new DeferredBody(body) }),
  });
  const request: HttpRequest = {
    method,
    target,
    headers,
    body,
    remoteAddress: connection.remoteAddress,
    remotePort: connection.remotePort,
    exchange,
    ...(connection.tls !== undefined && { tls: connection.tls }),
    ...(incoming.truncated && { truncated: true }),
  };
  const reply = await answer(connection.answer ?? handler, request);
  exchange.note({
    type: "reply",
    status: reply.status,
    ...(reply.body !== undefined && reply.body.length > 0 && { body: new DeferredBody(reply.body) }),
  });
  return reply;
}

async function answer(handler: HttpHandler, request: HttpRequest): Promise<HttpReply> {
  try {
    return await handler(request);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    request.exchange.log("error", `mistrust: ${request.method} ${request.target} failed: ${text}`);
    return { status: 500 };
  }
}

/** A reply that cannot be put on the wire is a mistake of ours: say so in the journal, and end only this connection. */
export function unwritable({ journal, server, id }: Connection, error: unknown): void {
  const line = `mistrust: a reply could not be written: ${error instanceof Error ? error.message : String(error)}`;
  journal.append({ server, connection: id }, { type: "log", level: "error", line });
}
