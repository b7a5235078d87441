import { hasQuirk, type Release, type SecretReference } from "../../istio/index.js";
import type { GrpcConnection, GrpcStatus } from "../../transport/grpc/index.js";
import * as sds from "../../transport/grpc/sds-messages.js";

/** What came of one secret. */
export interface Fetched {
  readonly reference: SecretReference;
  readonly outcome: "delivered" | "refused" | "silent" | "left-out" | "no-source";
  /** How the last attempt ended, where it ended. */
  readonly status?: GrpcStatus;
  readonly attempts: number;
}

export interface EnvoyOptions {
  readonly proxy: Release;
  readonly nodeId: string;
  readonly cluster: string;
  /** Real ms that a stream may stay silent; stands for the secret's initial fetch timeout. */
  readonly patienceMs: number;
}

const STREAM_SECRETS = "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets";

/** Envoy tries for ever; twice is enough to show that it would. */
const ATTEMPTS = 2;

/** One stream per name, as Envoy opens them; an answer is acknowledged, a refusal is tried again. */
export async function fetchSecret(
  connection: GrpcConnection | undefined,
  reference: SecretReference,
  options: EnvoyOptions,
): Promise<Fetched> {
  if (connection === undefined) return { reference, outcome: "no-source", attempts: 0 };
  let last: Fetched = { reference, outcome: "silent", attempts: 0 };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    last = { ...(await attemptOnce(connection, reference, options)), attempts: attempt };
    if (last.outcome !== "refused") return last;
  }
  return last;
}

async function attemptOnce(
  connection: GrpcConnection,
  reference: SecretReference,
  options: EnvoyOptions,
): Promise<Omit<Fetched, "attempts">> {
  const call = connection.open(STREAM_SECRETS);
  try {
    call.send(sds.discoveryRequest.encode(firstRequest(reference.name, options)));
    const event = await call.next(options.patienceMs);
    if (event === undefined) return { reference, outcome: "silent" };
    if ("status" in event) return { reference, outcome: "refused", status: event.status };
    const response = sds.discoveryResponse.decode(event.message);
    const { versionInfo, nonce: responseNonce, typeUrl } = response;
    const ack = { versionInfo, responseNonce, typeUrl, resourceNames: [reference.name] };
    call.send(sds.discoveryRequest.encode(requestOf(ack)));
    const names = response.resources.map(({ value }) => sds.secretCodec.decode(value).name);
    return { reference, outcome: names.includes(reference.name) ? "delivered" : "left-out" };
  } finally {
    // Envoy would keep the stream; one that ends leaves its whole story in the journal.
    call.halfClose();
    await call.next(options.patienceMs);
  }
}

function firstRequest(name: string, { proxy, nodeId, cluster }: EnvoyOptions): sds.DiscoveryRequest {
  const [majorNumber, minorNumber] = envoyOf(proxy);
  return {
    ...requestOf({ resourceNames: [name], typeUrl: sds.SECRET_TYPE }),
    node: {
      id: nodeId,
      cluster,
      metadata: null,
      userAgentName: "envoy",
      userAgentBuildVersion: { version: { majorNumber, minorNumber, patch: 0 } },
    },
  };
}

function requestOf(some: Partial<sds.DiscoveryRequest>): sds.DiscoveryRequest {
  const empty = { versionInfo: "", node: null, resourceNames: [], typeUrl: "", responseNonce: "", errorDetail: null };
  return { ...empty, ...some };
}

/** Istio 1.N is built from Envoy 1.(N+8). (istio/proxy release branches) */
export function envoyOf({ version }: Release): readonly [major: number, minor: number] {
  return [1, version[1] + 8];
}

/** Envoy's WARN line about a stream that the server has ended. */
export function closedLine(proxy: Release, { reference, status }: Fetched): string {
  const to = hasQuirk(proxy, "log-names-cluster") ? ` to ${reference.source}` : "";
  const via = hasQuirk(proxy, "log-says-via-upstream") ? "{via_upstream}" : "";
  return `StreamSecrets gRPC config stream${to} closed: ${status?.code ?? 0}, ${status?.details ?? ""}${via}`;
}

export const TIMED_OUT = `gRPC config: initial fetch timed out for ${sds.SECRET_TYPE}`;
