export { ByteCall, type CallEvent, GrpcConnection } from "./client.js";
export {
  always,
  alwaysStream,
  decoded,
  serverStream,
  type ServerStreamOptions,
  unary,
  type UnaryReply,
} from "./methods.js";
export { type Codec, codec, fileDescriptors, PROTO_FILES } from "./protos.js";
export { protosFolder } from "./protos-folder.js";
export {
  type CallHandler,
  type GrpcCall,
  GrpcServer,
  type GrpcServerOptions,
  type GrpcService,
  type MethodHandler,
} from "./server.js";
export { CODE, codeName, type CodeName, type GrpcStatus, OK, rpcError, status } from "./status.js";
export { type SocketFate, UnixSocket, type UnixSocketOptions } from "./unix-socket.js";
