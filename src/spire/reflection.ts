import { codec, decoded, fileDescriptors, type GrpcService, type MethodHandler } from "../transport/grpc/index.js";

interface ReflectionRequest {
  readonly host: string;
  readonly messageRequest?: string;
  readonly listServices?: string;
  readonly fileByFilename?: string;
  readonly fileContainingSymbol?: string;
  readonly fileContainingExtension?: object;
  readonly allExtensionNumbersOfType?: string;
}
type ReflectionAnswer =
  | { readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] } }
  | { readonly fileDescriptorResponse: { readonly fileDescriptorProto: readonly Buffer[] } }
  | { readonly errorResponse: { readonly errorCode: number; readonly errorMessage: string } };

const NOT_FOUND: ReflectionAnswer = { errorResponse: { errorCode: 5, errorMessage: "proto: not found" } };

/** A message of each service's file, by which its descriptors are found. */
const WITNESS: Readonly<Record<string, string>> = {
  SpiffeWorkloadAPI: "X509SVIDRequest",
  "envoy.service.secret.v3.SecretDiscoveryService": "envoy.service.discovery.v3.DiscoveryRequest",
  "grpc.health.v1.Health": "grpc.health.v1.HealthCheckRequest",
  "grpc.reflection.v1.ServerReflection": "grpc.reflection.v1.ServerReflectionRequest",
  "grpc.reflection.v1alpha.ServerReflection": "grpc.reflection.v1alpha.ServerReflectionRequest",
};

/** gRPC reflection, v1 and v1alpha, over the services of the same socket. (grpc-go reflection/internal) */
export function reflectionServices(services: readonly string[]): GrpcService[] {
  const names = ["v1", "v1alpha"].map((version) => `grpc.reflection.${version}`);
  const all = [...services, ...names.map((name) => `${name}.ServerReflection`)].sort();
  return names.map((name) => ({
    name: `${name}.ServerReflection`,
    methods: { ServerReflectionInfo: serverReflectionInfo(name, all) },
  }));
}

function serverReflectionInfo(pkg: string, services: readonly string[]): MethodHandler {
  const request = codec<ReflectionRequest>(`${pkg}.ServerReflectionRequest`);
  const response = codec<ReflectionAnswer & { originalRequest: object }>(`${pkg}.ServerReflectionResponse`);
  return (call) => ({
    message(bytes) {
      const message = decoded(call, request, bytes);
      if (message !== undefined)
        call.send(response.encode({ originalRequest: echo(message), ...answer(message, services) }));
    },
    halfClosed: () => call.end(),
  });
}

/** The request with nothing but what was set in it. */
function echo(request: ReflectionRequest): object {
  const { host, messageRequest: kind } = request;
  const asked = Object.entries(request).filter(([name]) => name === kind);
  return { ...(host !== "" && { host }), ...Object.fromEntries(asked) };
}

function answer(request: ReflectionRequest, services: readonly string[]): ReflectionAnswer {
  switch (request.messageRequest) {
    case "listServices":
      return { listServicesResponse: { service: services.map((name) => ({ name })) } };
    case "fileContainingSymbol": {
      const symbol = request.fileContainingSymbol ?? "";
      const service = services.find((name) => symbol === name || symbol.startsWith(`${name}.`));
      const files = fileDescriptors(service === undefined ? symbol : (WITNESS[service] ?? symbol));
      return files.length === 0 ? NOT_FOUND : { fileDescriptorResponse: { fileDescriptorProto: files } };
    }
    default:
      return NOT_FOUND;
  }
}
