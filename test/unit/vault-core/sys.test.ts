import { describe, expect, it } from "vitest";
import { Bench } from "./helper.js";

describe("sys, as operators' tools ask it", () => {
  it("counts the terms of the encryption key", async () => {
    const bench = new Bench();
    await bench.root("PUT", "sys/rotate");
    expect((await bench.root("GET", "sys/key-status")).json.data).toMatchObject({ term: 2 });
  });

  it("keeps the levels of its loggers", async () => {
    const bench = new Bench();
    expect((await bench.root("POST", "sys/loggers/core", {})).json.errors).toEqual(["level is required"]);
    expect((await bench.root("POST", "sys/loggers/core", { level: "x" })).json.errors).toEqual([
      "invalid level provided: unknown log level: x",
    ]);
    expect((await bench.root("POST", "sys/loggers/core", { level: "TRACE" })).status).toBe(204);
    expect((await bench.root("GET", "sys/loggers/core")).json.data).toEqual({ core: "trace" });
    expect((await bench.root("POST", "sys/loggers/none", { level: "info" })).json.errors).toEqual([
      'logger "none" not found',
    ]);
  });

  it("registers no plugins, and reloads those that it has", async () => {
    const bench = new Bench({ version: "1.14.8" });
    const register = (body: unknown) => bench.root("POST", "sys/plugins/catalog/auth/mine", body);
    expect((await register({})).json.errors).toEqual(["missing SHA-256 value"]);
    expect((await register({ sha256: "00", command: "mine" })).json.errors).toEqual([
      "1 error occurred:\n\t* could not set plugin, plugin directory is not configured\n\n",
    ]);
    expect((await bench.root("POST", "sys/plugins/reload/backend", {})).json.errors).toEqual([
      "plugin or mounts must be provided",
    ]);
    expect((await bench.root("POST", "sys/plugins/reload/backend", { mounts: ["none"] })).json.errors).toEqual([
      '1 error occurred:\n\t* cannot fetch mount entry on "none/"\n\n',
    ]);
    expect((await bench.root("POST", "sys/plugins/reload/backend", { plugin: "kv" })).status).toBe(200);
  });

  it("decodes the token of a root generation for anybody", async () => {
    const bench = new Bench();
    const decode = (body: unknown) => bench.ask("POST", "sys/decode-token", { body });
    expect((await decode({ encoded_token: "YWJj", otp: "xyz" })).json.data).toEqual({ token: "\u0019\u001b\u0019" });
    expect((await decode({})).json.errors).toEqual(["error xoring token: decoded first base64 value is nil or empty"]);
  });

  it("tells null options from none, as Go does", async () => {
    const bench = new Bench();
    await bench.root("POST", "sys/auth/a", { type: "userpass", options: null });
    await bench.root("POST", "sys/auth/b", { type: "userpass" });
    expect((await bench.root("GET", "sys/auth/a")).json.data?.options).toBeNull();
    expect((await bench.root("GET", "sys/auth/b")).json.data?.options).toEqual({});
  });

  it("shows the UI the lease times that hold, since 1.17", async () => {
    const ttl = async (version: string) => {
      const { json } = await new Bench({ version }).root("GET", "sys/internal/ui/mounts/secret");
      return (json.data?.config as Record<string, unknown>).default_lease_ttl;
    };
    expect([await ttl("1.16.3"), await ttl("1.17.6")]).toEqual([0, 2_764_800]);
  });

  it("cancels a rekey only for who knows its nonce, since 1.20", async () => {
    const bench = new Bench({ version: "1.21.4" });
    const { text } = await bench.ask("PUT", "sys/rekey/init", { body: { secret_shares: 1, secret_threshold: 1 } });
    const cancel = (rawBody: string) => bench.ask("DELETE", "sys/rekey/init", { rawBody });
    expect((await cancel("")).json.errors).toEqual(["EOF"]);
    expect((await cancel('{"nonce":"other"}')).json.errors).toEqual(["invalid request"]);
    const { nonce } = JSON.parse(text) as { readonly nonce: string };
    expect((await cancel(JSON.stringify({ nonce }))).status).toBe(204);
    const before = new Bench({ version: "1.19.5" });
    expect((await before.ask("DELETE", "sys/rekey/init")).status).toBe(204);
  });
});

describe("a policy's parameters", () => {
  const policy = 'path "cubbyhole/*" { capabilities = ["create", "update"] allowed_parameters = { a = ["1", "x*"] } }';
  it.each([
    ["1.20.4", 403],
    ["1.21.4", 204],
  ])("admit a list by its elements since 1.21: %s answers %i", async (version, status) => {
    const bench = new Bench({ version });
    await bench.root("PUT", "sys/policies/acl/p", { policy });
    const token = await bench.token({ policies: ["p"], no_default_policy: true });
    expect((await bench.ask("POST", "cubbyhole/a", { token, body: { a: ["1", "xyz"] } })).status).toBe(status);
    expect((await bench.ask("POST", "cubbyhole/a", { token, body: { a: ["1", "2"] } })).status).toBe(403);
  });
});

describe("a mount", () => {
  it.each([
    ["sys/mounts/m", { type: "kv", options: { version: "3" } }, 'nil backend of type "kv" returned from factory'],
    [
      "sys/mounts/m",
      { type: "transit", config: { plugin_version: "v1.0.0" } },
      "plugin not found in the catalog: transit, version=v1.0.0",
    ],
    [
      "sys/auth/m",
      { type: "userpass", config: { plugin_version: "x" } },
      'version "x" is not a valid semantic version: Malformed version: x',
    ],
  ])("is not made of what is not there: POST %s %j", async (path, body, words) => {
    const { status, json } = await new Bench().root("POST", path, body);
    expect([status, json.errors]).toEqual([400, [words]]);
  });
});

describe("verifying a rekey", () => {
  it("has nothing to verify where no verification was asked for", async () => {
    const bench = new Bench({ version: "1.14.8" });
    expect((await bench.ask("GET", "sys/rekey/verify")).json.errors).toEqual(["no rekey configuration found"]);
    await bench.ask("PUT", "sys/rekey/init", { body: { secret_shares: 1, secret_threshold: 1 } });
    const status = await bench.ask("GET", "sys/rekey/verify");
    expect(JSON.parse(status.text)).toEqual({ nonce: "", started: false, t: 1, n: 1, progress: 0 });
    const key = "00".repeat(32);
    expect((await bench.ask("PUT", "sys/rekey/verify", { body: { key } })).json.errors).toEqual([
      "no rekey verification in progress",
    ]);
  });
});

describe("a cubbyhole", () => {
  it("is for service tokens only", async () => {
    const bench = new Bench();
    const token = await bench.token({ type: "batch", policies: ["default"], ttl: "1h" });
    const { status, json } = await bench.ask("GET", "cubbyhole/a", { token });
    expect([status, json.errors]).toEqual([400, ['cubbyhole operations are only supported by "service" type tokens']]);
  });
});

describe("a page's preflight", () => {
  it("hears nothing of origins where its method is none", async () => {
    const bench = new Bench();
    await bench.root("POST", "sys/config/cors", { allowed_origins: "http://a" });
    const ask = async (method: string) => {
      const headers = { origin: "http://a", "access-control-request-method": method };
      const answer = await bench.ask("OPTIONS", "sys/health", { headers });
      return [answer.status, answer.headers["Access-Control-Allow-Origin"]];
    };
    expect([await ask("GET"), await ask("FOO")]).toEqual([
      [200, "http://a"],
      [405, undefined],
    ]);
  });
});
