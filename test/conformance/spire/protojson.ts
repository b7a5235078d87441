import {
  loadSync,
  type MessageTypeDefinition,
  type MethodDefinition,
  type PackageDefinition,
} from "@grpc/proto-loader";
import { PROTO_FILES, protosFolder } from "../../../src/transport/grpc/index.js";

/** Protobuf's JSON form, over the project's own protos: bytes in base64, defaults left out, Any and Struct unwrapped. */
const PROTOS: PackageDefinition = loadSync([...PROTO_FILES], {
  includeDirs: [protosFolder()],
  longs: String,
  enums: String,
  bytes: String,
  defaults: false,
});

const SERVICES: Readonly<Record<string, string>> = {
  sds: "envoy.service.secret.v3.SecretDiscoveryService",
  workload: "SpiffeWorkloadAPI",
  health: "grpc.health.v1.Health",
  reflection: "grpc.reflection.v1.ServerReflection",
  reflectionAlpha: "grpc.reflection.v1alpha.ServerReflection",
  delegated: "spire.api.agent.delegatedidentity.v1.DelegatedIdentity",
};

export interface Method {
  /** `/package.Service/Method`. */
  readonly path: string;
  encode(message: unknown): Buffer;
  decode(bytes: Buffer): unknown;
}

/** `sds.StreamSecrets`, or `/full.Service/Method`; a method that is not known carries empty messages. */
export function methodOf(name: string): Method {
  const [service = "", method = ""] = name.startsWith("/")
    ? name.slice(1).split("/")
    : [SERVICES[name.slice(0, name.lastIndexOf("."))] ?? "", name.slice(name.lastIndexOf(".") + 1)];
  const definition = PROTOS[service];
  const known = definition !== undefined && !("format" in definition) ? definition[method] : undefined;
  return { path: `/${service}/${method}`, ...(known === undefined ? EMPTY : codecOf(known)) };
}

const EMPTY = { encode: () => Buffer.alloc(0), decode: () => ({}) };

function codecOf(method: MethodDefinition<object, object>): Omit<Method, "path"> {
  return {
    encode: (message) => method.requestSerialize(wrapped({ ...(message as object) }) as object),
    decode: (bytes) => unwrapped(method.responseDeserialize(bytes)),
  };
}

/** Plain objects under `metadata` are Structs. */
function wrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wrapped);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === "metadata" ? struct({ ...(item as object) }) : wrapped(item),
    ]),
  );
}

function struct(value: Record<string, unknown>): object {
  return { fields: Object.fromEntries(Object.entries(value).map(([key, item]) => [key, structValue(item)])) };
}

function structValue(item: unknown): object {
  if (typeof item === "string") return { stringValue: item };
  if (typeof item === "boolean") return { boolValue: item };
  if (typeof item === "number") return { numberValue: item };
  if (Array.isArray(item)) return { listValue: { values: item.map(structValue) } };
  return typeof item === "object" && item !== null ? { structValue: struct({ ...item }) } : { nullValue: 0 };
}

function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value !== "object" || value === null) return value;
  if ("type_url" in value && typeof value.type_url === "string") return unwrappedAny(value.type_url, value);
  if ("fields" in value && typeof value.fields === "object" && value.fields !== null) {
    return Object.fromEntries(Object.entries(value.fields).map(([key, item]) => [key, plain(item)]));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrapped(item)]));
}

function unwrappedAny(type: string, value: object): object {
  const definition = PROTOS[type.slice(type.indexOf("/") + 1)];
  const bytes = "value" in value ? Buffer.from(String(value.value), "base64") : Buffer.alloc(0);
  const inside = (definition as MessageTypeDefinition<object, object>).deserialize(bytes);
  return { "@type": type, ...(unwrapped(inside) as object) };
}

function plain(value: unknown): unknown {
  const [kind, item]: [string, unknown] = Object.entries(value as Record<string, unknown>)[0] ?? ["nullValue", 0];
  if (kind === "nullValue") return null;
  if (kind === "listValue") return ((item as { values?: unknown[] }).values ?? []).map(plain);
  return kind === "structValue" ? unwrapped(item) : item;
}
