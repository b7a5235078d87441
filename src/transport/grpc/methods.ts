import type { CallHandler, GrpcCall, MethodHandler } from "./server.js";
import type { Codec } from "./protos.js";
import { type GrpcStatus, status } from "./status.js";

/** What a unary method answers: a message, or how it refuses. */
export type UnaryReply = { readonly message: Buffer } | { readonly status: GrpcStatus };

/** A method that answers one message with one message. */
export function unary<T extends object>(
  request: Codec<T>,
  answer: (call: GrpcCall, message: T) => UnaryReply | Promise<UnaryReply>,
): MethodHandler {
  return (call) => {
    let asked = false;
    const reply = async (bytes: Buffer): Promise<void> => {
      const message = decoded(call, request, bytes, "error unmarshalling request");
      if (message === undefined) return;
      const answered = await answer(call, message);
      if ("message" in answered) {
        call.send(answered.message);
        call.end();
      } else {
        call.end(answered.status);
      }
    };
    return {
      message(bytes) {
        if (!asked) void reply(bytes);
        asked = true;
      },
      halfClosed() {
        // What grpc-go makes of the end of the stream where a message should be.
        if (!asked) call.end(NO_MESSAGE);
      },
    };
  };
}

export interface ServerStreamOptions {
  /** grpc-go since 1.75 reads on until the client's half-close before it calls the method, and counts the messages. */
  readonly waitsForHalfClose: boolean;
  /** Looked at as soon as the call opens, before its message. */
  readonly atOpen?: (call: GrpcCall) => GrpcStatus | undefined;
}

/** A method that answers one message with a stream of them. `start` may return what it wants to hear of the rest. */
export function serverStream<T extends object>(
  request: Codec<T>,
  options: ServerStreamOptions,
  start: (call: GrpcCall, message: T) => Pick<CallHandler, "closed" | "drained"> | undefined,
): MethodHandler {
  return (call) => {
    const refused = options.atOpen?.(call);
    if (refused !== undefined) {
      call.end(refused);
      return undefined;
    }
    let message: T | undefined;
    let started = false;
    let running: Pick<CallHandler, "closed" | "drained"> | undefined;
    const run = (): void => {
      if (started || message === undefined) return;
      started = true;
      running = start(call, message);
      if (call.over) running?.closed?.();
    };
    return {
      message(bytes) {
        if (message !== undefined && options.waitsForHalfClose && !started) call.end(TOO_MANY_MESSAGES);
        message ??= decoded(call, request, bytes);
        if (!options.waitsForHalfClose) run();
      },
      halfClosed() {
        if (message === undefined) call.end(options.waitsForHalfClose ? TOO_FEW_MESSAGES : NO_MESSAGE);
        else run();
      },
      closed: () => running?.closed?.(),
      drained: () => running?.drained?.(),
    };
  };
}

const NO_MESSAGE = status("Unknown", "EOF");
const TOO_FEW_MESSAGES = status(
  "Internal",
  "cardinality violation: received no request message from non-client-streaming RPC",
);
const TOO_MANY_MESSAGES = status(
  "Internal",
  "cardinality violation: received multiple request messages for non-client-streaming RPC",
);

/** A method with one message and a stream for an answer that ends every call alike, once it has the message. */
export function alwaysStream<T extends object>(
  request: Codec<T>,
  options: ServerStreamOptions,
  how: GrpcStatus,
): MethodHandler {
  return serverStream(request, options, (call) => {
    call.end(how);
    return undefined;
  });
}

/** A method that ends every call alike, as soon as it opens. */
export function always(how: GrpcStatus): MethodHandler {
  return (call) => {
    call.end(how);
    return undefined;
  };
}

/** The message, or `undefined` after the call was ended in grpc-go's words because it is none. */
export function decoded<T extends object>(
  call: GrpcCall,
  request: Codec<T>,
  bytes: Buffer,
  complaint = "failed to unmarshal the received message",
): T | undefined {
  try {
    return request.decode(bytes);
  } catch {
    call.end(status("Internal", `grpc: ${complaint}: proto: cannot parse invalid wire-format data`));
    return undefined;
  }
}
