import { describe, expect, it } from "vitest";
import { Bench } from "./helper.js";

describe("a mount", () => {
  it.each([
    [
      "sys/mounts/x",
      { type: "kv", config: { default_lease_ttl: true } },
      "unable to convert given mount config information",
    ],
    [
      "sys/mounts/x",
      { type: "kv", config: { force_no_cache: "true" } },
      "unable to convert given mount config information",
    ],
    [
      "sys/auth/x",
      { type: "userpass", config: { max_lease_ttl: [] } },
      "unable to convert given auth config information",
    ],
    [
      "sys/auth/x",
      { type: "userpass", options: { version: "2" } },
      'auth method "userpass" does not allow setting a version',
    ],
    ["sys/auth/x", { type: "token" }, "token credential backend cannot be instantiated"],
    ["sys/mounts/secret/tune", { token_type: "batch" }, "'token_type' can only be modified on auth mounts"],
    [
      "sys/auth/token/tune",
      { token_type: "batch" },
      "'token_type' cannot be set for 'token' or 'ns_token' auth mounts",
    ],
    ["sys/mounts/secret/tune", { options: { version: "1" } }, "cannot downgrade mount from version 2"],
    ["sys/mounts/secret/tune", { options: { version: "3" } }, "invalid version provided: 3"],
    [
      "sys/mounts/secret/tune",
      { user_lockout_config: { lockout_threshold: "3" } },
      'tuning of user lockout configuration for auth type "kv" not allowed',
    ],
    ["sys/mounts/nosuch/tune", { description: "x" }, 'tune of path "nosuch/" failed: no mount entry found'],
  ])("at %s is refused with %j", async (path, body, text) => {
    const { status, json } = await new Bench().root("POST", path, body);
    expect([status, json.errors]).toEqual([400, [text]]);
  });

  it("that does not exist is unmounted without a word", async () => {
    expect((await new Bench().root("DELETE", "sys/mounts/auth")).status).toBe(204);
  });

  it("is tuned by any path below it, auth mounts under sys/mounts, too", async () => {
    const bench = new Bench();
    expect((await bench.root("GET", "sys/mounts/secret/below/tune")).json.data).toMatchObject({
      options: { version: "2" },
    });
    expect((await bench.root("GET", "sys/mounts/auth/token")).json.data).toMatchObject({ type: "token" });
  });

  it("keeps its secrets as first versions when key/value version 1 is upgraded to 2", async () => {
    const bench = new Bench();
    await bench.root("POST", "sys/mounts/kv", { type: "kv", options: { version: "1" } });
    await bench.root("POST", "kv/a", { k: "v" });
    const { status, json } = await bench.root("POST", "sys/mounts/kv/tune", { options: { version: "2" } });
    expect([status, json.warnings]).toEqual([
      200,
      [
        "Upgrading mount from version 1 to version 2. This mount will be unavailable for a brief period and will resume service shortly.",
      ],
    ]);
    expect((await bench.root("GET", "kv/data/a")).json.data).toMatchObject({
      data: { k: "v" },
      metadata: { version: 1 },
    });
  });

  it("shows how it locks users out in its tune and its config", async () => {
    const bench = new Bench();
    await bench.root("POST", "sys/auth/userpass", { type: "userpass" });
    await bench.root("POST", "sys/auth/userpass/tune", {
      user_lockout_config: { lockout_threshold: "3", lockout_duration: "5m" },
    });
    const lockout = {
      user_lockout_threshold: 3,
      user_lockout_duration: 300,
      user_lockout_counter_reset_duration: 0,
      user_lockout_disable: false,
    };
    expect((await bench.root("GET", "sys/auth/userpass/tune")).json.data).toMatchObject(lockout);
    const { json } = await bench.root("GET", "sys/auth/userpass");
    expect(json.data?.config).toMatchObject({ user_lockout_config: lockout });
  });
});

describe("sys/capabilities", () => {
  it("says that there is no token before it asks for paths", async () => {
    const { status, json } = await new Bench().root("POST", "sys/capabilities", {});
    expect([status, json.errors]).toEqual([500, ["1 error occurred:\n\t* no token found\n\n"]]);
  });

  it("takes the old path where paths is empty", async () => {
    const bench = new Bench();
    const { json } = await bench.root("POST", "sys/capabilities-self", { paths: [], path: "secret/a" });
    expect(json.data).toEqual({ "secret/a": ["root"], capabilities: ["root"] });
  });
});

describe("the upkeep of a server", () => {
  it("rotates its key at least daily and within bounds", async () => {
    const bench = new Bench();
    expect((await bench.root("GET", "sys/rotate/config")).json.data).toEqual({
      max_operations: 3_865_470_566,
      enabled: true,
      interval: 0,
    });
    const { json } = await bench.root("POST", "sys/rotate/config", { interval: "1h" });
    expect(json.errors).toEqual(["interval must be greater or equal to 24h0m0s"]);
    expect((await bench.root("POST", "sys/rotate")).status).toBe(204);
  });

  it("counts only leases that cannot be revoked", async () => {
    const bench = new Bench();
    expect((await bench.root("GET", "sys/leases/count")).status).toBe(404);
    expect((await bench.root("GET", "sys/leases/count?type=irrevocable")).json.data).toEqual({
      lease_count: 0,
      counts: {},
    });
  });

  it("accepts a revocation that nobody waits for with 202", async () => {
    const { status, text } = await new Bench().root("POST", "sys/leases/revoke-prefix/secret", { sync: false });
    expect([status, text]).toEqual([202, ""]);
  });
});

describe("policy parameters", () => {
  it("take a lone star for itself, and compare lists as a whole", async () => {
    const bench = new Bench();
    await bench.root("POST", "sys/mounts/kv", { type: "kv", options: { version: "1" } });
    const policy = `path "kv/*" { capabilities = ["create", "update"]
      allowed_parameters = { "a" = ["*"], "b" = [["x", "y"]] } }`;
    await bench.root("PUT", "sys/policies/acl/p", { policy });
    const token = await bench.token({ policies: ["p"] });
    const write = async (body: unknown) => (await bench.ask("POST", "kv/s", { token, body })).status;
    expect(await write({ a: "any" })).toBe(403);
    expect(await write({ a: "*" })).toBe(204);
    expect(await write({ b: ["x", "y"] })).toBe(204);
    expect(await write({ b: ["y", "x"] })).toBe(403);
  });
});

describe("key/value version 2", () => {
  it("keeps null as the data of a version", async () => {
    const bench = new Bench();
    await bench.root("POST", "secret/data/a", { data: null });
    expect((await bench.root("GET", "secret/data/a")).json.data?.data).toBeNull();
  });

  it("drops all custom metadata where they are patched with null", async () => {
    const bench = new Bench();
    await bench.root("POST", "secret/metadata/a", { custom_metadata: { k: "v" } });
    await bench.ask("PATCH", "secret/metadata/a", {
      token: bench.vault.rootToken,
      headers: { "content-type": "application/merge-patch+json" },
      body: { custom_metadata: null },
    });
    expect((await bench.root("GET", "secret/metadata/a")).json.data?.custom_metadata).toBeNull();
  });
});

describe("sys/tools/random", () => {
  it.each([
    ["foo", 400, 'error parsing url-set byte count: strconv.Atoi: parsing "foo": invalid syntax'],
    ["foo/16", 400, 'unsupported entropy source "foo"; must be "platform" or "seal", or "all"'],
    ["seal/16", 200, "no seal/entropy augmentation available, using platform entropy source"],
  ])("reads its source and its count from /%s", async (path, status, text) => {
    const reply = await new Bench().root("POST", `sys/tools/random/${path}`);
    expect([reply.status, reply.json.errors ?? reply.json.warnings]).toEqual([status, [text]]);
  });
});

describe("a cubbyhole", () => {
  it("fails without data", async () => {
    const { status, json } = await new Bench().root("POST", "cubbyhole/a", {});
    expect([status, json.errors]).toEqual([500, ["1 error occurred:\n\t* missing data fields\n\n"]]);
  });
});
