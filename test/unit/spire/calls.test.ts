import { connect } from "node:http2";
import { createConnection } from "node:net";
import { describe, expect, test } from "vitest";
import { codec } from "../../../src/transport/grpc/index.js";
import { jwtSvidRequest, jwtSvidResponse, x509SvidResponse } from "../../../src/transport/grpc/workload-messages.js";
import { Fixture, SecretStream, secretsIn, WEB } from "./support.js";

const HEADER = { "workload.spiffe.io": "true" };

test.each([
  ["/SpiffeWorkloadAPI/FetchWITSVID", "fetching WIT-SVIDs is not implemented"],
  ["/SpiffeWorkloadAPI/FetchWITBundles", "fetching WIT bundles is not implemented"],
  ["/grpc.health.v1.Health/Watch", "method Watch not implemented"],
])("%s is refused after its message and the half-close, as every stream of answers is", async (path, details) => {
  await using lab = await Fixture.start({ version: "1.15.3" });
  const silent = lab.connection.open(path, HEADER);
  silent.halfClose();
  expect(await silent.next(5_000)).toEqual({
    status: {
      code: 13,
      details: "cardinality violation: received no request message from non-client-streaming RPC",
    },
  });
  const call = lab.connection.open(path, HEADER);
  call.send(Buffer.alloc(0));
  call.halfClose();
  expect(await call.next(5_000)).toEqual({ status: { code: 12, details } });
});

test("an empty alias in the agent's configuration is as good as none", async () => {
  await using lab = await Fixture.start({
    sds: { defaultSvidName: "", defaultBundleName: "", defaultAllBundlesName: "" },
  });
  for (const name of ["default", "ROOTCA", "ALL"]) {
    const stream = new SecretStream(lab.connection);
    stream.ask([name]);
    expect(secretsIn(await stream.answer()).map((secret) => secret.name)).toEqual([name]);
  }
});

test("an entry that becomes one for an SVID store takes the identity away from open streams", async () => {
  await using lab = await Fixture.start();
  const stream = new SecretStream(lab.connection);
  stream.ask([WEB.spiffeId]);
  await stream.answer();
  await lab.spire.updateEntry({ ...WEB, storeSvid: true });
  expect(await stream.next()).toEqual({
    status: {
      code: 3,
      details: `workload is not authorized for the requested identities ["${WEB.spiffeId}"]`,
    },
  });
});

test("the server leaves empty audiences out of a JWT-SVID, and refuses where nothing is left", async () => {
  await using lab = await Fixture.start();
  const fetch = async (audience: readonly string[]): Promise<unknown> => {
    const call = lab.connection.open("/SpiffeWorkloadAPI/FetchJWTSVID", HEADER);
    call.send(jwtSvidRequest.encode({ audience, spiffeId: "" }));
    call.halfClose();
    const event = await call.next(5_000);
    if (event === undefined || "status" in event) return event?.status.details;
    const [, claims = ""] = (jwtSvidResponse.decode(event.message).svids[0]?.svid ?? "").split(".");
    return (JSON.parse(Buffer.from(claims, "base64url").toString()) as { aud: unknown }).aud;
  };
  expect(await fetch(["a", "", "b"])).toEqual(["a", "b"]);
  expect(await fetch([""])).toMatch(/invalid JWT-SVID audience: cannot be empty$/);
});

function withoutDate(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== "date"));
}

/** One message over bare HTTP/2: headers and trailers of the answer, those that every answer has left out. */
async function exchange(lab: Fixture, headers: Record<string, string>, body: Buffer): Promise<object[]> {
  const session = connect("http://localhost", { createConnection: () => createConnection(lab.path) });
  try {
    const common = { ":method": "POST", "content-type": "application/grpc", te: "trailers" };
    const stream = session.request({ ...common, ...headers });
    const answer: object[] = [];
    for (const event of ["response", "trailers"]) {
      stream.on(event, (fields: object) => answer.push(withoutDate(fields)));
    }
    const length = Buffer.from([0, 0, 0, 0, body.length]);
    stream.end(Buffer.concat([length, body]));
    stream.resume();
    await new Promise((resolve, reject) => stream.once("close", resolve).once("error", reject));
    return answer;
  } finally {
    session.destroy();
  }
}

const PLAIN = { ":status": 200, "content-type": "application/grpc" };

test("headers and trailers are those of grpc-go", async () => {
  await using lab = await Fixture.start();
  const check = { ":path": "/grpc.health.v1.Health/Check" };
  expect(await exchange(lab, check, Buffer.alloc(0))).toEqual([PLAIN, { "grpc-status": "0", "grpc-message": "" }]);
  const unknown = { "grpc-status": "12", "grpc-message": "unknown service a" };
  expect(await exchange(lab, { ":path": "/a/b" }, Buffer.alloc(0))).toEqual([{ ...PLAIN, ...unknown }]);
});

test("a client that compresses its messages is told that the agent cannot read them", async () => {
  await using lab = await Fixture.start();
  const headers = { ":path": "/grpc.health.v1.Health/Check", "grpc-encoding": "gzip" };
  const text = 'grpc: Decompressor is not installed for grpc-encoding "gzip"';
  expect(await exchange(lab, headers, Buffer.alloc(0))).toEqual([
    { ...PLAIN, "grpc-status": "12", "grpc-message": text },
  ]);
});

test("a message that is none is refused in other words where a single answer is due than on a stream", async () => {
  await using lab = await Fixture.start();
  const say = async (path: string): Promise<unknown> => {
    const call = lab.connection.open(path, HEADER);
    call.send(Buffer.from([0x0a, 0xff]));
    call.halfClose();
    return await call.next(5_000);
  };
  const refusal = (what: string): object => ({
    status: { code: 13, details: `grpc: ${what}: proto: cannot parse invalid wire-format data` },
  });
  expect(await say("/SpiffeWorkloadAPI/FetchJWTSVID")).toEqual(refusal("error unmarshalling request"));
  expect(await say("/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets")).toEqual(
    refusal("failed to unmarshal the received message"),
  );
});

test.each([
  ["1.12.0", "spiffe://example.org/elder"],
  ["1.11.3", "spiffe://example.org/younger"],
])("of two entries with one hint SPIRE %s gives %s", async (version, id) => {
  const { selectors } = WEB;
  const elder = { spiffeId: "spiffe://example.org/elder", selectors, entryId: "b", hint: "h" };
  await using lab = await Fixture.start({ version, entries: [elder] });
  await lab.spire.addEntry({ spiffeId: "spiffe://example.org/younger", selectors, entryId: "a", hint: "h" });
  const call = lab.connection.open("/SpiffeWorkloadAPI/FetchX509SVID", HEADER);
  call.send(Buffer.alloc(0));
  call.halfClose();
  const event = await call.next(5_000);
  if (event === undefined || "status" in event) throw new Error("no message came");
  expect(x509SvidResponse.decode(event.message).svids.map(({ spiffeId }) => spiffeId)).toEqual([id]);
});

describe("reflection", () => {
  const PACKAGE = "grpc.reflection.v1";
  const request = codec<object>(`${PACKAGE}.ServerReflectionRequest`);
  const response = codec<{ validHost: string; messageResponse: string }>(`${PACKAGE}.ServerReflectionResponse`);

  async function ask(
    question: object,
  ): Promise<ReturnType<typeof response.decode> | { code: number; details: string }> {
    await using lab = await Fixture.start();
    const call = lab.connection.open(`/${PACKAGE}.ServerReflection/ServerReflectionInfo`);
    call.send(request.encode(question));
    const event = await call.next(5_000);
    if (event === undefined) throw new Error("nothing came");
    return "message" in event ? response.decode(event.message) : event.status;
  }

  test("gives the host back, and refuses a question that asks for nothing", async () => {
    expect(await ask({ host: "h", listServices: "" })).toMatchObject({ validHost: "h" });
    expect(await ask({ host: "h" })).toEqual({ code: 3, details: "invalid MessageRequest: <nil>" });
  });

  test.each([
    ["SpiffeWorkloadAPI.FetchX509SVID", true],
    ["SpiffeWorkloadAPI.Nope", false],
    ["grpc.health.v1.HealthCheckRequest.service", true],
    ["spire.api.agent.delegatedidentity.v1.DelegatedIdentity", true],
    ["", false],
  ])("knows the symbol %j: %s", async (fileContainingSymbol, known) => {
    const messageResponse = known ? "fileDescriptorResponse" : "errorResponse";
    expect(await ask({ fileContainingSymbol })).toMatchObject({ messageResponse });
  });

  test("tells that a message has no extensions", async () => {
    expect(await ask({ allExtensionNumbersOfType: "grpc.health.v1.HealthCheckRequest" })).toMatchObject({
      allExtensionNumbersResponse: { baseTypeName: "grpc.health.v1.HealthCheckRequest", extensionNumber: [] },
    });
  });
});
