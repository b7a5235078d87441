import { expect, test } from "vitest";
import { Fixture, SecretStream, WEB } from "./support.js";

test("a refused name is journalled with the names that would have been accepted and the agent's log line", async () => {
  await using lab = await Fixture.start({}, { pid: 77 });
  const stream = new SecretStream(lab.connection);
  stream.ask(["file-root:system"]);
  await stream.next();
  const [checks] = lab.journal.events({ server: "spire", refusedBy: "resource-name" });
  const records = checks?.type === "checks" ? checks.checks : [];
  expect(records.at(-1)).toMatchObject({
    id: "resource-name",
    outcome: "refused",
    got: "file-root:system",
    wanted: `ROOTCA, spiffe://example.org, ALL, default, ${WEB.spiffeId}`,
  });
  const [log] = lab.journal.events({ type: "log", log: "Error building" });
  expect(log).toMatchObject({
    level: "error",
    line: 'level=error msg="Error building stream secrets response" error="rpc error: code = InvalidArgument desc = workload is not authorized for the requested identities [\\"file-root:system\\"]" method=StreamSecrets pid=77 service=SDS.v3 subsystem_name=endpoints',
  });
});

test("the messages of a stream stand in the journal in order, as first, ack, nack and stale", async () => {
  await using lab = await Fixture.start();
  const stream = new SecretStream(lab.connection);
  stream.ask(["default"]);
  const { nonce, versionInfo } = await stream.answer();
  stream.ask(["default"], { versionInfo, responseNonce: nonce });
  stream.ask(["default"], { responseNonce: nonce, errorDetail: { code: 13, message: "no" } });
  stream.ask(["default"], { versionInfo, responseNonce: "00000000" });
  stream.halfClose();
  expect(await stream.next()).toEqual({ status: { code: 0, details: "" } });
  const messages = lab.journal
    .events({ type: "message" })
    .flatMap((event) => (event.type === "message" ? [event] : []));
  expect(messages.map(({ direction, summary }) => [direction, summary.kind ?? summary.version])).toEqual([
    ["received", "first"],
    ["sent", "1"],
    ["received", "ack"],
    ["received", "nack"],
    ["received", "stale"],
  ]);
  const lines = lab.journal.events({ type: "log" }).map((event) => (event.type === "log" ? event.line : ""));
  expect(lines.some((line) => line.includes('msg="Envoy reported errors applying secrets" error=no'))).toBe(true);
  expect(lines.some((line) => line.includes(`expect=${nonce}`) && line.includes("nonce=00000000"))).toBe(true);
});
