import { expect, test } from "vitest";
import { Bench } from "./helper.js";

const MERGE = { "content-type": "application/merge-patch+json" };

/** An OpenBao with a KV version 1 that has keys in folders. */
async function openbao(): Promise<Bench> {
  const bench = new Bench({ version: "openbao-2.6" });
  await bench.root("POST", "sys/mounts/kv", { type: "kv", options: { version: "1" } });
  for (const key of ["a", "b", "d/e", "d/f/g"]) await bench.root("POST", `kv/${key}`, { v: key });
  return bench;
}

test("a list of OpenBao's comes in pages", async () => {
  const bench = await openbao();
  for (const user of ["a", "b", "c"]) await bench.root("POST", `secret/data/${user}`, { data: {} });
  const keys = async (query: string) => (await bench.root("LIST", `secret/metadata${query}`)).json.data?.keys;
  expect(await keys("?after=a")).toEqual(["b", "c"]);
  expect(await keys("?limit=1")).toEqual(["a"]);
  expect(await keys("?after=a&limit=1")).toEqual(["b"]);
  expect(await keys("?limit=-1")).toEqual(["a", "b", "c"]);
});

test("a Vault has no pages and no SCAN", async () => {
  const bench = new Bench({ version: "1.21.4" });
  for (const key of ["a", "b"]) await bench.root("POST", `secret/data/${key}`, { data: {} });
  const { json } = await bench.root("LIST", "secret/metadata?limit=1");
  expect(json.data?.keys).toEqual(["a", "b"]);
  expect((await bench.root("SCAN", "secret/metadata")).status).toBe(405);
});

test("SCAN lists all that lies below, and needs a capability of its own", async () => {
  const bench = await openbao();
  expect((await bench.root("SCAN", "kv")).json.data?.keys).toEqual(["a", "b", "d/e", "d/f/g"]);
  const policy = 'path "kv/*" { capabilities = ["list"] }';
  await bench.root("PUT", "sys/policies/acl/lists", { policy });
  const made = await bench.root("POST", "auth/token/create", { policies: ["lists"] });
  const token = String(made.json.auth?.client_token);
  expect((await bench.ask("LIST", "kv", { token })).status).toBe(200);
  expect((await bench.ask("SCAN", "kv", { token })).status).toBe(403);
});

test("a policy hides from a list what cannot be read", async () => {
  const bench = await openbao();
  const policy = `
    path "kv/*" { capabilities = ["list"] list_scan_response_keys_filter_path = "{{ .path }}{{ .key }}" }
    path "kv/a" { capabilities = ["read"] }`;
  await bench.root("PUT", "sys/policies/acl/filtered", { policy });
  const made = await bench.root("POST", "auth/token/create", { policies: ["filtered"] });
  const token = String(made.json.auth?.client_token);
  const { keys } = (await bench.ask("LIST", "kv", { token })).json.data ?? {};
  expect(keys).toContain("a");
  expect(keys).not.toContain("b");
});

test("policies have versions, and check-and-set holds to them", async () => {
  const bench = await openbao();
  const policy = 'path "x" { capabilities = ["read"] }';
  await bench.root("PUT", "sys/policies/acl/p", { policy, cas: -1 });
  expect((await bench.root("GET", "sys/policies/acl/p")).json.data).toMatchObject({ version: 1, cas_required: false });
  const refused = async (cas: number) =>
    (await bench.root("PUT", "sys/policies/acl/p", { policy, cas })).json.errors?.[0];
  expect(await refused(-1)).toBe("check-and-set parameter set to -1 on existing entry");
  expect(await refused(9)).toBe("check-and-set parameter did not match the current version");
  const late = await bench.root("PUT", "sys/policies/acl/p", { policy, expiration: "2000-01-01T00:00:00Z" });
  expect(late.json.errors).toEqual(["refusing to update policy as expiration time has already elapsed"]);
});

test("namespaces tell their state, and refuse names that are taken", async () => {
  const bench = await openbao();
  const made = await bench.root("POST", "sys/namespaces/team", { custom_metadata: { a: "b" } });
  expect(made.json.data).toMatchObject({ path: "team/", locked: false, tainted: false, custom_metadata: { a: "b" } });
  const refusal = async (name: string) => (await bench.root("POST", `sys/namespaces/${name}`, {})).json.errors?.[0];
  expect(await refusal("a/b")).toBe("namespace name cannot contain /");
  expect(await refusal("sys")).toBe('"sys/" is a reserved path and cannot be used as a namespace name');
  expect(await refusal("secret")).toBe("new namespace conflicts with existing mount: secret/");
  const patch = await bench.ask("PATCH", "sys/namespaces/team", {
    token: bench.vault.rootToken,
    headers: MERGE,
    body: { custom_metadata: { a: null, c: "d" } },
  });
  expect(patch.json.data?.custom_metadata).toEqual({ c: "d" });
  expect((await bench.root("DELETE", "sys/namespaces/team")).json.data).toEqual({ status: "in-progress" });
});
