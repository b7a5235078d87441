import { Agent, request as httpRequest } from "node:http";
import type { Duplex } from "node:stream";
import { GoError } from "./error.js";
import { contentLength, flatten, type GoRequest, type GoResponse, type HttpConnection } from "./http-message.js";
import type { Patience } from "./patience.js";

/** Hands one connection that is already open to node:http, which then keeps it as long as the server does. */
class OneConnection extends Agent {
  #socket: Duplex | undefined;
  constructor(socket: Duplex) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#socket = socket;
  }
  override createConnection(): Duplex | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    return socket;
  }
  get isFree(): boolean {
    return this.#socket !== undefined || Object.values(this.freeSockets).some((free) => (free?.length ?? 0) > 0);
  }
}

/** HTTP/1.1 as Go's client speaks it. */
export class Http1Connection implements HttpConnection {
  readonly #agent: OneConnection;

  constructor(
    readonly socket: Duplex,
    /** What the connection's end means, in Go's words. */
    readonly failure: (error: Error) => GoError,
    readonly patience: Patience,
  ) {
    this.#agent = new OneConnection(socket);
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && this.#agent.isFree;
  }

  close(): void {
    this.socket.destroy();
    this.#agent.destroy();
  }

  async send(request: GoRequest): Promise<GoResponse> {
    return await new Promise((resolve, reject) => {
      const { url, method } = request;
      const outgoing = httpRequest({
        agent: this.#agent,
        method,
        host: url.hostname,
        port: url.port,
        path: `${url.pathname}${url.search}`,
        headers: headersOf(request),
      });
      outgoing.removeHeader("connection");
      const late = new GoError("context deadline exceeded", "timeout");
      const inTime = this.patience.wait(() => outgoing.destroy(late));
      outgoing.on("error", (error) => {
        inTime();
        reject(error instanceof GoError ? error : this.failure(error));
      });
      outgoing.on("response", (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", () => undefined);
        incoming.on("close", () => {
          inTime();
          const cut = incoming.complete ? undefined : new GoError("unexpected EOF", "network");
          resolve({
            status: incoming.statusCode ?? 0,
            headers: flatten(incoming.headers),
            body: Buffer.concat(chunks),
            ...(cut !== undefined && { bodyError: cut }),
          });
        });
      });
      outgoing.end(request.body);
    });
  }
}

/** In the order in which Go writes them: its own first, the rest sorted, Accept-Encoding at the end. */
function headersOf(request: GoRequest): Record<string, string> {
  const own = Object.entries(request.headers).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    Host: request.url.host,
    "User-Agent": request.headers["User-Agent"] ?? "Go-http-client/1.1",
    ...contentLength(request),
    ...Object.fromEntries(own),
    "Accept-Encoding": "gzip",
  };
}
