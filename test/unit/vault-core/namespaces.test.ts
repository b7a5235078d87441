import { expect, test } from "vitest";
import { Bench, DENIED } from "./helper.js";

const TEAM = { "x-vault-namespace": "team-a" };

/** An Enterprise Vault with the namespace team-a, which has a KV version 2 and a user of its own. */
async function enterprise(): Promise<Bench> {
  const bench = new Bench({ version: "1.18.3+ent" });
  await bench.root("POST", "sys/namespaces/team-a", {});
  await bench.root("POST", "team-a/sys/mounts/secret", { type: "kv-v2" });
  await bench.root("POST", "team-a/secret/data/x", { data: { in: "team-a" } });
  return bench;
}

function within(bench: Bench, method: string, path: string, token: string, body?: unknown) {
  return bench.ask(method, path, { token, headers: TEAM, ...(body !== undefined && { body }) });
}

test("header and path name a namespace alike, and what is in it is its own", async () => {
  const bench = await enterprise();
  const { rootToken } = bench.vault;
  expect((await within(bench, "GET", "secret/data/x", rootToken)).json.data?.data).toEqual({ in: "team-a" });
  expect((await bench.root("GET", "team-a/secret/data/x")).json.data?.data).toEqual({ in: "team-a" });
  expect((await bench.root("GET", "secret/data/x")).status).toBe(404);
  const reply = await within(bench, "GET", "secret/data/x", rootToken);
  expect(reply.headers["X-Vault-Namespace"]).toBe("team-a");
});

test("a token of a namespace is nobody's outside of it", async () => {
  const bench = await enterprise();
  const { rootToken } = bench.vault;
  const policy = 'path "secret/*" { capabilities = ["read"] }';
  await within(bench, "PUT", "sys/policies/acl/reader", rootToken, { policy });
  const made = await within(bench, "POST", "auth/token/create", rootToken, { policies: ["reader"] });
  const token = String(made.json.auth?.client_token);
  expect((await within(bench, "GET", "secret/data/x", token)).status).toBe(200);
  expect((await bench.ask("GET", "secret/data/x", { token })).status).toBe(403);
});

test("a token of the parent needs policies that name the namespace", async () => {
  const bench = await enterprise();
  await bench.root("PUT", "sys/policies/acl/near", { policy: 'path "secret/*" { capabilities = ["read"] }' });
  await bench.root("PUT", "sys/policies/acl/far", { policy: 'path "team-a/secret/*" { capabilities = ["read"] }' });
  const near = await within(bench, "GET", "secret/data/x", await bench.token({ policies: ["near"] }));
  expect([near.status, near.json.errors]).toEqual([403, [DENIED]]);
  const far = await within(bench, "GET", "secret/data/x", await bench.token({ policies: ["far"] }));
  expect(far.status).toBe(200);
});

test("Enterprise takes an unknown namespace for a part of the path", async () => {
  const bench = await enterprise();
  const headers = { "x-vault-namespace": "team-b" };
  const { status, json } = await bench.ask("GET", "secret/data/x", { token: bench.vault.rootToken, headers });
  expect([status, json.errors]).toEqual([404, ['no handler for route "team-b/secret/data/x". route entry not found.']]);
  const login = await bench.ask("POST", "auth/userpass/login/anna", { headers, body: { password: "x" } });
  expect(login.status).toBe(403);
});

test("namespaces are listed and removed, also one within another", async () => {
  const bench = await enterprise();
  await within(bench, "POST", "sys/namespaces/inner", bench.vault.rootToken, {});
  const listed = await bench.root("LIST", "sys/namespaces");
  expect(listed.json.data?.keys).toEqual(["team-a/"]);
  expect((await bench.root("GET", "sys/namespaces/team-a")).json.data).toMatchObject({
    path: "team-a/",
    custom_metadata: {},
  });
  expect((await bench.root("GET", "team-a/inner/sys/mounts")).status).toBe(200);
  await bench.root("DELETE", "sys/namespaces/team-a");
  expect((await bench.root("LIST", "sys/namespaces")).status).toBe(404);
});

test("a community Vault ignores the header and refuses to make namespaces", async () => {
  const bench = new Bench({ version: "1.18.3" });
  await bench.root("POST", "secret/data/x", { data: { in: "root" } });
  expect((await within(bench, "GET", "secret/data/x", bench.vault.rootToken)).status).toBe(200);
  const { status, json } = await bench.root("POST", "sys/namespaces/team-a", {});
  expect([status, json.errors]).toEqual([404, ["enterprise-only feature"]]);
});

test("OpenBao knows the namespaces that it has, and says so of others", async () => {
  const bench = new Bench({ version: "openbao-2.6" });
  const { rootToken } = bench.vault;
  expect((await within(bench, "GET", "sys/mounts", rootToken)).json.errors).toEqual(["namespace not found"]);
  await bench.root("POST", "sys/namespaces/team-a", {});
  expect((await within(bench, "GET", "sys/mounts", rootToken)).status).toBe(200);
});

test("the release says that it is Enterprise", async () => {
  const { text } = await new Bench({ version: "1.18.3+ent" }).ask("GET", "sys/health");
  expect(text).toContain('"version":"1.18.3+ent","enterprise":true');
});
