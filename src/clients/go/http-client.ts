import type { Socket } from "node:net";
import { goQuote } from "../../runtime/index.js";
import { dialTcp, ends } from "./dial.js";
import { GoError } from "./error.js";
import type { GoRequest, GoResponse, HttpConnection } from "./http-message.js";
import { Http1Connection } from "./http1.js";
import { Http2Connection } from "./http2.js";
import { dialTls, type TlsSettings } from "./tls-dial.js";

export type { GoRequest, GoResponse } from "./http-message.js";

/** What a client did on the wire, for the report. */
export interface Call {
  readonly method: string;
  readonly url: string;
  /** Absent if no reply came. */
  status?: number;
}

/**
 * One Go http.Client with a transport of its own: HTTP/2 where the server offers it, connections kept, HTTP/1.1 otherwise.
 * Errors are Go's (`Put "https://…": remote error: tls: handshake failure`), without redirects and retries.
 */
export class GoHttpClient implements Disposable {
  readonly calls: Call[] = [];
  /** TCP connections tried so far, failed ones too. */
  dials = 0;
  readonly #connections: { readonly origin: string; readonly connection: HttpConnection }[] = [];

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
    for (const { connection } of this.#connections) connection.close();
    this.#connections.length = 0;
  }

  async #roundTrip(request: GoRequest): Promise<GoResponse> {
    const { origin } = request.url;
    const kept = this.#connections.find((one) => one.origin === origin && one.connection.isOpen)?.connection;
    if (kept === undefined) return await this.#send(request, await this.#open(request.url));
    try {
      return await this.#send(request, kept);
    } catch (thrown) {
      // A kept connection may have been closed meanwhile; Go then takes a new one without a word.
      if (!(thrown instanceof GoError) || thrown.kind !== "network") throw thrown;
      this.calls.pop();
      return await this.#send(request, await this.#open(request.url));
    }
  }

  async #send(request: GoRequest, connection: HttpConnection): Promise<GoResponse> {
    if (request.relativePath !== undefined && connection instanceof Http2Connection) {
      throw new GoError(`http2: invalid request :path ${goQuote(request.relativePath)}`);
    }
    const call: Call = { method: request.method, url: request.url.href };
    this.calls.push(call);
    const response = await connection.send(request);
    call.status = response.status;
    return response;
  }

  async #open(url: URL): Promise<HttpConnection> {
    const { patience } = this.settings;
    const secure = url.protocol === "https:";
    const host = url.hostname.replace(/^\[(.+)\]$/, "$1");
    this.dials++;
    const raw = await dialTcp(host, Number(url.port || (secure ? 443 : 80)), patience);
    const connection = secure
      ? await this.#openTls(raw, host, url.origin)
      : new Http1Connection(raw, (error) => plainFailure(error, raw), patience);
    this.#connections.push({ origin: url.origin, connection });
    return connection;
  }

  async #openTls(raw: Socket, host: string, origin: string): Promise<HttpConnection> {
    const { patience } = this.settings;
    const { socket, failure } = await dialTls(raw, host, this.settings);
    return socket.alpnProtocol === "h2"
      ? new Http2Connection(socket, origin, failure, patience)
      : new Http1Connection(socket, failure, patience);
  }
}

/** Why a connection without TLS gave no reply. */
function plainFailure(error: Error, raw: Socket): GoError {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code.startsWith("HPE_")) {
    // unverified: Go quotes the line that it could not read.
    return new GoError("net/http: HTTP/1.x transport connection broken: malformed HTTP response", "network", {
      cause: error,
    });
  }
  // Node calls a plain end "socket hang up" and gives it the code of a reset.
  const isReset = code === "ECONNRESET" && !error.message.includes("socket hang up");
  return new GoError(isReset ? `read tcp ${ends(raw)}: read: connection reset by peer` : "EOF", "network", {
    cause: error,
  });
}
