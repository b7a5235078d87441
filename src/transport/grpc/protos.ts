import { type AnyDefinition, loadSync, type MessageTypeDefinition, type ServiceDefinition } from "@grpc/proto-loader";
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

/**
 * Serialized FileDescriptorProtos of the file that declares a service, a method, a message, one of its fields or an enum,
 * and of those it imports; none for anything else.
 */
export function fileDescriptors(symbol: string): readonly Buffer[] {
  const own = PACKAGE[symbol];
  if (own !== undefined) return filesOf(own);
  const dot = symbol.lastIndexOf(".");
  const parent = PACKAGE[symbol.slice(0, Math.max(0, dot))];
  return parent !== undefined && membersOf(parent).includes(symbol.slice(dot + 1)) ? filesOf(parent) : [];
}

function filesOf(definition: AnyDefinition): readonly Buffer[] {
  if ("fileDescriptorProtos" in definition && Array.isArray(definition.fileDescriptorProtos)) {
    return definition.fileDescriptorProtos;
  }
  const [method] = isService(definition) ? Object.values(definition) : [];
  return method === undefined ? [] : method.requestType.fileDescriptorProtos;
}

/** Methods of a service, fields of a message. */
function membersOf(definition: AnyDefinition): string[] {
  if (isService(definition)) return Object.keys(definition);
  if (!isMessage(definition) || !("field" in definition.type) || !Array.isArray(definition.type.field)) return [];
  return definition.type.field.map((field: { readonly name: string }) => field.name);
}

function isService(definition: AnyDefinition): definition is ServiceDefinition {
  return !("format" in definition);
}
