import { expect, test } from "vitest";
import type { Standing } from "../../../src/vault/core/node.js";
import { Bench } from "./helper.js";

function node(standing: Standing): Bench {
  const bench = new Bench();
  bench.vault.core.node.standing = standing;
  return bench;
}

test.each([
  ["active", 200],
  ["standby", 429],
  ["performance-standby", 473],
  ["dr-secondary", 472],
  ["leaderless", 429],
] as const)("sys/health of a node that is %s answers %i", async (standing, status) => {
  expect((await node(standing).ask("GET", "sys/health")).status).toBe(status);
});

test.each([
  ["standby", "standbyok", 200],
  ["standby", "standbyok=false", 429],
  ["standby", "standbycode=299", 299],
  ["performance-standby", "perfstandbyok=true", 200],
  ["performance-standby", "standbyok", 473],
] as const)("a load balancer may ask a %s node for another code with %s", async (standing, query, status) => {
  expect((await node(standing).ask("GET", `sys/health?${query}`)).status).toBe(status);
});

test("a standby answers all else as the active node does, to which it forwards", async () => {
  expect((await node("standby").root("GET", "auth/token/lookup-self")).status).toBe(200);
});

test("a standby redirects a client that refuses to be forwarded, and every client where the active node takes none", async () => {
  const bench = node("standby");
  const headers = { "x-vault-no-request-forwarding": "1" };
  const reply = await bench.ask("GET", "secret/data/a?version=2", { token: bench.vault.rootToken, headers });
  expect([reply.status, reply.headers.Location]).toEqual([
    307,
    "https://vault-0.vault-internal:8200/v1/secret/data/a?version=2",
  ]);
  bench.vault.core.node.leader = { address: "https://10.0.0.5:8200", forwards: false };
  expect((await bench.root("GET", "sys/mounts")).headers.Location).toBe("https://10.0.0.5:8200/v1/sys/mounts");
  expect((await bench.ask("GET", "sys/leader")).text).toContain('"ha_enabled":true,"is_self":false');
});

test("a standby whose cluster has lost its quorum answers everything with 500", async () => {
  const { status, json } = await node("leaderless").root("GET", "secret/data/a");
  expect([status, json.errors]).toEqual([500, ["local node not active but active cluster node not found"]]);
});

test("a DR secondary serves nothing but its state", async () => {
  const bench = node("dr-secondary");
  const { status, json } = await bench.root("GET", "sys/mounts");
  expect([status, json.errors]).toEqual([400, ["path disabled in replication DR secondary mode"]]);
  expect((await bench.ask("GET", "sys/health")).text).toContain('"replication_dr_mode":"secondary"');
  expect((await bench.ask("GET", "sys/replication/status")).status).toBe(200);
});

test("a performance standby that is behind refuses to answer older than the client's index", async () => {
  const bench = node("performance-standby");
  const written = await bench.root("POST", "secret/data/a", { data: {} });
  const index = written.headers["X-Vault-Index"] ?? "";
  expect(Buffer.from(index, "base64").toString()).toMatch(/^v1:[0-9a-f-]{36}:\d+:0:[0-9a-f]{64}$/);
  const token = bench.vault.rootToken;
  const read = await bench.ask("GET", "secret/data/a", { token, headers: { "x-vault-index": index } });
  expect([read.status, read.json.errors]).toEqual([412, ["required index state not present"]]);
  expect((await bench.root("GET", "secret/data/a")).status).toBe(200);
});

test("a sealed standby is sealed", async () => {
  const bench = node("standby");
  bench.vault.core.seal.close();
  expect((await bench.ask("GET", "sys/health")).status).toBe(503);
});
