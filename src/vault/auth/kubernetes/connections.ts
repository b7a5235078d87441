import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import { peerChain } from "../../../go/index.js";
import { AnswerReader, type ApiReply } from "./http-answer.js";

/** A call that brought no HTTP answer, in the words of Go's net/http. */
export class ApiCallError extends Error {
  override readonly name = "ApiCallError";
}

/** Where connections go. */
export interface Endpoint {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}

/** What is wrong with a server's chain (DER, leaf first), in Go's words; `undefined` if nothing is. */
export type Judge = (chain: readonly Buffer[], host: string) => string | undefined;

/** Go's http.Transport gives a request as long as its caller does, and keeps idle connections as long: 90 s with Vault. */
const TIMEOUT_MS = 90_000;
/** (hashicorp/go-cleanhttp: TLSHandshakeTimeout) */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Kept-alive HTTP/1.1 connections to one server, each carrying one request at a time. Node's own client costs several
 * times as much as all else that a login does. Idle connections keep no process alive.
 */
export class Connections {
  readonly #endpoint: Endpoint;
  readonly #open = new Set<Connection>();
  readonly #idle: Connection[] = [];
  #context: SecureContext | undefined;
  #closed = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /**
   * Sends a request, whole, and waits for its answer. Only a connection that has to be opened is judged.
   * @throws ApiCallError, or what Node says of the connection
   */
  async send(request: string, judge: Judge): Promise<ApiReply> {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      const reply = await kept.send(request);
      if (reply !== undefined) return reply;
      // The server closed the idle connection at the moment it was used: Go takes another one for what changes nothing.
      if (!request.startsWith("GET ")) throw new ApiCallError("EOF");
    }
    const fresh = await this.#connect(judge);
    const reply = await fresh.send(request);
    if (reply === undefined) throw new ApiCallError("EOF");
    return reply;
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#open) connection.close();
  }

  async #connect(judge: Judge): Promise<Connection> {
    const socket = await (this.#endpoint.secure ? this.#secure(judge) : this.#plain());
    const connection = new Connection(socket, (idle) => {
      if (this.#closed) idle.close();
      else this.#idle.push(idle);
    });
    this.#open.add(connection);
    socket.once("close", () => {
      this.#open.delete(connection);
      const at = this.#idle.indexOf(connection);
      if (at !== -1) this.#idle.splice(at, 1);
    });
    return connection;
  }

  #plain(): Promise<Socket> {
    const { host, port } = this.#endpoint;
    const socket = connectTcp({ host, port, noDelay: true });
    return new Promise((resolve, reject) => {
      socket.once("error", reject).once("connect", () => resolve(socket.off("error", reject)));
    });
  }

  /** A connection is handed out only when its certificate has been verified. */
  #secure(judge: Judge): Promise<Socket> {
    const { host, port } = this.#endpoint;
    const socket = connectTls({
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      ALPNProtocols: ["http/1.1"],
      secureContext: (this.#context ??= createSecureContext({ minVersion: "TLSv1.2" })),
      // OpenSSL would judge by the machine's time and in its own order; judge does instead.
      rejectUnauthorized: false,
    }).setNoDelay(true);
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        reject(error);
        socket.destroy();
      };
      const closed = (): void => reject(new ApiCallError("EOF"));
      socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => failed(new ApiCallError("net/http: TLS handshake timeout")));
      socket.on("error", failed).once("close", closed);
      socket.once("secureConnect", () => {
        const mistake = judge(peerChain(socket), host);
        if (mistake !== undefined) {
          failed(new ApiCallError(mistake));
          return;
        }
        resolve(socket.removeAllListeners("timeout").off("error", failed).off("close", closed));
      });
    });
  }
}

/** The connections of one client, by server. (Go: http.Transport) */
export class ConnectionPool {
  readonly #servers = new Map<string, Connections>();

  to(endpoint: Endpoint): Connections {
    const key = `${endpoint.secure ? "https" : "http"}|${endpoint.host}|${endpoint.port}`;
    const known = this.#servers.get(key);
    if (known !== undefined) return known;
    const connections = new Connections(endpoint);
    this.#servers.set(key, connections);
    return connections;
  }

  close(): void {
    for (const connections of this.#servers.values()) connections.close();
    this.#servers.clear();
  }
}

interface Waiting {
  readonly resolve: (reply: ApiReply | undefined) => void;
  readonly reject: (error: Error) => void;
}

class Connection {
  readonly #socket: Socket;
  readonly #answers = new AnswerReader();
  readonly #free: (connection: Connection) => void;
  #waiting: Waiting | undefined;
  #used = false;

  constructor(socket: Socket, free: (connection: Connection) => void) {
    this.#socket = socket;
    this.#free = free;
    socket.setTimeout(TIMEOUT_MS, () => this.#fail(new ApiCallError("context deadline exceeded")));
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    socket.on("end", () => this.#ended());
    socket.on("close", () => this.#ended());
    socket.on("error", (error) => this.#lost(error));
  }

  /** The answer; nothing where the server had ended the connection since its last one. */
  send(request: string): Promise<ApiReply | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.ref();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    let reply: ApiReply | undefined;
    try {
      reply = this.#answers.take(bytes);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (reply !== undefined) this.#answered(reply);
  }

  #answered(reply: ApiReply): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    // An answer that nobody asked for, or bytes behind it, end the connection, as with Go.
    if (waiting === undefined || this.#answers.closes || this.#answers.begun) this.#socket.destroy();
    else {
      this.#used = true;
      this.#socket.unref();
      this.#free(this);
    }
    waiting?.resolve(reply);
  }

  #ended(): void {
    const reply = this.#answers.end();
    if (reply !== undefined) {
      this.#answered(reply);
      return;
    }
    this.#lost(new ApiCallError(this.#answers.inBody ? "unexpected EOF" : "EOF"));
  }

  #lost(error: Error): void {
    if (this.#used && !this.#answers.begun) {
      this.#waiting?.resolve(undefined);
      this.#waiting = undefined;
    }
    this.#fail(error);
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}
