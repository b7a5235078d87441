import { Client, type ClientDuplexStream, credentials, Metadata, status as codes } from "@grpc/grpc-js";
import type { GrpcStatus } from "./status.js";

/** What a call brings, in order: messages, then its end. */
export type CallEvent = { readonly message: Buffer } | { readonly status: GrpcStatus };

/** What goes before the messages of a call; a key may have several values. */
export type CallMetadata = Readonly<Record<string, string | readonly string[]>>;

/** A call of bytes, for client models. */
export class ByteCall {
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #events: CallEvent[] = [];
  #end: CallEvent | undefined;
  #wake: () => void = () => undefined;

  constructor(client: Client, path: string, metadata: CallMetadata) {
    const values = new Metadata();
    for (const [key, value] of Object.entries(metadata)) for (const one of [value].flat()) values.add(key, one);
    const asIs = (bytes: Buffer): Buffer => bytes;
    this.#call = client.makeBidiStreamRequest(path, asIs, asIs, values);
    this.#call.on("data", (message: Buffer) => this.#push({ message }));
    this.#call.on("error", () => undefined);
    this.#call.on("status", ({ code, details }) => {
      this.#end = { status: { code, details: code === codes.OK ? "" : details } };
      this.#push(this.#end);
    });
  }

  send(message: Buffer): void {
    this.#call.write(message);
  }

  halfClose(): void {
    this.#call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }

  /** The next event; `undefined` when none comes within `ms` of real time. After the end it is the end again. */
  async next(ms: number): Promise<CallEvent | undefined> {
    if (this.#events.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#events.shift() ?? this.#end;
  }

  #push(event: CallEvent): void {
    this.#events.push(event);
    this.#wake();
  }
}

/** One connection to a gRPC server at `unix:///path` or `tcp://host:port`, made with the first call. */
export class GrpcConnection {
  readonly #client: Client;

  constructor(readonly uri: string) {
    const target = uri.startsWith("unix://") ? `unix:${uri.slice("unix://".length)}` : uri.replace(/^tcp:\/\//, "");
    this.#client = new Client(target, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  }

  open(path: string, metadata: CallMetadata = {}): ByteCall {
    return new ByteCall(this.#client, path, metadata);
  }

  close(): void {
    this.#client.close();
  }
}
