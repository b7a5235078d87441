import { type ByteCall, codeName, type GrpcConnection } from "../../../src/transport/grpc/index.js";
import type { Method } from "./protojson.js";
import type { Step } from "./transcript.js";

export type StreamEvent = { readonly message: unknown } | { readonly code: string; readonly details: string };

/** One call, and what has come of it in order. */
export class Stream {
  readonly #call: ByteCall;
  readonly #method: Method;

  constructor(connection: GrpcConnection, method: Method, metadata: Step["metadata"] = {}) {
    this.#method = method;
    this.#call = connection.open(method.path, metadata);
  }

  send(message: unknown): void {
    this.#call.send(this.#method.encode(message ?? {}));
  }

  halfClose(): void {
    this.#call.halfClose();
  }

  cancel(): void {
    this.#call.cancel();
  }

  /** The next event, or `undefined` when none comes within `ms`. */
  async next(ms: number): Promise<StreamEvent | undefined> {
    const event = await this.#call.next(ms);
    if (event === undefined) return undefined;
    return "message" in event
      ? { message: this.#method.decode(event.message) }
      : { code: codeName(event.status.code), details: event.status.details };
  }
}
