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

  it("wraps a reply that is not found, and hands it out as such", async () => {
    const bench = new Bench({ version: "1.14.8" });
    await bench.vault.write("secret/data/a", { data: { k: "v" } });
    await bench.root("DELETE", "secret/data/a");
    const { json } = await bench.ask("GET", "secret/data/a", { token: bench.vault.rootToken, headers: WRAP });
    const unwrapped = await bench.ask("POST", "sys/wrapping/unwrap", { token: String(json.wrap_info?.token) });
    expect([unwrapped.status, unwrapped.json.data?.data]).toEqual([404, null]);
  });

  it("hands the token out as a JWT where that is asked for, which stands for the token", async () => {
    const bench = new Bench();
    const { json } = await bench.ask("POST", "sys/wrapping/wrap", {
      token: bench.vault.rootToken,
      headers: { ...WRAP, "x-vault-wrap-format": "jwt" },
      body: { a: "b" },
    });
    const jwt = String(json.wrap_info?.token);
    const claims = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
    expect(claims).toMatchObject({ type: "wrapping", accessor: "", jti: expect.stringMatching(/^hvs\./) as string });
    expect((await bench.ask("POST", "sys/wrapping/unwrap", { token: jwt })).json.data).toEqual({ a: "b" });
    const forged = await bench.root("POST", "sys/wrapping/unwrap", { token: "eyJ!.e.x" });
    expect(forged.json.errors).toEqual([
      "error validating wrapping token: wrapping token could not be parsed: illegal base64 data at input byte 0",
    ]);
  });

  it("keeps the reply in the token's own cubbyhole, where it can still be read", async () => {
    const bench = new Bench({ version: "1.14.8" });
    const { json } = await bench.ask("POST", "sys/wrapping/wrap", {
      token: bench.vault.rootToken,
      headers: WRAP,
      body: { a: "b" },
    });
    const token = String(json.wrap_info?.token);
    const read = await bench.ask("GET", "cubbyhole/response", { token });
    expect(JSON.parse(String(read.json.data?.response))).toMatchObject({ data: { a: "b" } });
    expect(read.json.warnings?.[0]).toMatch(/^Reading from 'cubbyhole\/response' is deprecated/);
  });
});
