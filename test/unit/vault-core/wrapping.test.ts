import { describe, expect, it } from "vitest";
import { Bench } from "./helper.js";

const WRAP = { "x-vault-wrap-ttl": "60" };

describe("response wrapping", () => {
  it("is refused for a token that is no text", async () => {
    const { status, json } = await new Bench().root("POST", "sys/wrapping/unwrap", { token: 5 });
    expect([status, json.errors]).toEqual([
      403,
      ["error validating wrapping token: could not decode token in request body"],
    ]);
  });

  it("says of an empty list that its path is unsupported", async () => {
    const bench = new Bench();
    const { status, json } = await bench.ask("LIST", "secret/metadata/none", {
      token: bench.vault.rootToken,
      headers: WRAP,
    });
    expect([status, json.errors]).toEqual([404, ["unsupported path"]]);
  });

  it("takes no time at all for no wrapping", async () => {
    const bench = new Bench();
    const { status, json } = await bench.ask("POST", "sys/wrapping/wrap", {
      token: bench.vault.rootToken,
      headers: { "x-vault-wrap-ttl": "0s" },
      body: { a: 1 },
    });
    expect([status, json.errors]).toEqual([400, ["endpoint requires response wrapping to be used"]]);
  });

  it("names the accessor of an AppRole's secret id", async () => {
    const bench = new Bench();
    await bench.root("POST", "sys/auth/approle", { type: "approle" });
    await bench.root("POST", "auth/approle/role/r", {});
    const { json } = await bench.ask("POST", "auth/approle/role/r/secret-id", {
      token: bench.vault.rootToken,
      headers: WRAP,
    });
    expect(json.wrap_info?.wrapped_accessor).toMatch(/^[\da-f-]{36}$/);
  });
});
