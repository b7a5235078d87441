import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { connect as connectSocket } from "node:net";

export interface StreamsJob {
  /** Path of the server's socket. */
  readonly socket: string;
  readonly streams: number;
  readonly connections: number;
  /** How many streams wait for their first secret at one time. */
  readonly atOnce: number;
}

/** Open StreamSecrets calls. Times are ms. */
export interface OpenStreams {
  readonly p50: number;
  readonly p99: number;
  readonly all: number;
  /** Resolves when every stream has had another secret. */
  nextPush(): Promise<void>;
  close(): void;
}

const NAME = Buffer.from("default");
const TYPE = Buffer.from("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret");
const HEADERS = {
  ":method": "POST",
  ":path": "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets",
  "content-type": "application/grpc",
  te: "trailers",
};

/** Opens the calls over plain HTTP/2, which costs the machine less than a gRPC client would, and acknowledges all. */
export async function openStreams({ socket, streams, connections, atOnce }: StreamsJob): Promise<OpenStreams> {
  const sessions = Array.from({ length: connections }, () =>
    connect("http://localhost", { createConnection: () => connectSocket(socket) }),
  );
  const calls: Call[] = [];
  const started = performance.now();
  let opened = 0;
  const lane = async (): Promise<void> => {
    while (opened < streams) {
      const session = sessions[opened++ % connections];
      if (session === undefined) return;
      const call = new Call(session);
      calls.push(call);
      await call.next();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const all = performance.now() - started;
  const waits = calls.map(({ firstAfter }) => firstAfter).sort((a, b) => a - b);
  const at = (share: number): number => waits[Math.floor(waits.length * share)] ?? 0;
  return {
    p50: at(0.5),
    p99: at(0.99),
    all,
    nextPush: async () => {
      await Promise.all(calls.map((call) => call.next()));
    },
    close: () => sessions.forEach((session) => session.destroy()),
  };
}

/** One call, which answers every message with an ACK as Envoy does. */
class Call {
  firstAfter = 0;
  readonly #stream: ClientHttp2Stream;
  readonly #opened = performance.now();
  #pending: Buffer = Buffer.alloc(0);
  #arrived: () => void = () => undefined;

  constructor(session: ClientHttp2Session) {
    this.#stream = session.request(HEADERS);
    this.#stream.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#stream.on("error", () => undefined);
    this.#stream.write(frame(request("", "")));
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  #take(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (this.#pending.length < 5) return;
    const length = 5 + this.#pending.readUInt32BE(1);
    if (this.#pending.length < length) return;
    const message = this.#pending.subarray(5, length);
    this.#pending = this.#pending.subarray(length);
    if (this.firstAfter === 0) this.firstAfter = performance.now() - this.#opened;
    this.#stream.write(frame(request(...versionAndNonce(message))));
    this.#arrived();
  }
}

/** A DiscoveryRequest: version_info = 1, resource_names = 3, type_url = 4, response_nonce = 5. */
function request(version: string, nonce: string): Buffer {
  const fields: readonly (readonly [number, Buffer])[] = [
    [1, Buffer.from(version)],
    [3, NAME],
    [4, TYPE],
    [5, Buffer.from(nonce)],
  ];
  return Buffer.concat(
    fields
      .filter(([, value]) => value.length > 0)
      .flatMap(([number, value]) => [Buffer.from([(number << 3) | 2, value.length]), value]),
  );
}

function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The strings of a DiscoveryResponse that an ACK repeats: version_info = 1, nonce = 5. */
function versionAndNonce(message: Buffer): [version: string, nonce: string] {
  const found: Record<number, string> = {};
  for (let at = 0; at < message.length;) {
    const number = (message[at++] ?? 0) >> 3;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (number === 1 || number === 5) found[number] = message.toString("latin1", at, at + length);
    at += length;
  }
  return [found[1] ?? "", found[5] ?? ""];
}
