import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { mistrust, mistrustJson } from "./support/cli.js";
import { envoyProgram } from "./support/envoy.js";
import type { Program } from "./support/program.js";
import { ENVOY, outside, sidecar } from "./support/sidecar.js";
import type { Tool } from "./support/tools.js";

/** A real Envoy before `mistrust serve`, which another process changes by `mistrust apply`. */

const SCENARIO = "istio/spire-file-root-system";
const REFUSAL =
  "StreamSecrets gRPC config stream to sds-grpc closed: 3, workload is not authorized for the requested " +
  'identities ["file-root:system"]{via_upstream}';
const TIMED_OUT =
  "gRPC config: initial fetch timed out for type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
const FLAGS =
  "access 503 UF upstream_reset_before_response_started{remote_connection_failure|TLS_error:_Secret_is_not_supplied_by_SDS}";

interface Served {
  readonly env: Readonly<Record<string, string>>;
}

let tool: Tool = { missing: "not prepared" };
let folder: string;
let serve: Program;
let served: Served;
let api: Server;

beforeAll(async () => {
  tool = await envoyProgram(ENVOY);
}, 300_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "envoy-"));
  const [certificate, key] = [join(folder, "api.pem"), join(folder, "api.key")];
  const write = ["--write", `${certificate}=istio.certificate`, "--write", `${key}=istio.key`];
  serve = mistrust("serve", SCENARIO, "-o", "json", ...write);
  served = await serve.next("the addresses", (line) => JSON.parse(line) as Served);
  // The server outside of the mesh, with a certificate of a CA that the operating system trusts.
  api = createServer({ cert: await readFile(certificate), key: await readFile(key) }, (_, response) =>
    response.end("hello from outside"),
  );
  await once(api.listen(join(folder, "api.sock")), "listening");
});
afterEach(async () => {
  api.close();
  await serve.stop("SIGINT");
  await rm(folder, { recursive: true });
});

test("SPIRE refuses file-root:system and the cluster stays without it; with Istio 1.26 a request gets through", async ({
  skip,
}) => {
  skip(tool.missing !== undefined, tool.missing);
  const spire = served.env.SPIFFE_ENDPOINT_SOCKET ?? "";
  {
    await using envoy = await sidecar(tool, folder, { "sds-grpc": spire });
    await envoy.push(outside(folder, "sds-grpc"));
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
  const { env } = await mistrustJson<Served>(["apply", "istio-1.26"], served.env);
  // The upgrade starts the pod again: its bootstrap has the files socket from the start, and istiod sends files there.
  const files = env.MISTRUST_ISTIO_FILES_SOCKET ?? "";
  await using envoy = await sidecar(tool, folder, { "sds-grpc": spire, "sds-files-grpc": files });
  await envoy.push(outside(folder, "sds-files-grpc"));
  await envoy.stat("cluster.api.client_ssl_socket_factory.ssl_context_update_by_sds", 1);
  await envoy.stat("cluster_manager.warming_clusters", 0);
  expect(await envoy.get("outbound.sock", "/api")).toEqual({ status: 200, body: "hello from outside" });
  expect((await envoy.stats("cluster.api.ssl")).get("cluster.api.ssl.handshake")).toBe(1);
});
