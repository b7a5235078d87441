import { expect, test } from "vitest";
import { Bench } from "../vault-core/helper.js";

const ROLE = { role_type: "jwt", user_claim: "sub", bound_audiences: "vault" };

async function mounted(): Promise<Bench> {
  const bench = new Bench();
  await bench.root("POST", "sys/auth/jwt", { type: "jwt" });
  return bench;
}

async function errorOf(bench: Bench, path: string, body: unknown): Promise<unknown> {
  return (await bench.root("POST", `auth/jwt/${path}`, body)).json.errors?.[0];
}

test("a role takes the old names of token settings and shows them beside the new", async () => {
  const bench = await mounted();
  await bench.root("POST", "auth/jwt/role/r", { ...ROLE, policies: "B,a", ttl: "1m", num_uses: 2 });
  const { json } = await bench.root("GET", "auth/jwt/role/r");
  expect(json.data).toMatchObject({ policies: ["a", "b"], token_policies: ["a", "b"], ttl: 60, token_ttl: 60 });
  expect(json.data).toMatchObject({ num_uses: 2, token_num_uses: 2 });
});

test("globs are for strings, and a write without bound_claims_type goes back to plain strings", async () => {
  const bench = await mounted();
  const glob = { ...ROLE, bound_claims_type: "glob" };
  expect(await errorOf(bench, "role/r", { ...glob, bound_claims: { level: [true] } })).toBe(
    "claim is not a string: true",
  );
  expect(await errorOf(bench, "role/r", { ...glob, bound_claims: { team: "b*" } })).toBeUndefined();
  await bench.root("POST", "auth/jwt/role/r", ROLE);
  expect((await bench.root("GET", "auth/jwt/role/r")).json.data).toMatchObject({ bound_claims_type: "string" });
});

test("a role warns of what is longer than the mount allows, and refuses a longer period", async () => {
  const bench = await mounted();
  const { json } = await bench.root("POST", "auth/jwt/role/r", { ...ROLE, token_max_ttl: "1000h" });
  expect(json).toMatchObject({ warnings: [expect.stringContaining("token max ttl is greater than the system")] });
  expect(await errorOf(bench, "role/r", { ...ROLE, token_period: "1000h" })).toBe(
    `'period' of '"1000h0m0s"' is greater than the backend's maximum lease TTL of '"768h0m0s"'`,
  );
});

test("settings of the browser flow are checked though the flow is not emulated", async () => {
  const bench = await mounted();
  const client = { oidc_client_id: "a", oidc_client_secret: "b" };
  expect(await errorOf(bench, "config", { jwks_url: "http://127.0.0.1:1", ...client })).toBe(
    "'oidc_discovery_url' must be set for OIDC",
  );
});
