import { Agent, request as httpRequest } from "node:http";
import { connect as connectHttp2, constants, type ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { dialTcp } from "./dial.js";
import { GoError } from "./error.js";
import { dialTls, type TlsConnection, type TlsSettings } from "./tls-dial.js";

/** A request as Go's net/http sends it; header names in Go's canonical form. */
export interface GoRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface GoResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Set if the body was cut short. */
  readonly bodyError?: GoError;
}

/** What a client did on the wire, for the report. */
export interface Call {
  readonly method: string;
  readonly url: string;
  /** Absent if no reply came. */
  status?: number;
}

interface Connection {
  readonly socket: Duplex;
  readonly failure: TlsConnection["failure"];
  readonly session?: ClientHttp2Session;
}

/** Hands connections that are already open to node:http, which then keeps them as long as the server does. */
class OpenedAgent extends Agent {
  readonly opened: Duplex[] = [];
  constructor() {
    super({ keepAlive: true, maxSockets: 1 });
  }
  override createConnection(): Duplex | undefined {
    return this.opened.shift();
  }
  get hasIdle(): boolean {
    return Object.values(this.freeSockets).some((sockets) => (sockets?.length ?? 0) > 0);
  }
}

/**
 * One Go http.Client with a transport of its own: HTTP/2 where the server offers it, connections kept, HTTP/1.1 otherwise.
 * Errors are Go's (`Put "https://…": remote error: tls: handshake failure`), without redirects and retries.
 */
export class GoHttpClient implements Disposable {
  readonly calls: Call[] = [];
  /** TCP connections opened so far, failed ones too. */
  dials = 0;
  readonly #agent = new OpenedAgent();
  #connection: Connection | undefined;

  constructor(readonly settings: TlsSettings) {}

  async do(request: GoRequest): Promise<GoResponse> {
    try {
      return await this.#roundTrip(request);
    } catch (thrown) {
      if (!(thrown instanceof GoError)) throw thrown;
      const method = request.method.charAt(0) + request.method.slice(1).toLowerCase();
      throw thrown.wrap(`${method} "${request.url.href}": `);
    }
  }

  [Symbol.dispose](): void {
    this.#connection?.session?.destroy();
    this.#connection?.socket.destroy();
    this.#agent.destroy();
    for (const socket of this.#agent.opened) socket.destroy();
  }

  async #roundTrip(request: GoRequest): Promise<GoResponse> {
    const kept = this.#kept();
    const connection = kept ?? (await this.#open(request.url));
    this.#connection = connection;
    const call: Call = { method: request.method, url: request.url.href };
    this.calls.push(call);
    const { session } = connection;
    const response =
      session === undefined ? await this.#http1(request, connection) : await this.#http2(request, connection, session);
    call.status = response.status;
    return response;
  }

  #kept(): Connection | undefined {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    if (connection.session !== undefined) {
      return connection.session.closed || connection.session.destroyed ? undefined : connection;
    }
    return this.#agent.hasIdle ? connection : undefined;
  }

  async #open(url: URL): Promise<Connection> {
    const secure = url.protocol === "https:";
    const host = url.hostname.replace(/^\[(.+)\]$/, "$1");
    this.dials++;
    const raw = await dialTcp(host, Number(url.port || (secure ? 443 : 80)), this.settings.patienceMs);
    if (!secure) {
      this.#agent.opened.push(raw);
      return { socket: raw, failure: (error) => plainFailure(error, raw) };
    }
    const { socket, failure } = await dialTls(raw, host, this.settings);
    if (socket.alpnProtocol === "h2") {
      const session = connectHttp2(url.origin, { createConnection: () => socket });
      session.on("error", () => undefined);
      return { socket, failure, session };
    }
    this.#agent.opened.push(socket);
    return { socket, failure };
  }

  async #http1(request: GoRequest, { failure }: Connection): Promise<GoResponse> {
    return await new Promise((resolve, reject) => {
      const { url, method, body } = request;
      const outgoing = httpRequest({
        agent: this.#agent,
        method,
        host: url.hostname,
        port: url.port,
        path: `${url.pathname}${url.search}`,
        headers: http1Headers(request),
      });
      outgoing.removeHeader("connection");
      const timer = setTimeout(
        () => outgoing.destroy(new GoError("context deadline exceeded", "timeout")),
        this.settings.patienceMs,
      );
      const refuse = (error: Error): void => {
        clearTimeout(timer);
        reject(error instanceof GoError ? error : failure(error));
      };
      outgoing.on("error", refuse);
      outgoing.on("response", (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", () => undefined);
        incoming.on("close", () => {
          clearTimeout(timer);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: flatten(incoming.headers),
            body: Buffer.concat(chunks),
            ...(!incoming.complete && { bodyError: new GoError("unexpected EOF", "network") }),
          });
        });
      });
      outgoing.end(body);
    });
  }

  async #http2(request: GoRequest, { failure }: Connection, session: ClientHttp2Session): Promise<GoResponse> {
    return await new Promise((resolve, reject) => {
      let goAway: number | undefined;
      let sessionError: Error | undefined;
      session.once("goaway", (code) => (goAway = code));
      session.once("error", (error) => (sessionError ??= error));
      const stream = session.request(http2Headers(request), { endStream: request.body === undefined });
      const timer = setTimeout(
        () => stream.destroy(new GoError("context deadline exceeded", "timeout")),
        this.settings.patienceMs,
      );
      const reply: { status?: number; headers: Record<string, string> } = { headers: {} };
      const chunks: Buffer[] = [];
      let streamError: Error | undefined;
      stream.on("response", (headers) => {
        reply.status = headers[":status"] ?? 0;
        reply.headers = flatten(headers);
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", (error) => (streamError = error));
      stream.on("close", () => {
        clearTimeout(timer);
        const { status } = reply;
        const error =
          streamError instanceof GoError
            ? streamError
            : http2Failure(stream.rstCode, stream.id, goAway, () => failure(sessionError ?? streamError));
        const cut = stream.rstCode !== constants.NGHTTP2_NO_ERROR || streamError !== undefined;
        if (status === undefined) return reject(error);
        resolve({ status, headers: reply.headers, body: Buffer.concat(chunks), ...(cut && { bodyError: error }) });
      });
      if (request.body !== undefined) stream.end(request.body);
    });
  }
}

/** Names of HTTP/2's error codes as Go prints them. (RFC 9113 §7) */
const HTTP2_CODES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

function http2Failure(
  code: number | undefined,
  id: number | undefined,
  goAway: number | undefined,
  lost: () => GoError,
): GoError {
  if (goAway !== undefined && goAway !== 0)
    return new GoError(`connection error: ${HTTP2_CODES[goAway] ?? goAway}`, "network");
  const reset = code !== undefined && code !== constants.NGHTTP2_NO_ERROR && code !== constants.NGHTTP2_CANCEL;
  const failure = lost();
  if (!reset || failure.message.startsWith("remote error"))
    return failure.message === "EOF" ? new GoError("unexpected EOF", "network") : failure;
  return new GoError(`stream error: stream ID ${id ?? 1}; ${HTTP2_CODES[code] ?? code}; received from peer`, "network");
}

function plainFailure(error: Error | undefined, raw: Socket): GoError {
  const code = error !== undefined && "code" in error ? error.code : undefined;
  const isReset = code === "ECONNRESET" && !(error?.message ?? "").includes("socket hang up");
  if (code === "HPE_INVALID_CONSTANT") {
    return new GoError("net/http: HTTP/1.x transport connection broken: malformed HTTP response", "network", {
      cause: error,
    });
  }
  const ends = `${raw.localAddress ?? ""}:${raw.localPort ?? 0}->${raw.remoteAddress ?? ""}:${raw.remotePort ?? 0}`;
  return new GoError(isReset ? `read tcp ${ends}: read: connection reset by peer` : "EOF", "network", { cause: error });
}

/** In the order in which Go writes them: its own first, the rest sorted, Accept-Encoding at the end. */
function http1Headers({ url, headers, body, method }: GoRequest): Record<string, string> {
  const own = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    Host: url.host,
    "User-Agent": headers["User-Agent"] ?? "Go-http-client/1.1",
    ...contentLength(method, body),
    ...Object.fromEntries(own),
    "Accept-Encoding": "gzip",
  };
}

function http2Headers({ url, method, headers, body }: GoRequest): Record<string, string> {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const length = Object.entries(contentLength(method, body)).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return {
    ":authority": url.host,
    ":method": method,
    ":path": `${url.pathname}${url.search}`,
    ":scheme": "https",
    ...Object.fromEntries([...own, ...length]),
    "accept-encoding": "gzip",
    "user-agent": headers["User-Agent"] ?? "Go-http-client/2.0",
  };
}

function contentLength(method: string, body: string | undefined): Record<string, string> {
  if (body !== undefined) return { "Content-Length": String(Buffer.byteLength(body)) };
  return method === "PUT" || method === "POST" || method === "PATCH" ? { "Content-Length": "0" } : {};
}

function flatten(headers: Readonly<Record<string, string | string[] | number | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(":"))
      flat[name] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return flat;
}
