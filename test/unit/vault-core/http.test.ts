import { describe, expect, it } from "vitest";
import { Bench } from "./helper.js";

describe("the HTTP API", () => {
  it("ends the envelope with the mount's type since 1.16", async () => {
    const now = new Bench({ version: "1.21.1" });
    await now.vault.write("secret/data/a", { data: { k: "v" } });
    expect((await now.root("GET", "secret/data/a")).json.mount_type).toBe("kv");
    const then = new Bench({ version: "1.14.9" });
    await then.vault.write("secret/data/a", { data: { k: "v" } });
    expect((await then.root("GET", "secret/data/a")).text).toMatch(/"auth":null\}\n$/);
  });

  it("keeps a number's text", async () => {
    const bench = new Bench();
    const rawBody = '{"data":{"a":1.0,"b":12345678901234567890,"c":"<&>"}}';
    await bench.ask("POST", "secret/data/n", { token: bench.vault.rootToken, rawBody });
    const { text } = await bench.root("GET", "secret/data/n");
    expect(text).toContain('"data":{"a":1.0,"b":12345678901234567890,"c":"\\u003c\\u0026\\u003e"}');
  });

  it.each(["1.0", "-0", "-1.5", "2e3", "[1,2.50]", "[ -12345678901234567 ]"])(
    "keeps the text of %s alone",
    async (text) => {
      const bench = new Bench();
      const rawBody = `{"data":{"1.2e3":"1.0,\\"-0 4.5","n":\n${text}}}`;
      await bench.ask("POST", "secret/data/n", { token: bench.vault.rootToken, rawBody });
      const reply = await bench.root("GET", "secret/data/n");
      expect(reply.text).toContain(`"data":{"1.2e3":"1.0,\\"-0 4.5","n":${text.replaceAll(" ", "")}}`);
    },
  );

  it("wraps a reply once", async () => {
    const bench = new Bench();
    await bench.vault.write("secret/data/a", { data: { k: "v" } });
    const { json } = await bench.ask("GET", "secret/data/a", {
      token: bench.vault.rootToken,
      headers: { "x-vault-wrap-ttl": "1m" },
    });
    const token = String(json.wrap_info?.token);
    expect((await bench.ask("POST", "sys/wrapping/unwrap", { token })).text).toContain('"k":"v"');
    const again = await bench.ask("POST", "sys/wrapping/unwrap", { token });
    expect([again.status, again.json.errors]).toEqual([400, ["wrapping token is not valid or does not exist"]]);
  });

  it("refuses a world's write with the reply's text", async () => {
    const bench = new Bench();
    await expect(bench.vault.write("sys/policies/acl/p", { policy: "path" })).rejects.toMatchObject({
      code: "MISTRUST_WORLD_REFUSED",
      message: expect.stringContaining("failed to parse policy") as string,
    });
  });

  it("answers from a frozen seed with the same ids", async () => {
    const ids = async (): Promise<string> => (await new Bench().root("GET", "sys/mounts")).text;
    expect(await ids()).toBe(await ids());
  });

  it("seals, and journals why it refuses", async () => {
    const bench = new Bench({ devMode: false });
    expect((await bench.ask("GET", "secret/data/a")).json.errors).toEqual(["Vault is sealed"]);
    expect(bench.refusals("seal")).toHaveLength(1);
  });

  it.each([
    ["{", "malformed JSON, unclosed containers"],
    ['{"a":1}}', "invalid character '}' after top-level value"],
    ['{"a":1,}', "invalid character '}' after object key-value pair"],
    ['{"a":1,"a":2}', "duplicate key 'a' in object"],
    ["{a:1}", "invalid character 'a' looking for beginning of value"],
    ['{"a":01}', "invalid character '1' after top-level value"],
    [`${"[".repeat(301)}${"]".repeat(301)}`, "JSON input exceeds allowed nesting depth"],
    [`{"a":"${"x".repeat(1024 * 1024 + 1)}"}`, "JSON string value exceeds allowed length"],
  ])("refuses a broken body before it asks who sends it, since 1.21: %.20s", async (rawBody, words) => {
    const { status, json } = await new Bench({ version: "1.21.4" }).ask("POST", "secret/data/a", { rawBody });
    expect([status, json.errors]).toEqual([500, [words]]);
  });

  it.each([
    ["1.20.2", "error parsing JSON"],
    [
      "1.21.4",
      "error parsing JSON: failed to parse JSON input: json: cannot unmarshal string into Go value of type map[string]interface {}",
    ],
  ])("says more of a body that is no object since 1.20.3: %s", async (version, words) => {
    const bench = new Bench({ version });
    const { json } = await bench.ask("POST", "cubbyhole/a", { token: bench.vault.rootToken, rawBody: '"x"' });
    expect(json.errors).toEqual([words]);
  });

  it.each([
    [{ "x-vault-forward": "active-node" }, "forwarding via header X-Vault-Forward disabled in configuration"],
    [
      { "x-vault-policy-override": "x" },
      `failed to parse X-Vault-Policy-Override header: cannot parse '' as bool: strconv.ParseBool: parsing "x": invalid syntax`,
    ],
  ])("refuses headers that it cannot follow: %j", async (headers, words) => {
    const bench = new Bench();
    const { status, json } = await bench.ask("GET", "sys/mounts", { token: bench.vault.rootToken, headers });
    expect([status, json.errors]).toEqual([400, [words]]);
  });

  it("refuses forms and media types that Go does not read", async () => {
    const bench = new Bench();
    const { rootToken: token } = bench.vault;
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await bench.ask("POST", "cubbyhole/a", { token, headers: form, rawBody: "a=%zz" })).json.errors).toEqual([
      "error parsing form data",
    ]);
    const odd = await bench.ask("PATCH", "cubbyhole/a", { token, headers: { "content-type": "nonsense;;" }, body: {} });
    expect([odd.status, odd.json.errors]).toEqual([400, ["mime: invalid media parameter"]]);
  });
});
