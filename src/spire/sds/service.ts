import { type Decision, decideNow } from "../../journal/index.js";
import {
  always,
  type GrpcCall,
  type GrpcService,
  type GrpcStatus,
  type MethodHandler,
  status,
  unary,
} from "../../transport/grpc/index.js";
import {
  type Agent,
  attestation,
  attestedSelectors,
  type CallContext,
  type Caller,
  contextOf,
  logOf,
  RATE_LIMIT,
} from "../agent.js";
import { Answers } from "./answers.js";
import { discoveryRequest, responseBytes, SECRET_TYPE, SECRET_TYPE_V2 } from "../../transport/grpc/sds-messages.js";
import { NAME_CHECK } from "./names.js";
import { Secrets } from "./secrets.js";
import { errorText, SecretStream } from "./stream.js";

const CHECKS = [attestation("Failed to attest the workload"), RATE_LIMIT];
const NOT_IMPLEMENTED = status("Unimplemented", "Method is not implemented");

/** What several sockets of one agent share, so that each secret is serialized once for all of them. */
export interface SdsShared {
  readonly v3: Answers;
  readonly v2: Answers;
}

export function sharedAnswers(agent: Agent): SdsShared {
  // v2 knows no SPIFFE validator, and its refusals are plain errors.
  const old: Agent = {
    ...agent,
    has: (quirk) =>
      quirk !== "sds-spiffe-validator" && (quirk === "sds-unknown-name-is-code-unknown" || agent.has(quirk)),
  };
  return { v3: new Answers(agent, new Secrets(SECRET_TYPE)), v2: new Answers(old, new Secrets(SECRET_TYPE_V2)) };
}

/** The secret discovery service for one caller. */
export function sdsService(agent: Agent, caller: Caller, { v3 }: SdsShared): GrpcService {
  return {
    name: "envoy.service.secret.v3.SecretDiscoveryService",
    methods: {
      StreamSecrets: stream(agent, caller, v3, "SDS.v3"),
      FetchSecrets: fetch(agent, caller, v3, "SDS.v3"),
      DeltaSecrets: always(NOT_IMPLEMENTED),
    },
  };
}

/** The older service, which speaks the same messages under other names; none where the release has it no more. */
export function sdsV2Service(agent: Agent, caller: Caller, { v2 }: SdsShared): GrpcService | undefined {
  const name = "envoy.service.discovery.v2.SecretDiscoveryService";
  if (agent.has("sds-v2") || (agent.has("sds-v2-deprecated") && agent.sds.enableDeprecatedV2Api)) {
    return {
      name,
      methods: {
        StreamSecrets: stream(agent, caller, v2, "SDS.v2"),
        FetchSecrets: fetch(agent, caller, v2, "SDS.v2"),
        DeltaSecrets: always(NOT_IMPLEMENTED),
      },
    };
  }
  if (!agent.has("sds-v2-deprecated")) return undefined;
  const deprecated = always(status("Unavailable", DEPRECATED));
  return { name, methods: { StreamSecrets: deprecated, FetchSecrets: deprecated, DeltaSecrets: deprecated } };
}

const DEPRECATED =
  "the Envoy SDS v2 API is now deprecated in SPIRE and is no longer supported by Envoy. Please refer to: https://www.envoyproxy.io/docs/envoy/latest/api/api_supported_versions. The SDS v2 API can be enabled using the config setting 'enable_deprecated_v2_api': https://github.com/spiffe/spire/blob/main/doc/spire_agent.md#sds-configuration. It is recommended that users of the SDS v2 API migrate to the SDS v3 API. The SDS v2 API and this config setting will be removed in a future version.";

function admit(context: CallContext): Decision<GrpcStatus> {
  const decision = decideNow(CHECKS, context);
  context.call.exchange.decided("admit the caller", decision);
  return decision;
}

function stream(agent: Agent, caller: Caller, answers: Answers, service: string): MethodHandler {
  return (call: GrpcCall) => {
    const context = contextOf(agent, caller, call, service);
    const { refusal } = admit(context);
    if (refusal !== undefined) {
      call.end(refusal.reply);
      return undefined;
    }
    return new SecretStream(context, answers);
  };
}

/** The same answer once, without version and nonce. */
function fetch(agent: Agent, caller: Caller, answers: Answers, service: string): MethodHandler {
  return unary(discoveryRequest, (call, request) => {
    const context = contextOf(agent, caller, call, service);
    const { refusal } = admit(context);
    if (refusal !== undefined) return { status: refusal.reply };
    const names = answers.shared(request.resourceNames);
    call.exchange.note({ type: "message", direction: "received", method: "FetchSecrets", summary: { names } });
    const decision = answers.for(agent.manager.view(attestedSelectors(caller)), answers.question(names, request.node));
    const refusedBy = decision.checks.find(({ outcome }) => outcome === "refused")?.id ?? NAME_CHECK;
    call.exchange.checked(`secrets ${names.join(", ") || "(all)"}`, decision.checks, decision.refusal && refusedBy);
    if (decision.refusal !== undefined) {
      const fields = { error: errorText(decision.refusal), resource_names: names };
      logOf(context, "error", "Error building fetch secrets response", fields);
      return { status: decision.refusal };
    }
    call.exchange.note({
      type: "message",
      direction: "sent",
      method: "FetchSecrets",
      summary: { resources: decision.served },
    });
    return { message: responseBytes("", "", request.typeUrl, decision.resources) };
  });
}
