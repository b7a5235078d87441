import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream, Settings } from "node:http2";
import type { Duplex } from "node:stream";
import type { Connection } from "./connection.js";
import { converse, unwritable } from "./exchange.js";
import type { HttpReply } from "./http.js";
import { type HttpOptions, readBody } from "./http1.js";

/** The settings that Go's HTTP/2 server sends (net/http h2_bundle: serverConn.serve). */
const GO_SETTINGS: Settings = {
  maxFrameSize: 1 << 20,
  maxConcurrentStreams: 250,
  maxHeaderListSize: (1 << 20) + 320,
  initialWindowSize: 1 << 20,
};

/** RFC 9113 §7. */
const INTERNAL_ERROR = 2;

/** Speaks HTTP/2 on a connection that has agreed on it. */
export function serveHttp2(options: HttpOptions, connection: Connection, socket: Duplex): ServerHttp2Session {
  // Loaded with the first connection that speaks it: most labs never do, and all of them have to start.
  const session = process.getBuiltinModule("node:http2").performServerHandshake(socket, { settings: GO_SETTINGS });
  session.on("error", () => socket.destroy());
  session.on("stream", (stream, headers) => {
    // Clients cancel what they no longer need (Vault's own do it with sys/health): no news.
    stream.on("error", () => undefined);
    serve(options, connection, stream, headers).catch((error: unknown) => {
      unwritable(connection, error);
      stream.close(INTERNAL_ERROR);
    });
  });
  return session;
}

async function serve(
  options: HttpOptions,
  connection: Connection,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): Promise<void> {
  const method = headers[":method"] ?? "GET";
  const body = await readBody(stream, options.bodyLimit);
  if (body === undefined) return;
  const reply = await converse(options.handler, connection, {
    method,
    target: headers[":path"] ?? "/",
    headers: plain(headers),
    ...body,
    httpVersion: "2.0",
  });
  if (!stream.destroyed) write(reply, method, stream);
}

/** Headers as HTTP/1 would have them: `host` for the authority, no pseudo headers. */
function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {};
  if (headers[":authority"] !== undefined) result.host = headers[":authority"];
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(":"))
      result[name] = typeof value === "string" ? value : value.join(", ");
  }
  return result;
}

/** Headers that speak of an HTTP/1 connection, which HTTP/2 forbids (RFC 9113 §8.2.2). */
const OF_HTTP1: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

function write(reply: HttpReply, method: string, stream: ServerHttp2Stream): void {
  if (reply.cut === "before-headers") return stream.session?.destroy();
  const headers: Record<string, string | number> = { ":status": reply.status };
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (!OF_HTTP1.has(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  const bodiless = reply.status === 204 || reply.status === 304;
  const body = bodiless ? undefined : reply.body;
  if (body !== undefined) headers["content-length"] ??= Buffer.byteLength(body);
  if (body === undefined || body.length === 0 || method === "HEAD") {
    stream.respond(headers, { endStream: true });
    return;
  }
  stream.respond(headers);
  if (reply.cut !== undefined) {
    stream.close(INTERNAL_ERROR);
    return;
  }
  stream.end(body);
}
