import { expect, test } from "vitest";
import { runClient } from "../../../src/clients/index.js";
import { addressOf } from "../../../src/clients/spiffe/address.js";
import { Fixture, WEB } from "../spire/support.js";

const client = { product: "spiffe", version: "2.8.1", manifests: {} };

test("a program with an identity gets its X.509-SVID, and a JWT-SVID for its audience", async () => {
  await using lab = await Fixture.start();
  const targets = { workloadSocket: `unix://${lab.path}`, journal: lab.journal };
  expect(await runClient({ ...client, env: { JWT_AUDIENCE: "vault" } }, targets)).toMatchObject({
    outcome: "success",
    says: `X.509-SVID ${WEB.spiffeId}; JWT-SVID ${WEB.spiffeId} for vault`,
  });
});

test("a program without an entry is told that no identity was issued", async () => {
  await using lab = await Fixture.start({ entries: [] });
  const report = await runClient(client, { workloadSocket: `unix://${lab.path}` });
  expect(report).toMatchObject({
    outcome: "failure",
    says: "rpc error: code = PermissionDenied desc = no identity issued",
  });
  expect(lab.journal.events({ refusedBy: "registration" })).toHaveLength(1);
});

/** From go-spiffe's own tests of its addresses. */
test.each([
  ["blah", 'workload endpoint socket URI must have a "tcp" or "unix" scheme'],
  ["/run/agent.sock", 'workload endpoint socket URI must have a "tcp" or "unix" scheme'],
  ["unix:opaque", "workload endpoint unix socket URI must not be opaque"],
  ["unix://", "workload endpoint unix socket URI must include a path"],
  ["unix://foo?whatever", "workload endpoint unix socket URI must not include query values"],
  ["unix://foo#whatever", "workload endpoint unix socket URI must not include a fragment"],
  ["tcp://localhost:5", "workload endpoint tcp socket URI host component must be an IP:port"],
])("the address %s is refused", (address, problem) => {
  expect(addressOf(address)).toEqual({ problem });
});

test.each(["unix:///run/agent.sock", "tcp://1.2.3.4:5"])("the address %s is taken", (uri) => {
  expect(addressOf(uri)).toEqual({ uri });
});
