import { createServer, type Server, type Socket } from "node:net";
import { MistrustError } from "../runtime/index.js";
import type { Journal } from "../journal/index.js";
import { GrpcServer, type GrpcService, type SocketFate, UnixSocket } from "../transport/grpc/index.js";
import type { SocketAddress, TcpAddress } from "./options.js";

export interface EndpointOptions {
  readonly journal: Journal;
  readonly address: SocketAddress | TcpAddress;
  /** Permission bits of a socket file. */
  readonly mode: number;
  readonly services: readonly GrpcService[];
  /** What the agent's log calls them: `Workload and SDS APIs`. */
  readonly apis: string;
}

/** How a stopped agent leaves its sockets: gone, a file nobody listens on, or a socket whose connections end at once. */
export type StoppedSocket = SocketFate | "held-open";

/** One address of the agent, through its stops and starts. */
export class Endpoint {
  readonly #options: EndpointOptions;
  #grpc: GrpcServer | undefined;
  #unix: UnixSocket | undefined;
  #tcp: Server | undefined;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** What clients put into SPIFFE_ENDPOINT_SOCKET. */
  get uri(): string {
    const { address } = this.#options;
    return "path" in address ? `unix://${address.path}` : `tcp://${address.host ?? "127.0.0.1"}:${this.#port}`;
  }

  get apis(): string {
    return this.#options.apis;
  }

  get network(): "unix" | "tcp" {
    return "path" in this.#options.address ? "unix" : "tcp";
  }

  /** @throws MISTRUST_SOCKET_PATH_TOO_LONG, MISTRUST_LISTEN_FAILED */
  async start(): Promise<void> {
    const { address, journal, services, mode } = this.#options;
    this.#grpc = new GrpcServer({ journal, server: "spire", services, decompresses: false });
    if ("path" in address) {
      this.#unix ??= await UnixSocket.listen({ path: address.path, mode }, (socket) => this.#accept(socket));
    } else if (this.#tcp === undefined) {
      await this.#listenTcp(address);
    }
  }

  async stop(how: StoppedSocket): Promise<void> {
    this.#grpc = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (how === "held-open") return;
    await this.#unix?.close(how);
    this.#unix = undefined;
    const tcp = this.#tcp;
    this.#tcp = undefined;
    if (tcp !== undefined) await new Promise<void>((resolve) => tcp.close(() => resolve()));
  }

  async #listenTcp(address: TcpAddress): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    const host = address.host ?? "127.0.0.1";
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => {
        const why = `${host}:${address.port} cannot be listened on: ${cause.message}`;
        reject(new MistrustError("MISTRUST_LISTEN_FAILED", why, { cause }));
      });
      server.listen(this.#port === 0 ? address.port : this.#port, host, resolve);
    });
    const bound = server.address();
    this.#port = typeof bound === "object" && bound !== null ? bound.port : address.port;
    this.#tcp = server;
  }

  #accept(socket: Socket): void {
    if (this.#grpc === undefined) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const { journal } = this.#options;
    const connection = journal.nextConnection();
    const remote = socket.remoteAddress === undefined ? "" : `${socket.remoteAddress}:${socket.remotePort ?? 0}`;
    journal.append({ server: "spire", connection }, { type: "connection", remote, local: this.uri, tls: false });
    this.#grpc.serve(socket, connection);
  }
}
