import type { Duplex } from "node:stream";
import type { Journal, ServerName } from "../journal/index.js";
import type { HttpHandler, TlsInfo } from "./http.js";

/** One accepted connection, as the layers above the socket know it. */
export interface Connection {
  /** Its number in the journal. */
  readonly id: number;
  readonly server: ServerName;
  readonly journal: Journal;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  tls?: TlsInfo;
  /** Answers instead of the listener's handler: a front that refuses in HTTP what came out of the handshake. */
  answer?: HttpHandler;
  /** Who ended it, as soon as that is known. */
  ended?: { readonly by: "client" | "server"; readonly how?: string };
}

/** Which connection a stream belongs to. Held by the listener, never by the module. */
export type Connections = WeakMap<Duplex, Connection>;

/** `127.0.0.1:4711`, `[::1]:4711`, or `@` for a unix socket, as Go prints an address. */
export function remoteOf({ remoteAddress, remotePort }: Pick<Connection, "remoteAddress" | "remotePort">): string {
  return address(remoteAddress, remotePort);
}

export function localOf({ localAddress, localPort }: Pick<Connection, "localAddress" | "localPort">): string {
  return address(localAddress, localPort);
}

function address(host: string, port: number): string {
  if (host === "") return "@";
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Watches how a stream ends, for the journal. The first that is known counts. */
export function watchEnd(stream: Duplex, connection: Connection): void {
  stream.on("end", () => (connection.ended ??= { by: "client" }));
  stream.on("error", (error: NodeJS.ErrnoException) => {
    connection.ended ??= { by: "client", ...(error.code !== undefined && { how: error.code }) };
  });
}
