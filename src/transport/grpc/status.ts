/** gRPC status codes by the names that grpc-go gives them. (google.golang.org/grpc/codes) */
export const CODE = {
  OK: 0,
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const;

export type CodeName = keyof typeof CODE;

/** How a call ended. */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

export const OK: GrpcStatus = { code: CODE.OK, details: "" };

export function status(code: CodeName, details: string): GrpcStatus {
  return { code: CODE[code], details };
}

/** The name of a code as grpc-go prints it; `Code(17)` for one that does not exist. */
export function codeName(code: number): string {
  return Object.entries(CODE).find(([, value]) => value === code)?.[0] ?? `Code(${code})`;
}

/** A status as Go prints it as an error: `rpc error: code = NotFound desc = …`. */
export function rpcError({ code, details }: GrpcStatus): string {
  return `rpc error: code = ${codeName(code)} desc = ${details}`;
}

/**
 * A message as grpc-go puts it on the wire: only what is not printable ASCII is percent-encoded, so that clients which
 * do not decode it, such as Envoy, can still read it. (google.golang.org/grpc internal/transport encodeGrpcMessage)
 */
export function wireMessage(details: string): string {
  return [...Buffer.from(details)]
    .map((byte) => {
      const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
      return plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}
