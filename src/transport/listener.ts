import { chmodSync } from "node:fs";
import net from "node:net";
import type { Journal, ServerName } from "../journal/index.js";
import { type Address, bind } from "./address.js";
import { type Connection, type Connections, localOf, remoteOf, watchEnd } from "./connection.js";
import { type FaultSource, strike } from "./fault.js";
import type { HttpHandler } from "./http.js";
import { createHttp1, type HttpOptions } from "./http1.js";
import { TlsFront } from "./tls/front.js";
import type { TlsSettings } from "./tls/settings.js";

export interface ListenOptions extends Address {
  readonly server: ServerName;
  readonly handler: HttpHandler;
  readonly journal: Journal;
  /** HTTPS if present. */
  readonly tls?: TlsSettings;
  /** Longest request body in bytes that is read whole; Vault's own limit if absent. */
  readonly bodyLimit?: number;
  /** Asked at each moment of each connection whether something shall go wrong. */
  readonly faults?: FaultSource;
}

export interface Listener extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `https://127.0.0.1:8200`, or `unix:///path`. */
  readonly url: string;
  /** `127.0.0.1:8200`, or the socket's path. */
  readonly address: string;
  readonly tls?: TlsFront;
  /** Stops listening and ends every open connection. */
  close(): Promise<void>;
}

/** Vault's max_request_size. */
const BODY_LIMIT = 32 * 1024 * 1024;

/**
 * Listens, journals each connection, and speaks HTTP (and TLS, if asked to) on it.
 * @throws MISTRUST_LISTEN_FAILED, MISTRUST_SOCKET_PATH_TOO_LONG
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const connections: Connections = new WeakMap();
  const http: HttpOptions = { handler: options.handler, connections, bodyLimit: options.bodyLimit ?? BODY_LIMIT };
  const http1 = createHttp1(http);
  const front =
    options.tls === undefined
      ? undefined
      : new TlsFront(options.tls, { http, http1, journal: options.journal, server: options.server }, options.faults);
  const open = new Set<net.Socket>();

  const accept = (socket: net.Socket): void => {
    const connection = journalConnection(socket, options, front !== undefined);
    connections.set(socket, connection);
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    const fault = options.faults?.("accept", connection);
    if (fault !== undefined) strike(fault, socket, connection);
    else if (front === undefined) http1.emit("connection", socket);
    else front.accept(socket, connection);
  };
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await bind(server, options);
  if (options.path !== undefined) chmodSync(options.path, 0o777);

  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const stopped = new Promise((resolve) => server.close(resolve));
    const ended = [...open].map((socket) => new Promise((resolve) => socket.on("close", resolve).destroy()));
    await Promise.all([stopped, ...ended]);
  };
  return {
    ...whereabouts(server, options),
    ...(front !== undefined && { tls: front }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function whereabouts(server: net.Server, options: ListenOptions): Pick<Listener, "host" | "port" | "url" | "address"> {
  const bound = server.address();
  if (bound === null || typeof bound === "string") {
    const path = options.path ?? bound ?? "";
    return { host: "", port: 0, url: `unix://${path}`, address: path };
  }
  const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  const address = `${host}:${bound.port}`;
  return {
    host: bound.address,
    port: bound.port,
    url: `${options.tls === undefined ? "http" : "https"}://${address}`,
    address,
  };
}

function journalConnection(socket: net.Socket, { journal, server }: ListenOptions, tls: boolean): Connection {
  const connection: Connection = {
    id: journal.nextConnection(),
    server,
    journal,
    remoteAddress: socket.remoteAddress ?? "",
    remotePort: socket.remotePort ?? 0,
    localAddress: socket.localAddress ?? "",
    localPort: socket.localPort ?? 0,
  };
  const head = { server, connection: connection.id };
  journal.append(head, { type: "connection", remote: remoteOf(connection), local: localOf(connection), tls });
  watchEnd(socket, connection);
  socket.on("close", () => journal.append(head, { type: "disconnect", ...(connection.ended ?? { by: "server" }) }));
  return connection;
}
