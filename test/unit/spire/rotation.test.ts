import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { chainIn, Fixture, SecretStream, secretsIn, WEB } from "./support.js";

const HOUR = 3_600_000;

test("a certificate is replaced after about half of its life, and pushed", async () => {
  await using lab = await Fixture.start();
  const stream = new SecretStream(lab.connection);
  stream.ask(["default"]);
  const first = await stream.answer();
  await lab.clock.advance(0.6 * HOUR);
  const second = await stream.answer();
  expect([first.versionInfo, second.versionInfo]).toEqual(["1", "2"]);
  expect(chainIn(second)).not.toBe(chainIn(first));
  const leaf = new X509Certificate(chainIn(second));
  expect(Date.parse(leaf.validTo)).toBeGreaterThan(lab.clock.now() + 0.8 * HOUR);
});

test("the server's authorities are renewed in time: after ten days a certificate still verifies with the bundle", async () => {
  await using lab = await Fixture.start();
  await lab.clock.advance(240 * HOUR);
  const stream = new SecretStream(lab.connection);
  stream.ask(["default"]);
  const leaf = new X509Certificate(chainIn(await stream.answer()));
  const roots = lab.spire.bundlePem.match(/-----BEGIN[^]+?-----END CERTIFICATE-----\n/g) ?? [];
  expect(roots.some((pem) => leaf.verify(new X509Certificate(pem).publicKey))).toBe(true);
  expect(Date.parse(leaf.validTo)).toBeGreaterThan(lab.clock.now());
});

test("without its server the agent goes on with what it has, and catches up afterwards", async () => {
  await using lab = await Fixture.start();
  const stream = new SecretStream(lab.connection);
  stream.ask(["default"]);
  const first = await stream.answer();
  lab.spire.stopServer();
  await lab.clock.advance(0.7 * HOUR);
  lab.spire.startServer();
  await lab.clock.advance(1);
  const second = await stream.answer();
  expect(second.versionInfo).toBe("2");
  expect(chainIn(second)).not.toBe(chainIn(first));
});

test("a change of the own bundle is pushed to every stream, of an entry to its workload only", async () => {
  await using lab = await Fixture.start();
  const stream = new SecretStream(lab.connection);
  stream.ask(["ROOTCA"]);
  await stream.answer();
  await lab.spire.addEntry({ spiffeId: "spiffe://example.org/other", selectors: ["unix:uid:1002"] });
  lab.spire.rotateBundle();
  const pushed = await stream.answer();
  expect(pushed.versionInfo).toBe("2");
  expect(secretsIn(pushed).map(({ name }) => name)).toEqual(["ROOTCA"]);
});

test("an entry that is removed ends the stream of its name and spares that of the bundle", async () => {
  await using lab = await Fixture.start();
  const [identity, bundle] = [new SecretStream(lab.connection), new SecretStream(lab.connection)];
  identity.ask(["default"]);
  bundle.ask(["ROOTCA"]);
  await identity.answer();
  await bundle.answer();
  lab.spire.removeEntry(WEB.spiffeId);
  expect(await identity.next()).toEqual({
    status: { code: 3, details: 'workload is not authorized for the requested identities ["default"]' },
  });
  expect((await bundle.answer()).versionInfo).toBe("2");
});
