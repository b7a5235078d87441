import { describe, expect, it } from "vitest";
import { Acl, parsePolicy } from "../../../src/vault/policy/index.js";
import { Bench, DENIED } from "./helper.js";

const acl = (text: string): Acl => new Acl([{ name: "p", policy: parsePolicy(text) }]);
const may = (rules: Acl, operation: string, path: string, data: Record<string, unknown> = {}): boolean =>
  rules.decide({ operation, path, data, wrapTtl: 0 }).allowed;

describe("an ACL policy", () => {
  it("matches the exact path before any pattern", () => {
    const rules = acl('path "a/*" { capabilities = ["read"] }\npath "a/b" { capabilities = ["deny"] }');
    expect(may(rules, "read", "a/c")).toBe(true);
    expect(may(rules, "read", "a/b")).toBe(false);
  });

  it("prefers the pattern whose first wildcard stands later", () => {
    const rules = acl('path "a/+/c" { capabilities = ["deny"] }\npath "a/b*" { capabilities = ["read"] }');
    expect(may(rules, "read", "a/b/c")).toBe(true);
    expect(may(rules, "read", "a/x/c")).toBe(false);
  });

  it("takes + for exactly one segment", () => {
    const rules = acl('path "kv/+/y" { capabilities = ["read"] }');
    expect(may(rules, "read", "kv/1/y")).toBe(true);
    expect(may(rules, "read", "kv/1/2/y")).toBe(false);
  });

  it("looks a list up without the slash at its end, too", () => {
    expect(may(acl('path "kv/a" { capabilities = ["list"] }'), "list", "kv/a/")).toBe(true);
  });

  it("ignores the values of a star among allowed parameters", () => {
    const rules = acl('path "kv/*" { capabilities = ["update"]\n allowed_parameters = { "*" = ["a*"] } }');
    expect(may(rules, "update", "kv/x", { any: "thing" })).toBe(true);
  });

  it("wants a required parameter of a read as well", () => {
    const rules = acl('path "kv/*" { capabilities = ["read"]\n required_parameters = ["Owner"] }');
    expect(may(rules, "read", "kv/x")).toBe(false);
    expect(may(rules, "read", "kv/x", { owner: "me" })).toBe(true);
  });

  it("keeps the line of each rule", () => {
    const verdict = acl('# one\n\npath "a" { capabilities = ["read"] }').decide({
      operation: "update",
      path: "a",
      data: {},
      wrapTtl: 0,
    });
    expect(verdict.by).toEqual([{ policy: "p", line: 3, path: "a" }]);
  });

  it("reads heredocs, comments and JSON", () => {
    expect(
      may(acl('/* c */ path "a" { comment = <<EOT\nhi }\nEOT\n capabilities = ["read"] } // end'), "read", "a"),
    ).toBe(true);
    expect(may(acl('{"path": {"a": {"capabilities": ["read"]}}}'), "read", "a")).toBe(true);
  });
});

describe("a policy that does not parse", () => {
  it.each([
    ["path", "At 1:6: key 'path' expected start of object ('{') or assignment ('=')"],
    [
      'path "a" { capabilities = ["read" "list"] }',
      "At 1:35: error parsing list, expected comma or list end, got: STRING",
    ],
    ['path "x" {', "At 1:12: object expected closing RBRACE got: EOF"],
    ['path "a" { capabilities = "read" }', 'path "a": At 1:27: unknown slice type: *ast.LiteralType'],
    [
      'path "a{{b" { capabilities = ["read"] }',
      "failed to validate policy templating: unbalanced templating characters",
    ],
  ])("is refused in hcl's words: %s", (text, words) => {
    expect(() => parsePolicy(text)).toThrow(words);
  });
});

describe("a request that a policy forbids", () => {
  it("is told nothing, while the journal names the rule and its line", async () => {
    const bench = new Bench();
    await bench.vault.write("sys/policies/acl/p", { policy: '\npath "secret/*" { capabilities = ["list"] }' });
    const token = await bench.token({ policies: ["p"] });
    const { status, json } = await bench.ask("GET", "secret/data/a", { token });
    expect([status, json.errors]).toEqual([403, [DENIED]]);
    const [event] = bench.refusals("policy");
    expect(JSON.stringify(event)).toContain('read on \\"secret/data/a\\"');
    expect(JSON.stringify(event)).toContain("p:2");
  });

  it("names the parameter that was in the way", async () => {
    const bench = new Bench();
    await bench.vault.write("sys/policies/acl/p", {
      policy: 'path "secret/data/*" { capabilities = ["create"]\n denied_parameters = { "options" = [] } }',
    });
    const token = await bench.token({ policies: ["p"] });
    await bench.ask("POST", "secret/data/a", { token, body: { data: {}, options: { cas: 0 } } });
    expect(JSON.stringify(bench.refusals("policy"))).toContain("denied_parameters");
  });
});
