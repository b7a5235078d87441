import { type AnyDefinition, loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";
import { MistrustError } from "../../runtime/index.js";
import { protosFolder } from "./protos-folder.js";

/** The files under `protos/`, by what they are for. */
export const PROTO_FILES: readonly string[] = [
  "envoy/service/secret/v3/sds.proto",
  "envoy/extensions/transport_sockets/tls/v3/secret.proto",
  "spiffe/workload/workload.proto",
  "grpc/health/v1/health.proto",
  "grpc/reflection/v1/reflection.proto",
  "grpc/reflection/v1alpha/reflection.proto",
  "spire/api/agent/delegatedidentity/v1/delegatedidentity.proto",
];

/** Turns values into protobuf bytes and back. */
export interface Codec<T> {
  encode(value: T): Buffer;
  decode(bytes: Buffer): T;
}

const PACKAGE = loadSync([...PROTO_FILES], {
  includeDirs: [protosFolder()],
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

/**
 * The codec of a message by its full name. Decoded values have every scalar and list, `null` for absent messages,
 * and for each oneof a key that names the member which is set.
 * @throws MISTRUST_INTERNAL for a name that `protos/` does not have
 */
export function codec<T extends object>(message: string): Codec<T> {
  const definition = PACKAGE[message];
  if (definition === undefined || !isMessage(definition)) {
    throw new MistrustError("MISTRUST_INTERNAL", `protos/ has no message ${message}`);
  }
  // The edge where bytes become values: T is the shape that the .proto file gives this message.
  return { encode: (value) => definition.serialize(value), decode: (bytes) => definition.deserialize(bytes) as T };
}

function isMessage(definition: AnyDefinition): definition is MessageTypeDefinition<object, object> {
  return definition.format === "Protocol Buffer 3 DescriptorProto";
}

/** Serialized FileDescriptorProtos of the file that declares a message, and of those it imports. */
export function fileDescriptors(message: string): readonly Buffer[] {
  const definition = PACKAGE[message];
  return definition !== undefined &&
    "fileDescriptorProtos" in definition &&
    Array.isArray(definition.fileDescriptorProtos)
    ? definition.fileDescriptorProtos
    : [];
}
