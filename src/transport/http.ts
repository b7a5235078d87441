import type { Exchange } from "../journal/index.js";

/** What is known of the TLS connection under a request. */
export interface TlsInfo {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly version: string;
  readonly serverName?: string;
  /** DER of the certificate that the client presented, leaf first; empty if none. */
  readonly clientChain: readonly Buffer[];
}

/** A request, whole, whatever HTTP version carried it. */
export interface HttpRequest {
  readonly method: string;
  /** Path with its query, as sent and not decoded. */
  readonly target: string;
  /** Names in lower case; repeated headers joined as Node joins them. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Set when the body was longer than the listener's `bodyLimit`; `body` then holds its beginning. */
  readonly truncated?: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly tls?: TlsInfo;
  readonly exchange: Exchange;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Cut the connection instead of (or after) answering; for faults. */
  readonly cut?: "before-headers" | "after-headers" | "in-body";
  /** Default `close`. Over HTTP/2 the stream is cut, not the connection. */
  readonly cutHow?: "close" | "reset";
}

/** A server's whole behaviour as a function. It must not throw: what it throws ends as a 500 with no body. */
export type HttpHandler = (request: HttpRequest) => HttpReply | Promise<HttpReply>;
