import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import { envoyProgram } from "./support/envoy.js";
import { ENVOY, sidecar } from "./support/sidecar.js";
import type { Tool } from "./support/tools.js";

const HOUR = 3_600_000;
const SDS_CALL = "StreamSecrets gRPC config stream to sds-grpc";

let tool: Tool = { missing: "not prepared" };
let lab: Lab;
let folder: string;

beforeAll(async () => {
  tool = await envoyProgram(ENVOY);
}, 300_000);
beforeEach(async () => {
  // Envoy goes by the machine's clock: a lab that starts in the past can be advanced and still be believed.
  lab = await startLab("istio/spire-file-root-system", { clock: { startAt: Date.now() - 0.7 * HOUR } });
  folder = await mkdtemp(join(tmpdir(), "envoy-"));
});
afterEach(async () => {
  await lab.stop();
  await rm(folder, { recursive: true });
});

/** How a TLS server ends a connection without a client certificate. */
async function withoutCertificate(path: string): Promise<string | undefined> {
  const socket = connect({ path, rejectUnauthorized: false });
  socket.resume();
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once("error", resolve));
  return error.code;
}

test("Envoy serves and calls with its SVID, and takes the next one without a failing request", async ({ skip }) => {
  skip(tool.missing !== undefined, tool.missing);
  await using envoy = await sidecar(tool, folder, { "sds-grpc": lab.spire.url });
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
  await using envoy = await sidecar(tool, folder, { "sds-grpc": lab.spire.url });
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
