import { expect, test } from "vitest";
import type { Standing } from "../../../src/vault/core/seal.js";
import { Bench } from "./helper.js";

function node(standing: Standing): Bench {
  const bench = new Bench();
  bench.vault.core.seal.standing = standing;
  return bench;
}

test.each([
  ["active", 200],
  ["standby", 429],
  ["performance-standby", 473],
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

test("a sealed standby is sealed", async () => {
  const bench = node("standby");
  bench.vault.core.seal.close();
  expect((await bench.ask("GET", "sys/health")).status).toBe(503);
});
