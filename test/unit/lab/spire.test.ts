import { join } from "node:path";
import { type Client, credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";
import { expect, test } from "vitest";
import { startLab } from "../../../src/lab/index.js";
import { renderExplanation } from "../../../src/lab/explain-text.js";
import type { Scenario } from "../../../src/scenario/index.js";

const SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

const scenario: Scenario = {
  id: "test/spire",
  title: "A workload without an entry",
  summary: "…",
  sources: [{ url: "https://example.org" }],
  world: {
    spire: {
      trustDomain: "example.org",
      workloads: { web: { selectors: ["unix:uid:1000"] } },
      entries: { other: { spiffeID: "spiffe://example.org/other", selector: ["unix:uid:2000"] } },
    },
  },
  expect: { outcome: "failure" },
  variants: [
    {
      id: "entry",
      kind: "fix",
      by: "spire",
      title: "Create the entry",
      change: {
        world: { spire: { entries: { web: { spiffeID: "spiffe://example.org/web", selector: ["unix:uid:1000"] } } } },
      },
    },
  ],
};

/** The service as a generated client would know it. */
async function sdsClient(url: string): Promise<Client & Record<"StreamSecrets", () => Stream>> {
  const protos = join(import.meta.dirname, "../../../protos");
  const file = "envoy/service/secret/v3/sds.proto";
  const loaded = loadPackageDefinition(await load(file, { includeDirs: [protos], keepCase: true, defaults: true }));
  const path = ["envoy", "service", "secret", "v3", "SecretDiscoveryService"];
  const Service = path.reduce<unknown>(
    (at, name) => Reflect.get(at as object, name),
    loaded,
  ) as ServiceClientConstructor;
  return new Service(url, credentials.createInsecure()) as unknown as Client & Record<"StreamSecrets", () => Stream>;
}

interface Stream {
  write(message: object): void;
  end(): void;
  on(event: "data", listener: (response: { resources: unknown[] }) => void): void;
  on(event: "error", listener: (error: { code: number; details: string }) => void): void;
}

/** Asks for one secret; how many came, or the status that ended the stream. */
async function ask(url: string, name: string): Promise<number | { code: number; details: string }> {
  const client = await sdsClient(url);
  const stream = client.StreamSecrets();
  try {
    return await new Promise((resolve) => {
      stream.on("data", ({ resources }) => resolve(resources.length));
      stream.on("error", ({ code, details }) => resolve({ code, details }));
      stream.write({ resource_names: [name], type_url: SECRET, node: { id: "envoy" } });
    });
  } finally {
    stream.end();
    client.close();
  }
}

test("a refused SDS name is explained with the names that would have passed", async () => {
  await using lab = await startLab(scenario);
  const refused = await ask(lab.spire.url, "file-root:system");
  expect(refused).toMatchObject({ code: 3 });
  await lab.journal.waitFor({ type: "reply", server: "spire" });
  const [refusal] = lab.explain().refusals;
  expect(refusal).toMatchObject({ server: "spire", status: 3, refused: true });
  const page = renderExplanation(lab.explain());
  expect(page).toContain("file-root:system");
  expect(page).toContain("3 InvalidArgument");
});

test("a variant that adds an entry reaches the running agent: the socket and the trust domain's CA stay", async () => {
  await using lab = await startLab(scenario);
  const { url } = lab.spire;
  const bundle = lab.spire.core.bundlePem;
  expect(await ask(url, "spiffe://example.org/web")).toMatchObject({ code: 3 });
  await lab.apply("entry");
  expect(await ask(lab.spire.url, "spiffe://example.org/web")).toBe(1);
  expect([lab.spire.url, lab.spire.core.bundlePem]).toEqual([url, bundle]);
  expect(lab.env().SPIFFE_ENDPOINT_SOCKET).toBe(url);
});
