import { always, alwaysStream, codec, type GrpcService, status, unary } from "../transport/grpc/index.js";
import { type Agent, type Caller, contextOf, logOf } from "./agent.js";

const request = codec<{ readonly service: string }>("grpc.health.v1.HealthCheckRequest");
const response = codec<{ readonly status: string }>("grpc.health.v1.HealthCheckResponse");

/** grpc.health.v1.Health as the agent has it: the agent asks its own Workload API, and no identity is fine. */
export function healthService(agent: Agent, caller: Caller): GrpcService {
  return {
    name: "grpc.health.v1.Health",
    methods: {
      Check: unary(request, (call, { service }) => {
        if (service === "") return { message: response.encode({ status: "SERVING" }) };
        const text = "per-service health is not supported";
        logOf(contextOf(agent, caller, call, "Health"), "error", `Invalid argument: ${text}`);
        return { status: status("InvalidArgument", text) };
      }),
      Watch: alwaysStream(
        request,
        { waitsForHalfClose: agent.has("waits-for-half-close") },
        status("Unimplemented", "method Watch not implemented"),
      ),
      ...(agent.has("health-list") && { List: always(status("Unimplemented", "method List not implemented")) }),
    },
  };
}
