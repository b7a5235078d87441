import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import { cluster, downstreamTls, Envoy, envoyProgram, listener, secret, upstreamTls } from "./support/envoy.js";
import type { Tool } from "./support/tools.js";

const VERSION = "1.40.0";
const HOUR = 3_600_000;
const WEB = "spiffe://example.org/ns/default/sa/web";
const SDS_CALL = "StreamSecrets gRPC config stream to sds-grpc";
const REFUSAL =
  SDS_CALL + ' closed: 3, workload is not authorized for the requested identities ["file-root:system"]{via_upstream}';
const TIMED_OUT =
  "gRPC config: initial fetch timed out for type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
const FLAGS =
  "access 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:_Secret_is_not_supplied_by_SDS}";

let tool: Tool = { missing: "not prepared" };
let lab: Lab;
let folder: string;
let api: Server;

beforeAll(async () => {
  tool = await envoyProgram(VERSION);
}, 300_000);
beforeEach(async () => {
  // Envoy goes by the machine's clock: a lab that starts in the past can be advanced and still be believed.
  lab = await startLab("istio/spire-file-root-system", { clock: { startAt: Date.now() - 0.7 * HOUR } });
  folder = await mkdtemp(join(tmpdir(), "envoy-"));
  // The server outside of the mesh, with a certificate of a CA that the operating system trusts.
  const [cert, key] = [lab.lookup("istio.certificate", ""), lab.lookup("istio.key", "")];
  api = createServer({ cert, key }, (_, response) => response.end("hello from outside"));
  await once(api.listen(join(folder, "api.sock")), "listening");
});
afterEach(async () => {
  api.close();
  await lab.stop();
  await rm(folder, { recursive: true });
});

/** The proxy's own secrets, for which it waits as long as it takes. */
const own = {
  certificate: secret("default", "sds-grpc", "0s"),
  roots: secret("ROOTCA", "sds-grpc", "0s"),
  name: { san_type: "URI", exact: WEB },
} as const;

/** A sidecar: it serves mTLS with its SVID, and calls itself in the same way. */
async function sidecar(more: Readonly<Record<string, string>> = {}): Promise<Envoy> {
  const path = (name: string): string => join(folder, name);
  return await Envoy.start({
    program: "path" in tool ? tool.path : "",
    folder,
    sds: { "sds-grpc": lab.spire.url.replace("unix://", ""), ...more },
    clusters: [cluster("self", path("inbound.sock"), upstreamTls("web", own))],
    listeners: [
      listener(path("inbound.sock"), { "/self": { says: "hello from web" } }, downstreamTls(own)),
      listener(path("outbound.sock"), { "/self": { cluster: "self" }, "/api": { cluster: "api" } }),
    ],
  });
}

/** What istiod makes of the DestinationRule; Istio leaves the timeout at Envoy's 15 s. */
const outside = (from: string): Readonly<Record<string, unknown>> =>
  cluster(
    "api",
    join(folder, "api.sock"),
    upstreamTls("api.example.com", {
      roots: secret("file-root:system", from, "3s"),
      name: { san_type: "DNS", exact: "api.example.com" },
    }),
  );

/** How a TLS server ends a connection without a client certificate. */
async function withoutCertificate(path: string): Promise<string | undefined> {
  const socket = connect({ path, rejectUnauthorized: false });
  socket.resume();
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once("error", resolve));
  return error.code;
}

test("Envoy serves and calls with its SVID, and takes the next one without a failing request", async ({ skip }) => {
  skip(tool.missing !== undefined, tool.missing);
  await using envoy = await sidecar();
  expect(await envoy.get("outbound.sock", "/self")).toEqual({ status: 200, body: "hello from web" });
  expect(await withoutCertificate(join(folder, "inbound.sock"))).toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
  await envoy.stat("cluster.self.client_ssl_socket_factory.ssl_context_update_by_sds", 2);
  await lab.clock.advance(0.6 * HOUR);
  await envoy.stat("cluster.self.client_ssl_socket_factory.ssl_context_update_by_sds", 3);
  expect((await envoy.stats("version_text")).get("sds.default.version_text")).toBe("2");
  expect(await envoy.get("outbound.sock", "/self")).toEqual({ status: 200, body: "hello from web" });
  expect((await envoy.stats("cluster.self.ssl")).get("cluster.self.ssl.handshake")).toBe(2);
});

test("an agent that is restarted is noticed by Envoy, and by nobody who sends it requests", async ({ skip }) => {
  skip(tool.missing !== undefined, tool.missing);
  await using envoy = await sidecar();
  await lab.clock.advance(0.6 * HOUR);
  await envoy.stat("sds.default.version_text", "2");
  await lab.spire.core.stopAgent("TERM");
  await envoy.logged(`${SDS_CALL} closed: 13, upstream_reset_after_response_started{connection_termination}`);
  expect((await envoy.get("outbound.sock", "/self")).status).toBe(200);
  await lab.spire.core.startAgent();
  // Each stream of SPIRE's counts its versions anew.
  await envoy.stat("sds.default.version_text", "1");
  expect((await envoy.get("outbound.sock", "/self")).status).toBe(200);
});

test("SPIRE refuses file-root:system and the cluster stays without it; with Istio 1.26 a request gets through", async ({
  skip,
}) => {
  skip(tool.missing !== undefined, tool.missing);
  {
    await using envoy = await sidecar();
    await envoy.push(outside("sds-grpc"));
    expect(await envoy.logged("StreamSecrets gRPC config stream")).toContain(REFUSAL);
    expect((await envoy.stats("cluster_manager.warming_clusters")).get("cluster_manager.warming_clusters")).toBe(1);
    expect((await envoy.get("outbound.sock", "/api")).status).toBe(503);
    await envoy.logged(TIMED_OUT);
    expect(await envoy.get("outbound.sock", "/api")).toEqual({
      status: 503,
      body: "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
    });
    expect(await envoy.logged("access 503 UF")).toContain(FLAGS);
    expect((await envoy.get("outbound.sock", "/self")).status).toBe(200);
  }
  await lab.apply("istio-1.26");
  // The upgrade starts the pod again: its bootstrap has the files socket from the start, and istiod sends files there.
  const files = lab.env().MISTRUST_ISTIO_FILES_SOCKET ?? "";
  await using envoy = await sidecar({ "sds-files-grpc": files.replace("unix://", "") });
  await envoy.push(outside("sds-files-grpc"));
  await envoy.stat("cluster.api.client_ssl_socket_factory.ssl_context_update_by_sds", 1);
  await envoy.stat("cluster_manager.warming_clusters", 0);
  expect(await envoy.get("outbound.sock", "/api")).toEqual({ status: 200, body: "hello from outside" });
  expect((await envoy.stats("cluster.api.ssl")).get("cluster.api.ssl.handshake")).toBe(1);
});
