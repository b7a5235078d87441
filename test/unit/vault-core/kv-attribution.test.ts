import { expect, test } from "vitest";
import { Bench } from "./helper.js";

const MERGE = { "content-type": "application/merge-patch+json" };

async function withKv(version: "1" | "2"): Promise<Bench> {
  const bench = new Bench({ version: "1.21.4" });
  await bench.root("POST", "sys/mounts/kv", { type: "kv", options: { version } });
  return bench;
}

test("who wrote a version is told with a client id made of the token's policies, and undeleting by its own name", async () => {
  const bench = await withKv("2");
  await bench.root("POST", "kv/data/s", { data: { a: 1 } });
  // SHA-256 of "root", a zero byte and the namespace "root", as Vault 1.21.4 answers for its first root token
  const by = { actor: "token", client_id: "0DHqvq2D77kL2/JTPSZkTMJbkFVmUu0TzMi0jiXcFy8=" };
  const metadata = async () => (await bench.root("GET", "kv/metadata/s")).json.data;
  expect(await metadata()).toMatchObject({ last_updated_by: { ...by, operation: "create" } });
  await bench.root("DELETE", "kv/data/s");
  await bench.root("POST", "kv/undelete/s", { versions: [1] });
  await bench.root("POST", "kv/metadata/s", { max_versions: 3 });
  expect(await metadata()).toMatchObject({ last_updated_by: { ...by, operation: "undelete" } });
});

test("a version whose data is null cannot be patched", async () => {
  const bench = await withKv("2");
  await bench.root("POST", "kv/data/s", { data: null });
  const asked = { token: bench.vault.rootToken, headers: MERGE, body: { data: { a: 1 } } };
  const { status, json } = await bench.ask("PATCH", "kv/data/s", asked);
  expect([status, json.errors]).toEqual([500, ["1 error occurred:\n\t* resource does not exist\n\n"]]);
});

test("storage takes no two dots in a path, whatever is done with it", async () => {
  const bench = await withKv("1");
  const refusal = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { status, json } = await bench.root(method, path, body);
    return [status, json.errors?.[0]];
  };
  const said = (text: string): string => `1 error occurred:\n\t* ${text}\n\n`;
  for (const mount of ["kv", "cubbyhole"]) {
    expect(await refusal("GET", `${mount}/a..b`)).toEqual([400, said("read failed: relative paths not supported")]);
    expect(await refusal("LIST", `${mount}/a..b`)).toEqual([400, said("relative paths not supported")]);
    expect(await refusal("DELETE", `${mount}/a..b`)).toEqual([400, said("relative paths not supported")]);
    expect(await refusal("POST", `${mount}/a..b`, { a: 1 })).toEqual([500, said("internal error")]);
  }
});
