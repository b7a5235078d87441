import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Connection, Connections } from "./connection.js";
import { converse, type Incoming, unwritable } from "./exchange.js";
import { GO_HTTP_ERRORS, goAnswerTo } from "./go-http-errors.js";
import type { HttpHandler, HttpReply } from "./http.js";
import { noteTlsOnPlainPort } from "./tls/on-plain-port.js";
import { takeOverUnusualVerb, UnusualVerbs } from "./unusual-verbs.js";

export interface HttpOptions {
  readonly handler: HttpHandler;
  readonly connections: Connections;
  /** Longest body in bytes that is read whole. */
  readonly bodyLimit: number;
}

/** Vault closes connections that were idle for five minutes; Go's clients keep theirs for 90 seconds. */
const IDLE_MS = 300_000;
/** Go buffers this much before it gives up on knowing the length and turns to chunks (net/http: bufferBeforeChunkingSize). */
const CHUNKED_ABOVE = 2048;

/**
 * An HTTP/1 server that never listens: connections are handed to it with `emit("connection", socket)`, so that Node's
 * parser sits on the socket itself.
 */
export function createHttp1(options: HttpOptions): Server {
  const server = createServer({
    keepAliveTimeout: IDLE_MS,
    requireHostHeader: false,
    noDelay: true,
    maxHeaderSize: 1 << 20,
  });
  const verbs = new UnusualVerbs(server, options.connections);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const connection = options.connections.get(request.socket);
    if (connection === undefined) return void request.socket.destroy();
    const method = verbs.methodOf(request);
    if (request.headers.host === undefined && request.httpVersion === "1.1") {
      return void request.socket.end(GO_HTTP_ERRORS.missingHost);
    }
    serve(options, connection, method, request, response).catch((error: unknown) => {
      unwritable(connection, error);
      request.socket.destroy();
    });
  });
  server.on(
    "clientError",
    (error: NodeJS.ErrnoException & { rawPacket?: Buffer; bytesParsed?: number }, socket: Duplex) => {
      if (takeOverUnusualVerb(verbs, error, socket)) return;
      const connection = options.connections.get(socket);
      if (connection !== undefined && error.rawPacket !== undefined) noteTlsOnPlainPort(connection, error.rawPacket);
      const answer = goAnswerTo(error.code);
      if (answer === undefined || !socket.writable) socket.destroy();
      else socket.end(answer);
    },
  );
  return server;
}

async function serve(
  options: HttpOptions,
  connection: Connection,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, options.bodyLimit);
  if (body === undefined) return;
  const incoming: Incoming = {
    method,
    target: request.url ?? "/",
    headers: headersOf(request),
    ...body,
    httpVersion: request.httpVersion,
  };
  write(await converse(options.handler, connection, incoming), method, request, response);
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
  }
  return headers;
}

/** The whole body, its beginning if it is too long, or nothing if the client went away. */
export function readBody(
  source: Duplex | IncomingMessage,
  limit: number,
): Promise<{ body: Buffer; truncated: boolean } | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    source.on("data", (chunk: Buffer) => {
      if (size <= limit) chunks.push(chunk);
      size += chunk.length;
    });
    source.on("end", () => {
      const only = chunks.length === 1 ? chunks[0] : undefined;
      const body = only ?? Buffer.concat(chunks);
      resolve({ body: size > limit ? body.subarray(0, limit) : body, truncated: size > limit });
    });
    source.on("error", () => resolve(undefined));
    source.on("close", () => resolve(undefined));
  });
}

function write(reply: HttpReply, method: string, request: IncomingMessage, response: ServerResponse): void {
  if (reply.cut === "before-headers") {
    cut(request.socket, reply);
    return;
  }
  const body = reply.body ?? "";
  const length = Buffer.byteLength(body);
  // Go names the connection's fate only where it is not the default of the HTTP version.
  if (response.shouldKeepAlive && request.httpVersion === "1.1") response.removeHeader("connection");
  const headers: string[] = [];
  for (const [name, value] of Object.entries(reply.headers ?? {})) headers.push(name, value);
  const bodiless = reply.status === 204 || reply.status === 304 || reply.status < 200;
  const chunked =
    length > CHUNKED_ABOVE && request.httpVersion === "1.1" && method !== "HEAD" && reply.cut === undefined;
  if (!bodiless && !chunked && reply.headers?.["Content-Length"] === undefined) {
    headers.push("Content-Length", String(length));
  }
  response.writeHead(reply.status, headers);
  if (reply.cut !== undefined) {
    response.flushHeaders();
    if (reply.cut === "in-body") response.write(Buffer.from(body).subarray(0, length >> 1));
    // What was written goes out first.
    return void request.socket.write("", () => cut(request.socket, reply));
  }
  if (chunked && typeof body === "string") {
    // Node would give the socket the parts of a chunk one by one; framed here they are a single write with the head.
    response.chunkedEncoding = false;
    response.end(`${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    return;
  }
  response.end(bodiless ? undefined : body);
}

function cut(socket: Socket, { cutHow }: HttpReply): void {
  if (cutHow !== "reset") socket.destroy();
  // A reset belongs to TCP: over TLS it takes the socket underneath.
  else if ("encrypted" in socket) rawSocketOf(socket).resetAndDestroy();
  else socket.resetAndDestroy();
}

function rawSocketOf(socket: Socket): Socket {
  const parent: unknown = Reflect.get(socket, "_parent");
  return parent instanceof Socket ? parent : socket;
}
