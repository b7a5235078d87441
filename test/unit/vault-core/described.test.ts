import { describe, expect, test } from "vitest";
import { expandPattern } from "../../../src/vault/core/expand.js";
import { Bench, DENIED } from "./helper.js";

describe("what Vault tells of its own API", () => {
  test.each([
    ["config", ["config"]],
    ["roles/?", ["roles/"]],
    ["roles/(?<name>\\w(([\\w-.]+)?\\w)?)", ["roles/{name}"]],
    ["sign-verbatim(/(?<role>\\w+))?", ["sign-verbatim", "sign-verbatim/{role}"]],
    ["replication/(?:primary|dr/primary)/.+", ["replication/dr/primary/{path}", "replication/primary/{path}"]],
    ["rekey/(?:init|verify)", ["rekey/init", "rekey/verify"]],
    ["auth/(?<path>.+?)/tune$", ["auth/{path}/tune"]],
  ])("the pattern %s stands for %j", (pattern, paths) => {
    expect(expandPattern(pattern)).toEqual(paths);
  });

  test("help shows a path's pattern, its parameters and its OpenAPI", async () => {
    const { status, text } = await new Bench().root("GET", "secret/config?help=1");
    expect(status).toBe(200);
    const body = JSON.parse(text) as { help: string; see_also: null; openapi: { paths: object } };
    expect(body.see_also).toBeNull();
    expect(body.help).toMatch(
      /^Request: {8}config\nMatching Route: \^config\$\n\nConfigures settings for the KV store\n\n## PARAMETERS\n/,
    );
    expect(body.help).toContain("    max_versions (int)\n\n        The number of versions to keep for each key\n");
    expect(Object.keys(body.openapi.paths)).toEqual(["/secret/config"]);
  });

  test("help on a mount lists its paths", async () => {
    const { text } = await new Bench().root("GET", "secret?help=1");
    const { help } = JSON.parse(text) as { help: string };
    expect(help).toMatch(/^## DESCRIPTION\n/);
    expect(help).toMatch(/^ {4}\^metadata\/\(\?P<path>\.\*\)\$\n {8}\w/m);
  });

  test("help needs a token, but no policy", async () => {
    const bench = new Bench({ version: "1.14.9" });
    expect((await bench.ask("GET", "secret/config?help=1")).status).toBe(403);
    const token = await bench.token({ policies: ["nobody"] });
    expect((await bench.ask("GET", "secret/config?help=1", { token })).status).toBe(200);
    expect((await bench.ask("GET", "secret/config", { token })).json.errors).toEqual([DENIED]);
  });

  test("help on a path that no backend has is an unsupported path", async () => {
    const { status, json } = await new Bench().root("GET", "sys/operator?help=1");
    expect([status, json.errors]).toEqual([404, ["1 error occurred:\n\t* unsupported path\n\n"]]);
  });

  test("the OpenAPI document holds what the caller may see", async () => {
    const bench = new Bench();
    const read = async (token?: string): Promise<string[]> => {
      const { text } = await bench.ask("GET", "sys/internal/specs/openapi", token === undefined ? {} : { token });
      const document = JSON.parse(text) as { openapi: string; paths: object };
      expect(document.openapi).toBe("3.0.2");
      return Object.keys(document.paths);
    };
    await bench.root("POST", "sys/mounts/hidden", { type: "kv-v2" });
    const all = await read(bench.vault.rootToken);
    expect(all).toEqual(
      expect.arrayContaining([
        "/secret/data/{path}",
        "/auth/token/lookup-self",
        "/sys/mounts/{path}",
        "/cubbyhole/{path}",
      ]),
    );
    expect(all.filter((path) => /[()\\^$?]/.test(path))).toEqual([]);
    expect(await read()).toEqual([]);
    await bench.root("PUT", "sys/policies/acl/reader", { policy: 'path "secret/*" { capabilities = ["read"] }' });
    const some = await read(await bench.token({ policies: ["reader"] }));
    expect(some).toContain("/secret/data/{path}");
    expect(all).toContain("/hidden/data/{path}");
    expect(some).not.toContain("/hidden/data/{path}");
  });

  test("the plugin catalogue lists what is built in, by type and with versions", async () => {
    const bench = new Bench({ version: "1.14.9" });
    const all = await bench.root("GET", "sys/plugins/catalog");
    expect(all.json.data?.secret).toContain("pki");
    expect(all.json.data?.detailed).toContainEqual({
      builtin: true,
      deprecation_status: "supported",
      name: "kubernetes",
      type: "auth",
      version: "v0.16.0+builtin",
    });
    expect((await bench.root("LIST", "sys/plugins/catalog/auth")).json.data?.keys).toContain("approle");
    expect((await bench.root("GET", "sys/plugins/catalog/secret/kv")).json.data).toMatchObject({
      name: "kv",
      builtin: true,
    });
    expect((await bench.root("GET", "sys/plugins/catalog/secret/nosuch")).status).toBe(404);
  });
});
