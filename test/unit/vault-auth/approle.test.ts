import { expect, test } from "vitest";
import { type Answer, Bench } from "../vault-core/helper.js";

const ROLE = "auth/approle/role/app";

async function withRole(settings: Readonly<Record<string, unknown>> = {}, version?: string): Promise<Bench> {
  const bench = new Bench(version === undefined ? {} : { version });
  await bench.root("POST", "sys/auth/approle", { type: "approle" });
  await bench.root("POST", ROLE, { token_policies: "p", role_id: "the-role", ...settings });
  return bench;
}

async function secretId(bench: Bench, body: unknown = {}): Promise<string> {
  const { json } = await bench.root("POST", `${ROLE}/secret-id`, body);
  return String(json.data?.secret_id);
}

function login(bench: Bench, secret: string, from?: string): Promise<Answer> {
  const body = { role_id: "the-role", secret_id: secret };
  return bench.ask("POST", "auth/approle/login", { body, ...(from !== undefined && { from }) });
}

test("an expired secret ID is refused in the same words as a wrong one, and the journal says which it is", async () => {
  const bench = await withRole({ secret_id_ttl: "1m" });
  const secret = await secretId(bench);
  expect((await login(bench, secret)).status).toBe(200);
  await bench.clock.advance(60_000);
  const refused = await login(bench, secret);
  expect([refused.status, refused.json.errors]).toEqual([400, ["invalid role or secret ID"]]);
  const [checks] = bench.journal.events({ refusedBy: "secret-id" });
  expect(JSON.stringify(checks)).toContain("expired, used up or destroyed");
});

test("five wrong secret IDs lock the role id for a quarter of an hour, even for the right one", async () => {
  const bench = await withRole();
  const secret = await secretId(bench);
  for (let i = 0; i < 5; i++) expect((await login(bench, "wrong")).status).toBe(400);
  const locked = await login(bench, secret);
  expect([locked.status, locked.json.errors]).toEqual([403, ["permission denied"]]);
  await bench.clock.advance(15 * 60_000);
  expect((await login(bench, secret)).status).toBe(200);
});

test("before 1.13 nobody is locked out, and a missing role id is a plain 400", async () => {
  const bench = await withRole({}, "1.12.2");
  const secret = await secretId(bench);
  for (let i = 0; i < 6; i++) await login(bench, "wrong");
  expect((await login(bench, secret)).status).toBe(200);
  const missing = await bench.ask("POST", "auth/approle/login", { body: {} });
  expect([missing.status, missing.json.errors]).toEqual([400, ["missing role_id"]]);
});

test("a login from outside a secret ID's or a role's CIDR blocks is refused with the address", async () => {
  const bench = await withRole({ secret_id_bound_cidrs: "10.0.0.0/8" });
  const secret = await secretId(bench, { cidr_list: "10.1.0.0/16" });
  const outsideSecret = await login(bench, secret, "10.2.0.1");
  expect(outsideSecret.json.errors).toEqual([
    'source address "10.2.0.1" unauthorized through CIDR restrictions on the secret ID',
  ]);
  expect((await login(bench, secret, "10.1.0.1")).status).toBe(200);
  const wide = await bench.root("POST", `${ROLE}/secret-id`, { cidr_list: "192.168.0.0/16" });
  expect(wide.status).toBe(500);
});

test("metadata of the secret ID is the token's, beside the role's name", async () => {
  const bench = await withRole();
  const { json } = await login(bench, await secretId(bench, { metadata: '{"team":"a"}' }));
  expect(json.auth?.metadata).toEqual({ team: "a", role_name: "app" });
});

test("each setting has a path of its own that reads, writes and resets it", async () => {
  const bench = await withRole();
  const path = `${ROLE}/secret-id-num-uses`;
  expect((await bench.root("POST", path, { secret_id_num_uses: 3 })).status).toBe(204);
  expect((await bench.root("GET", path)).json.data).toEqual({ secret_id_num_uses: 3 });
  expect((await bench.root("GET", ROLE)).json.data).toMatchObject({ secret_id_num_uses: 3 });
  await bench.root("DELETE", path);
  expect((await bench.root("GET", path)).json.data).toEqual({ secret_id_num_uses: 0 });
  expect((await bench.root("POST", `${ROLE}/policies`, { policies: "q" })).status).toBe(204);
  expect((await bench.root("GET", `${ROLE}/policies`)).json.data).toEqual({ token_policies: ["q"], policies: ["q"] });
  expect((await bench.root("POST", `${ROLE}/period`, {})).json.errors).toEqual(["missing period"]);
});

test("a secret ID can have fewer uses and a shorter life than the role says, never more", async () => {
  const bench = await withRole({ secret_id_num_uses: 2, secret_id_ttl: 60 });
  const ask = async (body: unknown): Promise<unknown> => {
    return (await bench.root("POST", `${ROLE}/secret-id`, body)).json.errors?.[0];
  };
  expect(await ask({ num_uses: 0 })).toBe("num_uses cannot be higher than the role's secret_id_num_uses");
  expect(await ask({ ttl: 61 })).toBe("ttl cannot be longer than the role's secret_id_ttl");
  expect(await ask({ num_uses: 1, ttl: 30 })).toBeUndefined();
});

test("a role id belongs to one role", async () => {
  const bench = await withRole();
  const { status, json } = await bench.root("POST", "auth/approle/role/other", { role_id: "the-role" });
  expect([status, json.errors]).toEqual([500, ["1 error occurred:\n\t* role_id already in use\n\n"]]);
});

test("the paths of token settings take the names that the settings have on the role", async () => {
  const bench = await withRole();
  const settings: readonly (readonly [path: string, name: string, sent: unknown, kept: unknown])[] = [
    ["policies", "token_policies", "B,a", ["a", "b"]],
    ["token-ttl", "token_ttl", "5m", 300],
    ["token-max-ttl", "token_max_ttl", "10m", 600],
    ["token-num-uses", "token_num_uses", 3, 3],
    ["period", "token_period", "1m", 60],
    ["token-bound-cidrs", "token_bound_cidrs", "127.0.0.1/32", ["127.0.0.1"]],
  ];
  expect((await bench.root("GET", `${ROLE}/token-bound-cidrs`)).json.data).toEqual({ token_bound_cidrs: null });
  for (const [path, name, sent, kept] of settings) {
    expect((await bench.root("POST", `${ROLE}/${path}`, { [name]: sent })).status).toBe(204);
    expect((await bench.root("GET", `${ROLE}/${path}`)).json.data).toEqual({ [name]: kept });
  }
});

test("metadata that is neither an object of strings nor pairs is refused", async () => {
  const bench = await withRole();
  const ask = async (metadata: string): Promise<unknown> =>
    (await bench.root("POST", `${ROLE}/secret-id`, { metadata })).json.errors?.[0];
  const prefix = "failed to parse metadata:";
  expect(await ask("x")).toBe(`${prefix} failed to parse the input: invalid <key,value> format`);
  expect(await ask('{"a":1}')).toBe(`${prefix} failed to parse the input: invalid <key,value> format`);
  expect(await ask('{"a":""}')).toBe(`${prefix} invalid value for key "a"`);
  expect(await ask("a=b,c=d")).toBeUndefined();
});

test("listing the secret IDs of an unknown role is a bad request", async () => {
  const bench = await withRole();
  const { status, json } = await bench.root("LIST", "auth/approle/role/none/secret-id");
  expect([status, json.errors]).toEqual([400, ['role "none" does not exist']]);
});
