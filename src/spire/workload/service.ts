import { alwaysStream, type GrpcService, type MethodHandler, status } from "../../transport/grpc/index.js";
import { empty } from "../../transport/grpc/workload-messages.js";
import { type Agent, type Caller, contextOf } from "../agent.js";
import { fetchJwtSvid } from "./jwt.js";
import { headerRefusal, streams } from "./streams.js";
import { validateJwtSvid } from "./validate.js";

/** The SPIFFE Workload API for one caller. */
export function workloadService(agent: Agent, caller: Caller): GrpcService {
  return {
    name: "SpiffeWorkloadAPI",
    methods: {
      ...streams(agent, caller),
      FetchJWTSVID: fetchJwtSvid(agent, caller),
      ValidateJWTSVID: validateJwtSvid(agent, caller),
      ...(agent.has("wit") && witMethods(agent, caller)),
    },
  };
}

/** The agent has the WIT calls of the newer profile without what is behind them; they want the header all the same. */
function witMethods(agent: Agent, caller: Caller): Record<string, MethodHandler> {
  const refusing = (text: string): MethodHandler =>
    alwaysStream(
      empty,
      {
        waitsForHalfClose: agent.has("waits-for-half-close"),
        atOpen: (call) => headerRefusal(contextOf(agent, caller, call, "WorkloadAPI")),
      },
      status("Unimplemented", text),
    );
  return {
    FetchWITSVID: refusing("fetching WIT-SVIDs is not implemented"),
    FetchWITBundles: refusing("fetching WIT bundles is not implemented"),
  };
}
