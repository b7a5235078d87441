import { expect, test } from "vitest";
import { createSpire, hasQuirk, QUIRKS, releaseOf } from "../../../src/spire/index.js";
import { Fixture, SecretStream, secretsIn } from "./support.js";

const MISSING = "unable to retrieve all requested identities, missing map[file-root:system:true]";
const REFUSED = 'workload is not authorized for the requested identities ["file-root:system"]';

test.each([
  ["0.12.2", 2, MISSING],
  ["1.0.1", 2, MISSING],
  ["1.0.2", 3, MISSING],
  ["1.2.5", 3, MISSING],
  ["1.3.0", 3, REFUSED],
  ["1.15.3", 3, REFUSED],
])("SPIRE %s refuses file-root:system with code %i", async (version, code, details) => {
  await using lab = await Fixture.start({ version });
  const stream = new SecretStream(lab.connection);
  stream.ask(["file-root:system"]);
  expect(await stream.next()).toEqual({ status: { code, details } });
});

test("SPIRE 0.12.1 leaves unknown names out of its answer", async () => {
  await using lab = await Fixture.start({ version: "0.12.1" });
  const stream = new SecretStream(lab.connection);
  stream.ask(["file-root:system", "default"]);
  expect(secretsIn(await stream.answer()).map(({ name }) => name)).toEqual(["default"]);
});

test.each([
  ["1.6.4", 2, 'workload is not authorized for the requested identities ["x"]'],
  ["1.7.6", 14, expect.stringMatching(/^the Envoy SDS v2 API is now deprecated in SPIRE/) as unknown],
  ["1.8.0", 12, "unknown service envoy.service.discovery.v2.SecretDiscoveryService"],
])("the v2 service of SPIRE %s ends with code %i", async (version, code, details) => {
  await using lab = await Fixture.start({ version });
  const stream = new SecretStream(lab.connection, "StreamSecrets", "envoy.service.discovery.v2");
  stream.ask(["x"]);
  expect(await stream.next()).toEqual({ status: { code, details } });
});

test.each([
  ["1.15.2", { code: 14, details: "workload attestation failed" }],
  ["1.15.1", { code: 3, details: 'workload is not authorized for the requested identities ["default"]' }],
])("when every attestor fails SPIRE %s answers %o", async (version, status) => {
  await using lab = await Fixture.start({ version }, { attestation: "plugins-fail" });
  const stream = new SecretStream(lab.connection);
  stream.ask(["default"]);
  expect(await stream.next()).toEqual({ status });
});

test("a release before 0.12 cannot be emulated", async () => {
  expect(() => releaseOf("0.11.3")).toThrow("not a SPIRE release that can be emulated");
  await expect(createSpire({ version: "latest" } as never)).rejects.toThrow("latest");
});

test("every quirk says what it is and where that is known from", () => {
  for (const { says, source } of Object.values(QUIRKS))
    expect([says.endsWith("."), source.length > 5]).toEqual([true, true]);
  expect(hasQuirk(releaseOf("1.1.4"), "sds-validator-can-be-disabled")).toBe(false);
  expect(hasQuirk(releaseOf("1.1.5"), "sds-validator-can-be-disabled")).toBe(true);
});

test.each([
  ["1.13.0", { code: 2, details: "EOF" }],
  ["1.13.1", { code: 13, details: "cardinality violation: received no request message from non-client-streaming RPC" }],
])("a call of SPIRE %s that ends without its message is answered %o", async (version, status) => {
  await using lab = await Fixture.start({ version });
  const call = lab.connection.open("/SpiffeWorkloadAPI/FetchX509SVID", { "workload.spiffe.io": "true" });
  call.halfClose();
  expect(await call.next(5_000)).toEqual({ status });
});
