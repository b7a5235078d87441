import type { IncomingMessage, Server } from "node:http";
import { Duplex } from "node:stream";
import type { Connections } from "./connection.js";

/**
 * Node's HTTP/1 parser knows a fixed set of verbs and refuses LIST, which Vault's own clients and every curl example
 * use, and all others that Go would route (`HELP`, `list`). The ordinary path must not pay for them, so they are dealt
 * with where the parser gives up: the connection is taken over, the verb replaced by one that the parser knows and
 * remembered, and the stream handed back to the server. On that connection each following request head is looked at.
 */
export class UnusualVerbs {
  readonly #verbs = new WeakMap<object, string[]>();

  constructor(
    readonly server: Server,
    readonly connections: Connections,
  ) {}

  /** The verb that the client really sent. */
  methodOf(request: IncomingMessage): string {
    const waiting = this.#verbs.get(request.socket);
    const socket: unknown = request.socket;
    if (waiting === undefined || !(socket instanceof RewrittenStream)) return request.method ?? "GET";
    request.on("end", () => socket.expectHead());
    return waiting.shift() ?? request.method ?? "GET";
  }

  takeOver(socket: Duplex, firstBytes: Buffer): void {
    const verbs: string[] = [];
    for (const event of ["data", "end", "drain", "timeout", "error", "resume", "pause", "readable"]) {
      socket.removeAllListeners(event);
    }
    const stream = new RewrittenStream(socket, verbs);
    this.#verbs.set(stream, verbs);
    const connection = this.connections.get(socket);
    if (connection !== undefined) this.connections.set(stream, connection);
    this.server.emit("connection", stream);
    stream.start(firstBytes);
  }
}

interface ParserError {
  readonly code?: string | undefined;
  readonly rawPacket?: Buffer | undefined;
  readonly bytesParsed?: number | undefined;
}

/** A request line as Go reads it: any token is a verb (net/http: parseRequestLine, validMethod). */
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) \S+ HTTP\/1\.[01]\r?\n/;
/** Stands in for the verb while Node's parser looks; it may carry a body or not, as the real one may. */
const STAND_IN = "POST";

/** True when the error was but an unusual verb, and the connection lives on. */
export function takeOverUnusualVerb(verbs: UnusualVerbs, error: ParserError, socket: Duplex): boolean {
  if (error.code !== "HPE_INVALID_METHOD" || error.rawPacket === undefined || socket instanceof RewrittenStream)
    return false;
  const rest = error.rawPacket.subarray(startOfVerb(error.rawPacket, error.bytesParsed ?? 0));
  if (!REQUEST_LINE.test(rest.toString("latin1", 0, 65_536))) return false;
  verbs.takeOver(socket, rest);
  return true;
}

/** The parser stops inside the verb: walk back to where it begins. */
function startOfVerb(packet: Buffer, stoppedAt: number): number {
  let at = Math.min(stoppedAt, packet.length - 1);
  while (at > 0 && packet[at - 1] !== 0x0a && packet[at - 1] !== 0x7d) at--;
  return at;
}

/** A connection whose request lines are rewritten on their way to the parser. */
class RewrittenStream extends Duplex {
  #atHead = true;
  #held: Buffer = Buffer.alloc(0);

  constructor(
    readonly socket: Duplex,
    readonly verbs: string[],
  ) {
    super();
  }

  start(firstBytes: Buffer): void {
    this.socket.on("data", (chunk: Buffer) => this.#feed(chunk));
    this.socket.on("end", () => this.push(null));
    this.socket.on("close", () => this.destroy());
    this.socket.on("error", (error) => this.destroy(error));
    this.#feed(firstBytes);
    this.socket.resume();
  }

  /** The request before is read: what comes next is a request line. */
  expectHead(): void {
    this.#atHead = true;
  }

  #feed(chunk: Buffer): void {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    if (this.#atHead) {
      const space = bytes.indexOf(0x20);
      if (space === -1 && bytes.length < 64) {
        this.#held = bytes;
        return;
      }
      this.#atHead = false;
      this.verbs.push(bytes.toString("latin1", 0, Math.max(space, 0)));
      bytes = Buffer.concat([Buffer.from(STAND_IN), bytes.subarray(Math.max(space, 0))]);
    }
    if (!this.push(bytes)) this.socket.pause();
  }

  setTimeout(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  destroySoon(): void {
    this.end(() => this.destroy());
  }

  override _read(): void {
    this.socket.resume();
  }
  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, encoding, done);
  }
  override _final(done: () => void): void {
    this.socket.end(done);
  }
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }
}
