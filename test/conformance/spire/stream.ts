import { Client, credentials, type ClientDuplexStream, Metadata, status } from "@grpc/grpc-js";
import type { Method } from "./protojson.js";
import type { Step } from "./transcript.js";

export type StreamEvent = { readonly message: unknown } | { readonly code: string; readonly details: string };

/** One call, and what has come of it in order. */
export class Stream {
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #method: Method;
  readonly #events: StreamEvent[] = [];
  #end: StreamEvent | undefined;
  #wake: () => void = () => undefined;

  constructor(client: Client, method: Method, metadata: Step["metadata"] = {}) {
    const values = new Metadata();
    for (const [key, value] of Object.entries(metadata)) for (const one of [value].flat()) values.add(key, one);
    const asIs = (bytes: Buffer): Buffer => bytes;
    this.#method = method;
    this.#call = client.makeBidiStreamRequest(method.path, asIs, asIs, values);
    this.#call.on("data", (bytes: Buffer) => this.#push({ message: method.decode(bytes) }));
    this.#call.on("error", () => undefined);
    this.#call.on("status", ({ code, details }) => {
      const name = code === status.OK ? "OK" : nameOf(status[code]);
      this.#end = { code: name, details: code === status.OK ? "" : details };
      this.#push(this.#end);
    });
  }

  send(message: unknown): void {
    this.#call.write(this.#method.encode(message ?? {}));
  }

  halfClose(): void {
    this.#call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }

  /** The next event, or `undefined` when none comes within `ms`. */
  async next(ms: number): Promise<StreamEvent | undefined> {
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

  #push(event: StreamEvent): void {
    this.#events.push(event);
    this.#wake();
  }
}

export function clientOf(path: string): Client {
  return new Client(`unix:${path}`, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
}

/** `INVALID_ARGUMENT` as Go names it. */
function nameOf(constant: string | undefined): string {
  return (constant ?? "")
    .split("_")
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join("");
}
