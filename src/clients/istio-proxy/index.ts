import { hasQuirk, type Naming, namingOf, type SecretSource } from "../../istio/index.js";
import { MistrustError } from "../../runtime/index.js";
import { GrpcConnection } from "../../transport/grpc/index.js";
import type { Client, ClientModel, ClientReport, Targets } from "../model.js";
import { ReportBuilder } from "../report.js";
import { configurationOf, type Waiting } from "./config.js";
import { closedLine, type Fetched, fetchSecret, TIMED_OUT } from "./envoy.js";

/** unverified: the patches after 1.25. */
const RELEASES = [
  ...["1.12.9", "1.13.9", "1.14.6", "1.15.7", "1.16.7", "1.17.8", "1.18.7", "1.19.10", "1.20.8", "1.21.6", "1.22.8"],
  ...["1.23.6", "1.24.6", "1.25.5", "1.26.8", "1.27.8", "1.28.6", "1.29.5", "1.30.5", "1.31.4"],
];

/**
 * A sidecar or gateway: from the user's DestinationRules and Gateways, istiod's settings and both versions it derives the
 * secrets that Envoy asks for, asks as Envoy does, and says what Envoy's log and its users then see.
 */
export const istioProxy: ClientModel = { releases: RELEASES, run };

async function run(client: Client, targets: Targets): Promise<ClientReport> {
  const { istio, workloadSocket } = targets;
  if (istio === undefined) {
    throw new MistrustError("MISTRUST_FAKE_ABSENT", "istio-proxy has no Istio around it", {
      remedy: 'add "istio" to the scenario\'s world',
    });
  }
  const naming = namingOf(istio.settings, client.version, workloadSocket !== undefined);
  const configuration = configurationOf(naming, client.manifests);
  const connections = new Map<SecretSource, GrpcConnection>();
  const connect = (source: SecretSource, uri: string | undefined): void => {
    if (uri !== undefined) connections.set(source, new GrpcConnection(uri));
  };
  connect("sds-grpc", workloadSocket ?? istio.agentSocket);
  connect("sds-files-grpc", istio.filesSocket);
  try {
    return report(naming, configuration, await fetchAll(naming, configuration, connections, targets), targets);
  } finally {
    for (const connection of connections.values()) connection.close();
  }
}

/** Each name once per source, whoever waits for it. */
async function fetchAll(
  naming: Naming,
  configuration: readonly Waiting[],
  connections: ReadonlyMap<SecretSource, GrpcConnection>,
  { istio, patienceMs = 3_000 }: Targets,
): Promise<ReadonlyMap<string, Fetched>> {
  const options = {
    proxy: naming.proxy,
    nodeId: "sidecar~10.0.0.1~web-0.default~default.svc.cluster.local",
    cluster: "web.default",
    patienceMs,
  };
  const fetched = new Map<string, Fetched>();
  for (const reference of configuration.flatMap(({ references }) => references)) {
    const key = keyOf(reference);
    if (fetched.has(key)) continue;
    if (reference.source === "ads") {
      const credential = reference.name.replace("kubernetes://", "");
      const served =
        istio?.credentials.some((known) => known === credential || `${known}-cacert` === credential) ?? false;
      fetched.set(key, { reference, outcome: served ? "delivered" : "silent", attempts: 1 });
    } else {
      fetched.set(key, await fetchSecret(connections.get(reference.source), reference, options));
    }
  }
  return fetched;
}

function keyOf({ source, name }: { readonly source: SecretSource; readonly name: string }): string {
  return `${source} ${name}`;
}

function report(
  naming: Naming,
  configuration: readonly Waiting[],
  fetched: ReadonlyMap<string, Fetched>,
  targets: Targets,
): ClientReport {
  const builder = new ReportBuilder("istio-proxy", targets);
  for (const one of fetched.values()) logsOf(naming, one).forEach((line) => builder.log(line));
  for (const waiting of configuration) {
    const missing = waiting.references.filter((reference) => fetched.get(keyOf(reference))?.outcome !== "delivered");
    const ready = missing.length === 0;
    builder.condition({
      object: waiting.kind === "cluster" ? "Cluster" : "Listener",
      name: waiting.name,
      type: "SecretsReady",
      status: ready ? "True" : "False",
      reason: ready ? "Warm" : "SecretNotSupplied",
      message: ready
        ? waiting.references.map(({ name, source }) => `${name} from ${source}`).join(", ") || "asks for no secret"
        : symptom(
            naming,
            waiting,
            missing.map(({ name }) => name),
          ),
    });
  }
  const failed = [...fetched.values()].filter(({ outcome }) => outcome !== "delivered");
  const [first] = failed;
  if (first === undefined) return builder.finish("success", successText(configuration), "Envoy's clusters");
  const says = first.outcome === "refused" ? closedLine(naming.proxy, first) : TIMED_OUT;
  return builder.finish("failure", says, "the log of istio-proxy");
}

function logsOf({ proxy }: Naming, one: Fetched): string[] {
  const { outcome, attempts } = one;
  const closed =
    outcome === "refused" ? Array<string>(attempts).fill(`warning envoy config ${closedLine(proxy, one)}`) : [];
  const timedOut =
    outcome === "delivered" || one.reference.fetchTimeout === 0 ? [] : [`warning envoy config ${TIMED_OUT}`];
  return [...closed, ...timedOut];
}

/** What requests get after the initial fetch timeout. (recorded on Envoy 1.36.2 to 1.40.0) */
function symptom({ proxy }: Naming, { kind, references }: Waiting, missing: readonly string[]): string {
  const waits = references.some(({ name, fetchTimeout }) => missing.includes(name) && fetchTimeout === 0);
  if (waits) return `waits for ever for ${missing.join(", ")}: the proxy does not become ready`;
  if (kind === "listener") return `without ${missing.join(", ")} connections are closed during the handshake`;
  const tail = hasQuirk(proxy, "body-tells-tls-error")
    ? ", transport failure reason: TLS error: Secret is not supplied by SDS"
    : "";
  const body = `upstream connect error or disconnect/reset before headers. reset reason: remote connection failure${tail}`;
  return `warming for 15 s (503 NC), then without ${missing.join(", ")}: 503 UF ${body}`;
}

function successText(configuration: readonly Waiting[]): string {
  const outward = configuration.filter(({ name }) => name !== "virtualInbound");
  const parts = outward.map(({ kind, name, references }) => {
    const secrets = references.map((reference) => `${reference.name} from ${reference.source}`).join(", ");
    return `${kind} ${name} is ready${secrets === "" ? ", no secret needed" : `: ${secrets}`}`;
  });
  return parts.join("; ") || "the proxy is ready";
}
