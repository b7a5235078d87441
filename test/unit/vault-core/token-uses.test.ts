import { describe, expect, it } from "vitest";
import { Bench } from "./helper.js";

const POLICY = 'path "auth/token/*" { capabilities = ["create", "update", "read", "list", "delete"] }';

/** A token that may do all with tokens but has no sudo, and how often it may. */
async function limited(bench: Bench, uses: number): Promise<{ token: string; accessor: string }> {
  await bench.root("PUT", "sys/policies/acl/tokens", { policy: POLICY });
  const { json } = await bench.root("POST", "auth/token/create", { policies: ["tokens"], num_uses: uses });
  return { token: String(json.auth?.client_token), accessor: String(json.auth?.accessor) };
}

describe("a token at its last use", () => {
  it.each([
    ["renew-self", {}, 400, "token not found"],
    ["create", { policies: ["default"] }, 400, "parent token lookup failed: no parent found"],
  ])("is gone already for %s", async (path, body, status, text) => {
    const bench = new Bench();
    const { token } = await limited(bench, 1);
    const answer = await bench.ask("POST", `auth/token/${path}`, { token, body });
    expect([answer.status, answer.json.errors]).toEqual([status, [text]]);
  });

  it("is gone already for what names it by its accessor", async () => {
    const bench = new Bench();
    const renewed = await limited(bench, 1);
    const renewal = await bench.ask("POST", "auth/token/renew-accessor", {
      token: renewed.token,
      body: { accessor: renewed.accessor },
    });
    expect([renewal.status, renewal.json.errors]).toEqual([400, ["1 error occurred:\n\t* invalid request\n\n"]]);
    const revoked = await limited(bench, 1);
    const revocation = await bench.ask("POST", "auth/token/revoke-accessor", {
      token: revoked.token,
      body: { accessor: revoked.accessor },
    });
    expect([revocation.status, revocation.json.errors]).toEqual([400, ["token not found"]]);
  });

  it("has no capabilities to tell of", async () => {
    const bench = new Bench();
    const { token } = await limited(bench, 1);
    const { status, json } = await bench.ask("POST", "sys/capabilities-self", { token, body: { path: "a" } });
    expect([status, json.errors]).toEqual([400, ["1 error occurred:\n\t* invalid token\n\n"]]);
  });
});

describe("a token with limited uses", () => {
  it("tells on renewal how many it had at first", async () => {
    const bench = new Bench();
    const { token } = await limited(bench, 5);
    await bench.ask("GET", "auth/token/lookup-self", { token });
    const { json } = await bench.ask("POST", "auth/token/renew-self", { token, body: {} });
    expect(json.auth).toMatchObject({ num_uses: 5 });
  });

  it("says so in a batch token's reply, but nobody counts them", async () => {
    const bench = new Bench();
    await bench.root("POST", "auth/token/roles/r", { token_num_uses: 3 });
    const { json } = await bench.root("POST", "auth/token/create/r", { policies: ["default"], type: "batch" });
    expect(json.auth).toMatchObject({ token_type: "batch", num_uses: 3 });
    const { json: seen } = await bench.root("POST", "auth/token/lookup", { token: json.auth?.client_token });
    expect(seen.data).toMatchObject({ num_uses: 0 });
  });
});

describe("a token's creation", () => {
  it("does not know role_name but in its path", async () => {
    const { json } = await new Bench().root("POST", "auth/token/create", { policies: ["default"], role_name: ["x"] });
    expect(json.warnings).toEqual(["Endpoint ignored these unrecognized parameters: [role_name]"]);
  });

  it("tells no metadata where null was sent", async () => {
    const { json } = await new Bench().root("POST", "auth/token/create", { policies: ["default"], meta: null });
    expect(json.auth).toMatchObject({ metadata: null });
  });

  it("counts whole seconds of its life", async () => {
    const { json } = await new Bench().root("POST", "auth/token/create", { policies: ["default"], ttl: "10ms" });
    expect(json.auth).toMatchObject({ lease_duration: 0 });
  });

  it("reads a number as Go does, by the base that its text begins with", async () => {
    const bench = new Bench();
    const uses = async (num_uses: unknown) =>
      (await bench.root("POST", "auth/token/create", { policies: ["default"], num_uses })).json;
    expect((await uses("0x10")).auth).toMatchObject({ num_uses: 16 });
    expect((await uses("010")).auth).toMatchObject({ num_uses: 8 });
    expect((await uses(1.5)).errors).toEqual([
      `Field validation failed: error converting input for field "num_uses": cannot parse '' as int: strconv.ParseInt: parsing "1.5": invalid syntax`,
    ]);
  });
});

describe("revoke-orphan without sudo", () => {
  it.each([
    ["1.21.4", 403, "1 error occurred:\n\t* permission denied\n\n"],
    ["1.14.8", 400, "root or sudo privileges required to revoke and orphan"],
  ])("is refused by Vault %s with %i", async (version, status, text) => {
    const bench = new Bench({ version });
    const { token } = await limited(bench, 0);
    const answer = await bench.ask("POST", "auth/token/revoke-orphan", { token, body: { token } });
    expect([answer.status, answer.json.errors]).toEqual([status, [text]]);
  });
});
