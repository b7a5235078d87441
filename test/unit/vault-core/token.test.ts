import { describe, expect, it } from "vitest";
import { Bench, DENIED } from "./helper.js";

describe("a token", () => {
  it("is a signed service token of 95 characters, with an accessor of 24", async () => {
    const bench = new Bench();
    const { json } = await bench.root("POST", "auth/token/create", { policies: ["default"] });
    expect(json.auth?.client_token).toMatch(/^hvs\.CAESI[\w-]{86}$/);
    expect(json.auth?.accessor).toMatch(/^[A-Za-z\d]{24}$/);
  });

  it("has the old form in releases before 1.10", async () => {
    const bench = new Bench({ version: "1.9.0" });
    expect(await bench.token({ policies: ["default"] })).toMatch(/^s\.[A-Za-z\d]{24}$/);
  });

  it("ends with its time, and its children end with it", async () => {
    const bench = new Bench();
    const parent = await bench.token({ policies: ["root"], ttl: "1m" });
    const { json } = await bench.ask("POST", "auth/token/create", {
      token: parent,
      body: { policies: ["default"], ttl: "1h" },
    });
    const child = String(json.auth?.client_token);
    expect((await bench.ask("GET", "auth/token/lookup-self", { token: child })).status).toBe(200);
    await bench.clock.advance(61_000);
    expect((await bench.ask("GET", "auth/token/lookup-self", { token: child })).status).toBe(403);
  });

  it("lets its children live on as orphans after revoke-orphan", async () => {
    const bench = new Bench();
    const parent = await bench.token({ policies: ["root"], ttl: "1h" });
    const { json } = await bench.ask("POST", "auth/token/create", { token: parent, body: { policies: ["default"] } });
    const child = String(json.auth?.client_token);
    expect((await bench.root("POST", "auth/token/revoke-orphan", { token: parent })).status).toBe(204);
    const { json: self } = await bench.ask("GET", "auth/token/lookup-self", { token: child });
    expect(self.data?.orphan).toBe(true);
  });

  it("is capped on renewal by its explicit maximum, counted from its issue", async () => {
    const bench = new Bench();
    const token = await bench.token({ policies: ["default"], ttl: "10m", explicit_max_ttl: "20m" });
    await bench.clock.advance(9 * 60_000);
    const { json } = await bench.ask("POST", "auth/token/renew-self", { token, body: { increment: "1h" } });
    expect(json.auth?.lease_duration).toBe(660);
    expect(json.warnings).toEqual([
      'TTL of "1h" exceeded the effective max_ttl of "11m"; TTL value is capped accordingly',
    ]);
  });

  it("is refused from outside its bound CIDRs, and the journal says from where", async () => {
    const bench = new Bench();
    await bench.vault.write("auth/token/roles/r", { token_bound_cidrs: ["10.0.0.0/8"], orphan: true });
    const { json } = await bench.root("POST", "auth/token/create/r", { policies: ["default"] });
    const token = String(json.auth?.client_token);
    expect((await bench.ask("GET", "auth/token/lookup-self", { token, from: "10.1.2.3" })).status).toBe(200);
    expect((await bench.ask("GET", "auth/token/lookup-self", { token, from: "192.0.2.1" })).json.errors).toEqual([
      "permission denied",
    ]);
    expect(bench.refusals("token-bound-cidrs")).toHaveLength(1);
  });
});

describe("a bad token", () => {
  it("is called invalid since 1.17", async () => {
    const words = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n";
    expect((await new Bench({ version: "1.17.0" }).ask("GET", "secret/data/a", { token: "x" })).json.errors).toEqual([
      words,
    ]);
    expect((await new Bench({ version: "1.16.0" }).ask("GET", "secret/data/a", { token: "x" })).json.errors).toEqual([
      "permission denied",
    ]);
  });

  it("counts a refused request as a use", async () => {
    const bench = new Bench();
    const token = await bench.token({ policies: ["default"], num_uses: 1 });
    expect((await bench.ask("GET", "secret/data/a", { token })).json.errors).toEqual([DENIED]);
    expect((await bench.ask("GET", "auth/token/lookup-self", { token })).status).toBe(403);
  });
});
