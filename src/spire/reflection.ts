import {
  codec,
  decoded,
  fileDescriptors,
  type GrpcService,
  type MethodHandler,
  status,
} from "../transport/grpc/index.js";

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
  | {
      readonly allExtensionNumbersResponse: {
        readonly baseTypeName: string;
        readonly extensionNumber: readonly number[];
      };
    }
  | { readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] } }
  | { readonly fileDescriptorResponse: { readonly fileDescriptorProto: readonly Buffer[] } }
  | { readonly errorResponse: { readonly errorCode: number; readonly errorMessage: string } };

const NOT_FOUND: ReflectionAnswer = { errorResponse: { errorCode: 5, errorMessage: "proto: not found" } };

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
  const response = codec<ReflectionAnswer & { originalRequest: object; validHost?: string }>(
    `${pkg}.ServerReflectionResponse`,
  );
  return (call) => ({
    message(bytes) {
      const message = decoded(call, request, bytes);
      if (message === undefined) return;
      const { host, messageRequest } = message;
      if (messageRequest === undefined) call.end(NOTHING_ASKED);
      else {
        const answered = answer(message, services);
        call.send(
          response.encode({ ...(host !== "" && { validHost: host }), originalRequest: echo(message), ...answered }),
        );
      }
    },
    halfClosed: () => call.end(),
  });
}

const NOTHING_ASKED = status("InvalidArgument", "invalid MessageRequest: <nil>");

/** The request with nothing but what was set in it. */
function echo(request: ReflectionRequest): object {
  const { host, messageRequest: kind } = request;
  const asked = Object.entries(request).filter(([name]) => name === kind);
  return { ...(host !== "" && { host }), ...Object.fromEntries(asked) };
}

/** Symbols are those of the program, whichever services the socket has. Of extensions `protos/` has none. */
function answer(request: ReflectionRequest, services: readonly string[]): ReflectionAnswer {
  switch (request.messageRequest) {
    case "listServices":
      return { listServicesResponse: { service: services.map((name) => ({ name })) } };
    case "fileContainingSymbol": {
      const files = fileDescriptors(request.fileContainingSymbol ?? "");
      return files.length === 0 ? NOT_FOUND : { fileDescriptorResponse: { fileDescriptorProto: files } };
    }
    case "allExtensionNumbersOfType": {
      const baseTypeName = request.allExtensionNumbersOfType ?? "";
      if (fileDescriptors(baseTypeName).length === 0) return NOT_FOUND;
      return { allExtensionNumbersResponse: { baseTypeName, extensionNumber: [] } };
    }
    default:
      return NOT_FOUND;
  }
}
