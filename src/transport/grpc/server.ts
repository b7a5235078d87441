import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import {
  type handleBidiStreamingCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from "@grpc/grpc-js";
import { Exchange, type Journal, type ServerName } from "../../journal/index.js";
import { goQuote } from "../../runtime/index.js";
import { answerAsGo } from "./as-go.js";
import { CODE, type GrpcStatus, OK, status, wireMessage } from "./status.js";

/** What a method does with a call. All calls are byte streams; helpers in `methods.ts` give them shape. */
export interface CallHandler {
  message?(bytes: Buffer): void;
  /** The client will send no more. */
  halfClosed?(): void;
  /** The call is over, whoever ended it. */
  closed?(): void;
  /** The client has taken what was sent; sending may go on after `send` has returned false. */
  drained?(): void;
}

/** One gRPC call as its handler sees it. */
export interface GrpcCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly exchange: Exchange;
  /** All values of a metadata key. */
  header(name: string): readonly string[];
  /** Sends a message. False when the client is slow: wait for `drained`. */
  send(bytes: Buffer): boolean;
  /** Ends the call; once it is over this does nothing. */
  end(status?: GrpcStatus): void;
  readonly over: boolean;
}

/** Called when a call opens, before its first message. */
export type MethodHandler = (call: GrpcCall) => CallHandler | undefined;

/** A service: its full name (none for a service without package and name) and its methods. */
export interface GrpcService {
  readonly name: string;
  readonly methods: Readonly<Record<string, MethodHandler>>;
}

export interface GrpcServerOptions {
  readonly journal: Journal;
  readonly server: ServerName;
  readonly services: readonly GrpcService[];
  /** Can it read compressed messages? A server in Go has no compression unless it takes one in. */
  readonly decompresses?: boolean;
}

/** grpc-go's limit for a received message, and its words for one that is larger. */
const LARGEST_MESSAGE = 4 * 1024 * 1024;

type RawCall = ServerDuplexStream<Buffer, Buffer>;

/**
 * A gRPC server that reads and sends bytes, over connections that somebody else has accepted.
 * What it says of unknown services and methods is grpc-go's wording, which is part of what clients see.
 */
export class GrpcServer {
  readonly #server: Server;
  readonly #options: GrpcServerOptions;
  readonly #connections = new Map<string, number>();
  readonly #inject: (socket: Duplex) => void;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#server = new Server({
      "grpc.enable_channelz": 0,
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
    });
    const handlers = new Map(
      options.services.flatMap(({ name, methods }) =>
        Object.entries(methods).map(([method, handler]): [string, MethodHandler] => [`/${name}/${method}`, handler]),
      ),
    );
    const services = new Set(options.services.map(({ name }) => name));
    const known = [...handlers].map(([path, handler]) => [path, this.#entry(path, handler)] as const);
    answerEveryPath(this.#server, new Map(known), (path) => this.#entry(path, unknownMethod(services), false));
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#inject = (socket) => injector.injectConnection(socket);
  }

  /** Serves gRPC on an accepted connection, journalled under `connection`. */
  serve(socket: Socket, connection: number): void {
    // grpc-js knows a call's connection by its peer address only, and unix sockets have none.
    const peer = socket.remoteAddress === undefined ? `unix-${connection}` : undefined;
    if (peer !== undefined) Object.defineProperty(socket, "remoteAddress", { value: peer });
    const key = peer ?? `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`;
    this.#connections.set(key, connection);
    socket.once("close", () => this.#connections.delete(key));
    this.#inject(socket);
  }

  #entry(path: string, handler: MethodHandler, isKnown = true): Entry {
    return (raw) => {
      const connection = this.#connections.get(raw.getPeer()) ?? 0;
      const exchange = new Exchange(this.#options.journal, this.#options.server, connection);
      const headers = headersOf(raw);
      exchange.note({ type: "request", method: "POST", path, headers, httpVersion: "2.0" });
      const open = new OpenCall(raw, path, exchange);
      const encoding = answerAsGo(raw);
      const isReadable = encoding === undefined || !isKnown || this.#options.decompresses !== false;
      open.start(isReadable ? handler : notInstalled(encoding));
    };
  }
}

function headersOf(raw: RawCall): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(raw.metadata.toHttp2Headers())) {
    headers[key] = typeof value === "object" ? value.join(", ") : String(value);
  }
  return headers;
}

/** A call over grpc-js. A class and not a bundle of closures: thousands of them are open at one time. */
class OpenCall implements GrpcCall {
  readonly #raw: RawCall;
  #events: CallHandler | undefined;
  #over = false;

  constructor(
    raw: RawCall,
    readonly path: string,
    readonly exchange: Exchange,
  ) {
    this.#raw = raw;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Lets the handler have what comes. */
  start(handler: MethodHandler): void {
    const raw = this.#raw;
    raw.on("error", ignore);
    raw.on("cancelled", () => this.#cancelled());
    this.#events = handler(this);
    raw.on("data", (bytes: Buffer) => this.#message(bytes));
    raw.on("end", () => {
      if (!this.#over) this.#events?.halfClosed?.();
    });
    raw.on("drain", () => {
      if (!this.#over) this.#events?.drained?.();
    });
  }

  header(name: string): readonly string[] {
    return this.#raw.metadata.get(name).map(String);
  }

  send(bytes: Buffer): boolean {
    return this.#over || this.#raw.write(bytes);
  }

  end(how: GrpcStatus = OK): void {
    if (this.#over) return;
    const { code, details } = how;
    this.exchange.note({ type: "reply", status: code, details });
    if (code === CODE.OK) this.#raw.end(NO_MESSAGE);
    else this.#raw.emit("error", { code, details, metadata: spelled(details) });
    this.#finish();
  }

  #message(bytes: Buffer): void {
    if (this.#over) return;
    if (bytes.length > LARGEST_MESSAGE) this.end(tooLarge(bytes.length));
    else this.#events?.message?.(bytes);
  }

  #cancelled(): void {
    if (this.#over) return;
    this.exchange.note({ type: "disconnect", by: "client", how: "the call was cancelled" });
    this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#events?.closed?.();
  }
}

/** Where grpc-js would write `OK`. */
const NO_MESSAGE = new Metadata();
NO_MESSAGE.set("grpc-message", "");

/** grpc-js tells of every status that is not OK as an error, also of those that were sent on purpose. */
const ignore = (): void => undefined;

/** Trailers that replace grpc-js's own spelling of the message, which encodes spaces too. */
function spelled(details: string): Metadata {
  const trailers = new Metadata();
  trailers.set("grpc-message", wireMessage(details));
  return trailers;
}

function tooLarge(size: number): GrpcStatus {
  return status("ResourceExhausted", `grpc: received message larger than max (${size} vs. ${LARGEST_MESSAGE})`);
}

/** The words of grpc-go's server.go for what it does not have. */
function unknownMethod(services: ReadonlySet<string>): MethodHandler {
  return (call) => {
    const slash = call.path.lastIndexOf("/");
    const service = call.path.slice(1, Math.max(1, slash));
    const method = call.path.slice(slash + 1);
    call.end(
      slash <= 0
        ? status("Unimplemented", `malformed method name: "${call.path}"`)
        : services.has(service)
          ? status("Unimplemented", `unknown method ${method} for service ${service}`)
          : status("Unimplemented", `unknown service ${service}`),
    );
    return undefined;
  };
}

/** The words of grpc-go's server.go for a compression that it does not have. */
function notInstalled(encoding: string): MethodHandler {
  return (call) => {
    const text = `grpc: Decompressor is not installed for grpc-encoding ${goQuote(encoding)}`;
    call.end(status("Unimplemented", text));
    return undefined;
  };
}

type Entry = handleBidiStreamingCall<Buffer, Buffer>;

/** grpc-js answers paths without a handler in its own words, so it must find one for every path. */
function answerEveryPath(server: Server, known: ReadonlyMap<string, Entry>, other: (path: string) => Entry): void {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const handlerOf = (path: string, func: Entry): object => ({
    func,
    serialize: asIs,
    deserialize: asIs,
    type: "bidi",
    path,
  });
  const handlers = new Map([...known].map(([path, func]) => [path, handlerOf(path, func)]));
  const find = handlers.get.bind(handlers);
  handlers.get = (path) => find(path) ?? handlerOf(path, other(path));
  // A private field of grpc-js 1.14: the conformance tests of unknown services fail if it moves.
  Reflect.set(server, "handlers", handlers);
}
