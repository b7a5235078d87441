import { expect, test } from "vitest";
import { jwtSvidRequest, jwtSvidResponse } from "../../../src/transport/grpc/workload-messages.js";
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
