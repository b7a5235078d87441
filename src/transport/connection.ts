import type { Duplex } from "node:stream";
import type { Journal, ServerName } from "../journal/index.js";
import type { TlsInfo } from "./http.js";

/** One accepted connection, as the layers above the socket know it. */
export interface Connection {
  /** Its number in the journal. */
  readonly id: number;
  readonly server: ServerName;
  readonly journal: Journal;
  readonly remoteAddress: string;
  readonly remotePort: number;
  tls?: TlsInfo;
}

/** Which connection a stream belongs to. Held by the listener, never by the module. */
export type Connections = WeakMap<Duplex, Connection>;

/** `127.0.0.1:4711`, `[::1]:4711`, or `@` for a unix socket, as Go prints an address. */
export function remoteOf(connection: Pick<Connection, "remoteAddress" | "remotePort">): string {
  const { remoteAddress, remotePort } = connection;
  if (remoteAddress === "") return "@";
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
