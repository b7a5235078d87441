import { connect, constants, type ClientHttp2Stream, type ClientHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import { GoError } from "./error.js";
import { contentLength, flatten, type GoRequest, type GoResponse, type HttpConnection } from "./http-message.js";
import type { Patience } from "./patience.js";

/** HTTP/2 as Go's client speaks it. */
export class Http2Connection implements HttpConnection {
  readonly #session: ClientHttp2Session;
  #goAway: number | undefined;
  #error: Error | undefined;

  constructor(
    readonly socket: TLSSocket,
    origin: string,
    /** What the connection's end means, in Go's words. */
    readonly failure: (error: Error | undefined) => GoError,
    readonly patience: Patience,
  ) {
    this.#session = connect(origin, { createConnection: () => socket });
    this.#session.on("goaway", (code: number) => {
      this.#goAway = code;
    });
    this.#session.on("error", (error: Error) => {
      this.#error ??= error;
    });
  }

  get isOpen(): boolean {
    return !this.#session.closed && !this.#session.destroyed;
  }

  close(): void {
    this.#session.destroy();
    this.socket.destroy();
  }

  async send(request: GoRequest): Promise<GoResponse> {
    if (!this.isOpen) throw this.#failed(undefined);
    const stream = this.#session.request(headersOf(request), { endStream: request.body === undefined });
    if (request.body !== undefined) stream.end(request.body);
    const late = new GoError("context deadline exceeded", "timeout");
    const inTime = this.patience.wait(() => stream.destroy(late));
    try {
      return await this.#reply(stream);
    } finally {
      inTime();
    }
  }

  async #reply(stream: ClientHttp2Stream): Promise<GoResponse> {
    return await new Promise((resolve, reject) => {
      let status: number | undefined;
      let headers: Record<string, string> = {};
      let error: Error | undefined;
      const chunks: Buffer[] = [];
      stream.on("response", (received) => {
        status = received[":status"] ?? 0;
        headers = flatten(received);
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", (thrown: Error) => {
        error = thrown;
      });
      stream.on("close", () => {
        const isWhole = error === undefined && stream.rstCode === constants.NGHTTP2_NO_ERROR;
        if (status === undefined) {
          reject(this.#failed(stream, error));
          return;
        }
        resolve({
          status,
          headers,
          body: Buffer.concat(chunks),
          ...(!isWhole && { bodyError: this.#failed(stream, error) }),
        });
      });
    });
  }

  /** Go: golang.org/x/net/http2 ConnectionError, StreamError, GoAwayError. */
  #failed(stream: ClientHttp2Stream | undefined, error?: Error): GoError {
    if (error instanceof GoError) return error;
    if (this.#goAway !== undefined && this.#goAway !== 0)
      return new GoError(`connection error: ${codeName(this.#goAway)}`, "network");
    // What the library refuses in the peer's frames (such as GOAWAY before SETTINGS) is a connection error to Go as well.
    if (isProtocolError(error)) return new GoError("connection error: PROTOCOL_ERROR", "network", { cause: error });
    const failure = this.failure(this.#error ?? error);
    const code = stream?.rstCode ?? constants.NGHTTP2_NO_ERROR;
    const isReset = code !== constants.NGHTTP2_NO_ERROR && code !== constants.NGHTTP2_CANCEL && !this.socket.destroyed;
    if (isReset) {
      const text = `stream error: stream ID ${stream?.id ?? 1}; ${codeName(code)}; received from peer`;
      return new GoError(text, "network", { cause: error });
    }
    return failure.message === "EOF" ? new GoError("unexpected EOF", "network", { cause: error }) : failure;
  }
}

const NGHTTP2_ERR_PROTO = -505;

function isProtocolError(error: Error | undefined): boolean {
  return error !== undefined && "errno" in error && error.errno === NGHTTP2_ERR_PROTO;
}

/** Error codes of HTTP/2 by number. (RFC 9113 §7) */
const CODES = [
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
] as const;

function codeName(code: number): string {
  return CODES[code] ?? `unknown error code 0x${code.toString(16)}`;
}

function headersOf(request: GoRequest): Record<string, string> {
  const { url, method, headers } = request;
  const own = Object.entries({ ...headers, ...contentLength(request) }).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return {
    ":authority": url.host,
    ":method": method,
    ":path": `${url.pathname}${url.search}`,
    ":scheme": "https",
    ...Object.fromEntries(own),
    "accept-encoding": "gzip",
    "user-agent": headers["User-Agent"] ?? "Go-http-client/2.0",
  };
}
