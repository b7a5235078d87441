import type { Exchange } from "../../journal/index.js";
import type { TlsInfo } from "../../transport/index.js";
import type { IssuedAuth, StoredToken } from "../token/entry.js";
import type { OperationName } from "./backend.js";

/** A request in Vault's terms, whatever carried it. (sdk/logical/request.go) */
export interface LogicalRequest {
  readonly id: string;
  /** `header` and `other` are what HEAD and OPTIONS become; no backend answers them. `help` is answered for all. */
  operation: OperationName | "header" | "other" | "help";
  readonly path: string;
  /** A policy that limits pages sets `limit`. */
  data: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly tls?: TlsInfo;
  readonly exchange: Exchange;
  /** As it was sent; empty = none. */
  readonly clientToken: string;
  /** Seconds; 0 = the reply shall not be wrapped. */
  readonly wrapTtl: number;
  /** Filled in once the token was looked up. */
  token?: StoredToken;
  /** Names of the policies that let it pass, once they were asked. */
  grantedBy?: readonly string[];
  /** A template of the path that the token must be able to read for an entry to be listed. */
  keysFilter?: string;
}

export interface WrapInfo {
  readonly token: string;
  readonly accessor: string;
  readonly ttl: number;
  /** ms since the epoch */
  readonly createdAt: number;
  readonly creationPath: string;
  readonly wrappedAccessor?: string;
}

export interface RawReply {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string | Buffer;
}

/** A success in Vault's terms. */
export interface LogicalResponse {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly auth?: IssuedAuth;
  readonly lease?: { readonly id: string; readonly duration: number; readonly renewable: boolean };
  warnings: readonly string[];
  readonly raw?: RawReply;
  /** The envelope goes out under this status, as a raw reply of the backend. */
  readonly status?: number;
  readonly wrapInfo?: WrapInfo;
  readonly mountType: string;
}

/** A refusal as it goes over the wire: `{"errors":[text]}`, or `{"errors":[]}` without a text. */
export interface Failure {
  readonly status: number;
  readonly text?: string;
  readonly data?: Readonly<Record<string, unknown>> | readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The backend answered so; otherwise it is an error in Go's sense. The audit log tells them apart. */
  readonly isResponse?: true;
}

export type LogicalResult =
  | { readonly ok: true; readonly response: LogicalResponse | undefined }
  | { readonly ok: false; readonly failure: Failure };

export function fail(status: number, text?: string): LogicalResult {
  return { ok: false, failure: { status, ...(text !== undefined && { text }) } };
}
