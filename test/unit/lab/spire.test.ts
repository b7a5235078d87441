import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Client, credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";
import { expect, test } from "vitest";
import { startLab } from "../../../src/lab/index.js";
import { renderExplanation } from "../../../src/lab/explain-text.js";
import type { Scenario, SpireSetting } from "../../../src/scenario/index.js";
import { codec, GrpcConnection } from "../../../src/transport/grpc/index.js";
import { empty, jwtSvidRequest, x509SvidResponse } from "../../../src/transport/grpc/workload-messages.js";

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

const WEB = { spiffeID: "spiffe://example.org/web", selector: ["unix:uid:1000"] };
const NODE = { spiffeID: "spiffe://example.org/node", selector: ["unix:uid:0"] };
const HEADER = { "workload.spiffe.io": "true" };

/** The scenario with another SPIRE, and without its variant. */
function worldOf(spire: SpireSetting): Scenario {
  const workloads = { web: { selectors: ["unix:uid:1000"] } };
  return { ...scenario, world: { spire: { workloads, entries: { web: WEB }, ...spire } }, variants: [] };
}

/** One call with one message: what comes first, a message or how the call ended. */
async function call(url: string, path: string, message: Buffer): Promise<Buffer | { code: number; details: string }> {
  const connection = new GrpcConnection(url);
  try {
    const open = connection.open(path, HEADER);
    open.send(message);
    open.halfClose();
    const event = await open.next(5_000);
    if (event === undefined) throw new Error("nothing came");
    return "message" in event ? event.message : event.status;
  } finally {
    connection.close();
  }
}

const fetchX509 = (url: string): ReturnType<typeof call> =>
  call(url, "/SpiffeWorkloadAPI/FetchX509SVID", empty.encode({}));

async function leafOf(url: string): Promise<X509Certificate> {
  const message = await fetchX509(url);
  if (!Buffer.isBuffer(message)) throw new Error(message.details);
  return new X509Certificate(x509SvidResponse.decode(message).svids[0]?.x509Svid ?? Buffer.alloc(0));
}

test("a delegate asks for others over the admin socket of its workload, and only a delegate does", async () => {
  const PACKAGE = "spire.api.agent.delegatedidentity.v1";
  const request = codec<object>(`${PACKAGE}.SubscribeToX509SVIDsRequest`);
  const response = codec<{ x509Svids: object[] }>(`${PACKAGE}.SubscribeToX509SVIDsResponse`);
  const ask = (url: string): ReturnType<typeof call> => {
    const selectors = [{ type: "unix", value: "uid:1000" }];
    return call(url, `/${PACKAGE}.DelegatedIdentity/SubscribeToX509SVIDs`, request.encode({ selectors }));
  };
  await using lab = await startLab(
    worldOf({
      entries: { web: WEB, node: NODE },
      workloads: {
        web: { selectors: ["unix:uid:1000"], adminSocket: true },
        node: { selectors: ["unix:uid:0"], adminSocket: true },
      },
      agent: { authorized_delegates: [NODE.spiffeID] },
    }),
  );
  const given = await ask(lab.spire.adminUrlOf("node"));
  expect(Buffer.isBuffer(given) && response.decode(given).x509Svids).toHaveLength(1);
  expect(await ask(lab.spire.adminUrlOf("web"))).toEqual({
    code: 7,
    details: "caller not configured as an authorized delegate",
  });
  expect(lab.addresses().spire).toMatchObject({ "node admin": lab.spire.adminUrlOf("node") });
  expect(dirname(lab.spire.adminUrlOf("node"))).not.toBe(dirname(lab.spire.urlOf("node")));
  expect(() => lab.spire.adminUrlOf("other")).toThrow('SPIRE has no workload with an adminSocket "other"');
});

test("calls beyond the agent's rate limit are refused, for each workload by itself", async () => {
  await using lab = await startLab(
    worldOf({
      entries: { web: WEB, node: NODE },
      workloads: { web: { selectors: ["unix:uid:1000"] }, node: { selectors: ["unix:uid:0"] } },
      agent: { experimental: { ratelimit: { fetch_jwt_svid: 1 } } },
    }),
  );
  const fetch = (workload: string): ReturnType<typeof call> =>
    call(
      lab.spire.urlOf(workload),
      "/SpiffeWorkloadAPI/FetchJWTSVID",
      jwtSvidRequest.encode({ audience: ["a"], spiffeId: "" }),
    );
  expect(Buffer.isBuffer(await fetch("web"))).toBe(true);
  const details = "rate limit exceeded for /SpiffeWorkloadAPI/FetchJWTSVID";
  expect(await fetch("web")).toEqual({ code: 14, details });
  expect(Buffer.isBuffer(await fetch("node"))).toBe(true);
});

test("the types of keys and an upstream authority are the configuration's", async () => {
  await using lab = await startLab(
    worldOf({
      agent: { workload_x509_svid_key_type: "rsa-2048" },
      server: { ca_key_type: "ec-p384", plugins: { UpstreamAuthority: { disk: {} } } },
    }),
  );
  const leaf = await leafOf(lab.spire.url);
  expect(leaf.publicKey.asymmetricKeyType).toBe("rsa");
  const root = new X509Certificate(lab.spire.core.bundlePem);
  expect(root.subject).toContain("Upstream root");
  expect(leaf.checkIssued(root)).toBe(false);
});

test("an agent without an API does not know it; without any it has no socket", async () => {
  await using lab = await startLab(worldOf({ agent: { disable_workload_api: true } }));
  expect(await fetchX509(lab.spire.url)).toEqual({ code: 12, details: "unknown service SpiffeWorkloadAPI" });
  expect(await ask(lab.spire.url, "default")).toBe(1);
  await using none = await startLab(worldOf({ agent: { disable_workload_api: true, disable_sds_api: true } }));
  expect(existsSync(none.spire.url.replace("unix://", ""))).toBe(false);
});

test("a caller that cannot be attested is refused", async () => {
  await using lab = await startLab(
    worldOf({ workloads: { web: { selectors: ["unix:uid:1000"], attestation: "plugins-fail", pid: 42 } } }),
  );
  expect(await fetchX509(lab.spire.url)).toEqual({ code: 14, details: "workload attestation failed" });
  expect(
    lab
      .explain()
      .refusals[0]?.logs.map(({ line }) => line)
      .join(),
  ).toContain("pid=42");
});

test("the entry id decides which identity is the default, also when a variant changes it", async () => {
  const other = { spiffeID: "spiffe://example.org/other", selector: ["unix:uid:1000"], entryID: "m" };
  const change = { world: { spire: { entries: { web: { entryID: "z" } } } } };
  await using lab = await startLab({
    ...worldOf({ entries: { web: { ...WEB, entryID: "a" }, other } }),
    variants: [{ id: "z", kind: "fix", by: "spire", title: "…", change }],
  });
  expect((await leafOf(lab.spire.url)).subjectAltName).toBe("URI:spiffe://example.org/web");
  await lab.apply("z");
  expect((await leafOf(lab.spire.url)).subjectAltName).toBe("URI:spiffe://example.org/other");
});
