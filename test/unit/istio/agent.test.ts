import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createIstioAgent, type IstioAgent } from "../../../src/istio/index.js";
import { Journal } from "../../../src/journal/index.js";
import { LabClock, Seed } from "../../../src/runtime/index.js";
import { GrpcConnection } from "../../../src/transport/grpc/index.js";
import { SecretStream, secretsIn } from "../spire/support.js";

async function withAgent(
  version: string,
  workloadSocket: string | undefined,
  use: (agent: IstioAgent, journal: Journal) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "istio-"));
  const clock = new LabClock({ frozen: true });
  const journal = new Journal({ clock });
  const files = { "/etc/ca.pem": "CA", "/etc/tls.crt": "CERTIFICATE", "/etc/tls.key": "KEY" };
  const socket = workloadSocket === undefined ? {} : { workloadSocket };
  const agent = await createIstioAgent({ clock, journal, seed: new Seed("t"), version, files, folder, ...socket });
  try {
    await use(agent, journal);
  } finally {
    await agent.stop();
    clock.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(uri: string | undefined, names: readonly string[], node?: null): Promise<unknown> {
  const connection = new GrpcConnection(uri ?? "");
  try {
    const stream = new SecretStream(connection);
    stream.ask(names, node === null ? { node } : {});
    const event = await stream.next();
    return "status" in event ? event.status : secretsIn(event);
  } finally {
    connection.close();
  }
}

test("beside SPIRE the agent of 1.26 serves files on a socket of its own, and nothing else", async () => {
  await withAgent("1.26.0", "/run/spire.sock", async ({ sockets }, journal) => {
    expect(sockets.workload).toBeUndefined();
    expect(await ask(sockets.files, ["file-root:/etc/ca.pem"])).toMatchObject([
      { name: "file-root:/etc/ca.pem", validationContext: { trustedCa: { inlineBytes: Buffer.from("CA") } } },
    ]);
    expect(await ask(sockets.files, ["file-cert:/etc/tls.crt~/etc/tls.key"])).toMatchObject([
      { tlsCertificate: { privateKey: { inlineBytes: Buffer.from("KEY") } } },
    ]);
    expect(await ask(sockets.files, ["file-root:system"])).toMatchObject([{ name: "file-root:system" }]);
    expect(await ask(sockets.files, ["default"])).toEqual({
      code: 2,
      details: "failed to generate secret for default: attempted to fetch secret, but ca client is nil",
    });
    const [found] = journal.events({ server: "istio-agent", type: "log" });
    expect(found?.type === "log" && found.line).toContain("Default Istio SDS Server will only serve files");
  });
});

test("beside SPIRE the agent of 1.25 serves nothing", async () => {
  await withAgent("1.25.0", "/run/spire.sock", async ({ sockets }) => expect(sockets).toEqual({}));
});

test("without SPIRE the agent serves everything", async () => {
  await withAgent("1.22.3", undefined, async ({ sockets }) => {
    expect(await ask(sockets.workload, ["default"])).toMatchObject([{ name: "default", tlsCertificate: {} }]);
    expect(await ask(sockets.workload, ["ROOTCA"])).toMatchObject([{ name: "ROOTCA", validationContext: {} }]);
    expect(await ask(sockets.workload, ["file-root:/etc/ca.pem"])).toMatchObject([{ name: "file-root:/etc/ca.pem" }]);
  });
});

test("the agent wants to know which node asks", async () => {
  await withAgent("1.22.3", undefined, async ({ sockets }) => {
    expect(await ask(sockets.workload, ["default"], null)).toEqual({ code: 3, details: "missing node information" });
  });
});
