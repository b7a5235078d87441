import type { Clock, Ids } from "../runtime/index.js";
import {
  always,
  decoded,
  type GrpcCall,
  type GrpcService,
  type MethodHandler,
  status,
} from "../transport/grpc/index.js";
import * as sds from "../transport/grpc/sds-messages.js";
import { findSecret, type SecretStore } from "./secrets.js";

export interface SdsOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly store: SecretStore;
}

/** The istio-agent's own secret discovery service. (istio security/pkg/nodeagent/sds/sdsservice.go) */
export function sdsService(options: SdsOptions): GrpcService {
  return {
    name: "envoy.service.secret.v3.SecretDiscoveryService",
    methods: {
      StreamSecrets: streamSecrets(options),
      FetchSecrets: always(status("Unimplemented", "FetchSecrets not implemented")),
      DeltaSecrets: always(status("Unimplemented", "DeltaSecrets not implemented")),
    },
  };
}

function streamSecrets(options: SdsOptions): MethodHandler {
  return (call) => {
    let nonce = "";
    let known = false;
    let names: readonly string[] = [];
    let count = 0;
    return {
      message(bytes) {
        const request = decoded(call, sds.discoveryRequest, bytes);
        if (request === undefined) return;
        noteReceived(call, request, nonce);
        if (!known && (request.node?.id ?? "") === "") {
          call.end(status("InvalidArgument", "missing node information"));
          return;
        }
        known = true;
        if (nonce !== "" && (request.responseNonce !== nonce || request.errorDetail !== null)) return;
        const changed = request.resourceNames.some((name) => !names.includes(name));
        names = request.resourceNames;
        // A list without names ends the subscription here, where SPIRE would send everything.
        if (!changed || names.length === 0) return;
        nonce = options.ids.uuid();
        answer(options, call, request, nonce, ++count);
      },
      halfClosed: () => call.end(),
    };
  };
}

function noteReceived(call: GrpcCall, request: sds.DiscoveryRequest, nonce: string): void {
  const same = request.responseNonce === nonce;
  const kind = nonce === "" ? "first" : !same ? "stale" : request.errorDetail === null ? "ack" : "nack";
  call.exchange.note({
    type: "message",
    direction: "received",
    method: "StreamSecrets",
    summary: { kind, names: request.resourceNames, version: request.versionInfo, nonce: request.responseNonce },
  });
}

function answer(
  options: SdsOptions,
  call: GrpcCall,
  request: sds.DiscoveryRequest,
  nonce: string,
  count: number,
): void {
  const found = request.resourceNames.map((name) => ({ name, ...findSecret(options.store, name) }));
  const bad = found.find((it) => "problem" in it);
  const decision = `secrets ${request.resourceNames.join(", ")}`;
  call.exchange.checked(
    decision,
    found.map(({ check }) => check),
    bad?.check.id,
  );
  if (bad !== undefined && "problem" in bad) {
    const details = `failed to generate secret for ${bad.name}: ${bad.problem}`;
    call.exchange.log("warn", `sds\t${details}`);
    call.end(status("Unknown", details));
    return;
  }
  const version = `${new Date(options.clock.now()).toISOString().replace(/\.\d+Z$/, "Z")}/${count}`;
  const resources = found.flatMap((it) => {
    if (!("secret" in it)) return [];
    if (it.log !== undefined) call.exchange.log("info", `${it.log}\tresource=${it.name}`);
    return [{ type_url: sds.SECRET_TYPE, value: sds.secretCodec.encode(it.secret) }];
  });
  call.exchange.note({
    type: "message",
    direction: "sent",
    method: "StreamSecrets",
    summary: { version, nonce, resources: request.resourceNames, why: "asked" },
  });
  call.send(sds.discoveryResponse.encode({ versionInfo: version, resources, typeUrl: request.typeUrl, nonce }));
}
