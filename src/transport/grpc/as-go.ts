import type { OutgoingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from "node:http2";

/**
 * Makes a call of grpc-js answer with the headers that grpc-go sends, without those that tell of compression. It needs
 * private fields of grpc-js 1.14; without them the call is answered in grpc-js's own way.
 * @returns the compression of the client's messages, if they have one
 */
export function answerAsGo(raw: object): string | undefined {
  const call: unknown = Reflect.get(raw, "call");
  if (typeof call !== "object" || call === null) return undefined;
  const stream: unknown = Reflect.get(call, "stream");
  if (isStream(stream)) stream.respond = respondAsGo;
  const encoding: unknown = Reflect.get(call, "incomingEncoding");
  return typeof encoding === "string" && encoding !== "" && encoding !== "identity" ? encoding : undefined;
}

function isStream(stream: unknown): stream is ServerHttp2Stream {
  return typeof stream === "object" && stream !== null && "respond" in stream && typeof stream.respond === "function";
}

const HEADERS: OutgoingHttpHeaders = { ":status": 200, "content-type": "application/grpc" };

/** Takes the place of a stream's `respond`. Headers that end the call bring its status with them. */
function respondAsGo(
  this: ServerHttp2Stream,
  headers?: OutgoingHttpHeaders | readonly string[],
  options?: ServerStreamResponseOptions,
): void {
  const prototype = Object.getPrototypeOf(this) as ServerHttp2Stream;
  const given = headers === undefined || Array.isArray(headers) ? undefined : (headers as OutgoingHttpHeaders);
  const status = given?.["grpc-status"];
  const message = given?.["grpc-message"] ?? "";
  const end = { ":status": 200, "content-type": "application/grpc", "grpc-status": status, "grpc-message": message };
  prototype.respond.call(this, status === undefined ? HEADERS : end, options);
}
