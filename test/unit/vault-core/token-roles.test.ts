import { describe, expect, it } from "vitest";
import { Bench } from "./helper.js";

describe("a token role", () => {
  it("keeps policies and aliases sorted, in lower case and each once", async () => {
    const bench = new Bench();
    await bench.root("POST", "auth/token/roles/r", {
      allowed_policies: "b, A,b",
      disallowed_policies: ["Z", "y", "z"],
      allowed_entity_aliases: "Web-*,app,app",
    });
    const { json } = await bench.root("GET", "auth/token/roles/r");
    expect(json.data).toMatchObject({
      allowed_policies: ["a", "b"],
      disallowed_policies: ["y", "z"],
      allowed_entity_aliases: ["app", "web-*"],
    });
  });

  it.each([
    [{ token_type: "default" }, `invalid 'token_type' value "default"`],
    [{ token_type: "" }, `invalid 'token_type' value ""`],
    [{ token_type: null }, "Invalid 'token_type' value: null"],
    [{ path_suffix: "a..b" }, "error registering path suffix: path cannot contain parent references"],
    [{ token_num_uses: -1 }, "error parsing role fields: 'token_num_uses' cannot be negative"],
    [
      { token_bound_cidrs: "here" },
      'error parsing role fields: error parsing address "here": Unable to convert "here" to an IPv4 or IPv6 address, or a UNIX Socket',
    ],
    [
      { bound_cidrs: "here" },
      'error parsing bound_cidrs: error parsing address "here": Unable to convert "here" to an IPv4 or IPv6 address, or a UNIX Socket',
    ],
  ])("is refused with %j", async (body, text) => {
    const { status, json } = await new Bench().root("POST", "auth/token/roles/r", body);
    expect([status, json.errors]).toEqual([400, [text]]);
  });

  it("shows an address without a full mask", async () => {
    const bench = new Bench();
    await bench.root("POST", "auth/token/roles/r", { token_bound_cidrs: "127.0.0.1/32,10.0.0.0/8" });
    const { json } = await bench.root("GET", "auth/token/roles/r");
    expect(json.data?.token_bound_cidrs).toEqual(["127.0.0.1", "10.0.0.0/8"]);
  });

  it("bounds its tokens' life without being shown in their lookup", async () => {
    const bench = new Bench();
    await bench.root("POST", "auth/token/roles/r", { token_period: "1h", token_explicit_max_ttl: "2h" });
    const { json } = await bench.root("POST", "auth/token/create/r", { policies: ["default"], explicit_max_ttl: "3h" });
    expect(json.warnings).toEqual([
      "Explicit max TTL specified both during creation call and in role; using the lesser value of 7200 seconds",
    ]);
    const token = String(json.auth?.client_token);
    const { json: self } = await bench.ask("GET", "auth/token/lookup-self", { token });
    expect(self.data).toMatchObject({ creation_ttl: 3600, explicit_max_ttl: 10_800 });
    expect(self.data).not.toHaveProperty("period");
  });

  it("allows policies by patterns with stars anywhere", async () => {
    const bench = new Bench();
    await bench.root("POST", "auth/token/roles/r", { allowed_policies_glob: "team-*-read" });
    const create = (policies: string[]) =>
      bench.root("POST", "auth/token/create/r", { policies, no_default_policy: true });
    expect((await create(["team-a-read"])).status).toBe(200);
    expect((await create(["team-a-write"])).status).toBe(400);
  });
});

describe("the token store", () => {
  it("replaces all but letters, digits and dashes in a display name", async () => {
    const bench = new Bench();
    const token = await bench.token({ display_name: "my_app name!" });
    const { json } = await bench.ask("GET", "auth/token/lookup-self", { token });
    expect(json.data?.display_name).toBe("token-my-app-name");
  });

  it("refuses a negative increment as a field error", async () => {
    const bench = new Bench();
    const token = await bench.token({ policies: ["default"], ttl: "10m" });
    const { status, json } = await bench.ask("POST", "auth/token/renew-self", { token, body: { increment: -5 } });
    expect([status, json.errors]).toEqual([
      400,
      ["Field validation failed: error converting input for field \"increment\": cannot provide negative value '-5'"],
    ]);
  });

  it("starts a tidying with 202", async () => {
    const { status, json } = await new Bench().root("POST", "auth/token/tidy");
    expect([status, json.warnings]).toEqual([
      202,
      [
        "Tidy operation successfully started. Any information from the operation will be printed to Vault's server logs.",
      ],
    ]);
  });
});
