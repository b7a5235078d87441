import { describe, expect, it } from "vitest";
import { Bench } from "../vault-core/helper.js";

/** A Vault with a user `r` whose password is `p`, and how to log in as them. */
async function withUser(version?: string) {
  const bench = new Bench(version === undefined ? {} : { version });
  await bench.root("POST", "sys/auth/userpass", { type: "userpass" });
  await bench.root("POST", "auth/userpass/users/r", { password: "p" });
  const { json } = await bench.root("GET", "sys/auth/userpass");
  const accessor = String(json.data?.accessor);
  const login = async (password: string, name = "r") =>
    (await bench.ask("POST", `auth/userpass/login/${name}`, { body: { password } })).status;
  const fail = async (times: number) => {
    for (let i = 0; i < times; i += 1) await login("wrong");
  };
  return { bench, accessor, login, fail };
}

describe("a user with too many failed logins", () => {
  it("stands in the list of locked users, by mount", async () => {
    const { bench, accessor, fail } = await withUser();
    await fail(5);
    const { json } = await bench.root("GET", "sys/locked-users");
    const mount = { mount_accessor: accessor, counts: 1, alias_identifiers: ["r"] };
    expect(json.data).toEqual({
      by_namespace: [{ namespace_id: "root", namespace_path: "", counts: 1, mount_accessors: [mount] }],
      total: 1,
    });
  });

  it("can be unlocked", async () => {
    const { bench, accessor, login, fail } = await withUser();
    await fail(5);
    expect(await login("p")).toBe(403);
    expect((await bench.root("POST", `sys/locked-users/${accessor}/unlock/r`, {})).status).toBe(204);
    expect(await login("p")).toBe(200);
  });

  it("is told of for a mount that has none", async () => {
    const { bench } = await withUser();
    const { json } = await bench.root("GET", "sys/locked-users?mount_accessor=x");
    const mount = { mount_accessor: "x", counts: 0, alias_identifiers: null };
    expect(json.data).toEqual({
      by_namespace: [{ namespace_id: "root", namespace_path: "", counts: 0, mount_accessors: [mount] }],
      total: 0,
    });
  });

  it.each([
    ["1.21.4", 403],
    ["1.14.8", 200],
  ])("under another spelling of the name gets %s's answer, %i", async (version, status) => {
    const { login, fail } = await withUser(version);
    await fail(5);
    expect(await login("p", "R")).toBe(status);
  });
});

describe("the tuning of user lockout", () => {
  it("sets how many failures there may be, and for how long they count", async () => {
    const { bench, login, fail } = await withUser();
    const tune = (config: object) => bench.root("POST", "sys/auth/userpass/tune", { user_lockout_config: config });
    await tune({ lockout_threshold: "2", lockout_duration: "10m" });
    await fail(2);
    expect(await login("p")).toBe(403);
    await bench.clock.advance(600_000);
    expect(await login("p")).toBe(200);
  });

  it("switches it off", async () => {
    const { bench, login, fail } = await withUser();
    await bench.root("POST", "sys/auth/userpass/tune", { user_lockout_config: { lockout_disable: true } });
    await fail(9);
    expect(await login("p")).toBe(200);
  });

  it.each([
    [
      { lockout_threshold: "x" },
      500,
      '1 error occurred:\n\t* unable to parse user lockout threshold: strconv.ParseUint: parsing "x": invalid syntax\n\n',
    ],
    [{ lockout_disable: "x" }, 400, "unable to convert given user lockout config information"],
  ])("refuses %j", async (config, status, text) => {
    const { bench } = await withUser();
    const answer = await bench.root("POST", "sys/auth/userpass/tune", { user_lockout_config: config });
    expect([answer.status, answer.json.errors]).toEqual([status, [text]]);
  });
});

describe("a user's password", () => {
  it("is asked for in words that tell of its hash", async () => {
    const { bench } = await withUser("1.21.4");
    const { status, json } = await bench.root("POST", "auth/userpass/users/x", {});
    expect([status, json.errors]).toEqual([400, ['"password" or "password_hash" must be supplied']]);
  });

  it("may not be longer than bcrypt can take", async () => {
    const { bench } = await withUser("1.21.4");
    const { status, json } = await bench.root("POST", "auth/userpass/users/x", { password: "a".repeat(73) });
    expect([status, json.errors]).toEqual([
      500,
      ["1 error occurred:\n\t* bcrypt: password length exceeds 72 bytes\n\n"],
    ]);
  });

  it.each([
    ["1.21.4", 400, "invalid credentials"],
    ["1.14.8", 500, "missing password"],
  ])("is missed by Vault %s with %i", async (version, status, text) => {
    const { bench } = await withUser(version);
    const answer = await bench.ask("POST", "auth/userpass/login/r", { body: {} });
    expect([answer.status, answer.json.errors]).toEqual([status, [text]]);
  });
});

describe("a token whose user is gone", () => {
  it("is not renewed, without a word", async () => {
    const { bench } = await withUser();
    const { json } = await bench.ask("POST", "auth/userpass/login/r", { body: { password: "p" } });
    await bench.root("DELETE", "auth/userpass/users/r");
    const token = String(json.auth?.client_token);
    expect((await bench.ask("POST", "auth/token/renew-self", { token, body: {} })).status).toBe(204);
  });
});
