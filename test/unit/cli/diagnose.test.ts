import { expect, test } from "vitest";
import { diagnose } from "../../../src/cli/diagnose.js";
import type { Scenario } from "../../../src/scenario/index.js";

function scenario(id: string, says: string): Scenario {
  return {
    id,
    title: id,
    summary: "…",
    sources: [{ url: "https://example.org" }],
    world: {},
    expect: { outcome: "failure", says },
  };
}

const scenarios = [
  scenario(
    "a/audience",
    "error calling Vault server: Code: 403. Errors:\n\n* invalid audience (aud) claim: audience claim does not match",
  ),
  scenario(
    "a/policy",
    "failed to sign certificate by vault: Code: 403. Errors:\n\n* 1 error occurred:\n\t* permission denied",
  ),
  scenario("a/tls", "remote error: tls: handshake failure"),
];

test("a text is traced to the failure that ends in it", () => {
  expect(diagnose("remote error: tls: handshake failure", scenarios)[0]?.scenario).toBe("a/tls");
});

test("addresses and what a logger put around the text do not matter", () => {
  const text = `2026-11-23T12:00:00Z ERROR Put "https://10.0.0.7:8200/v1/x": Code: 403. Errors: * invalid audience (aud) claim: audience claim does not match`;
  expect(diagnose(text, scenarios)[0]?.scenario).toBe("a/audience");
});

test("a text like none is traced to none", () => {
  expect(diagnose("disk full", scenarios)).toEqual([]);
});
