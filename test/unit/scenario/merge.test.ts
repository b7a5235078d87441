import { describe, expect, test } from "vitest";
import {
  applyVariant,
  loadScenario,
  mergePatch,
  resolve,
  splitVariant,
  templatesIn,
} from "../../../src/scenario/index.js";
import { scenarioWith } from "./sample.js";

/** The examples of RFC 7386, appendix A. */
const RFC_7386: readonly (readonly [target: unknown, patch: unknown, result: unknown])[] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

describe("a variant", () => {
  test.each(RFC_7386)("%j merged with %j is %j", (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  const upgrade = "change: {client: {version: 1.15.5}}";
  const says = "says: no, observed: [{server: vault, status: 403}]".replace("says: no, ", "says: no\n  ");

  test("changes its scenario and leaves the original alone", async () => {
    const scenario = await loadScenario({
      text: scenarioWith({ variants: `  - {id: up, kind: fix, by: client, title: Up, ${upgrade}}` }),
    });
    expect(applyVariant(scenario, "up").client?.version).toBe("1.15.5");
    expect(applyVariant(scenario).client?.version).toBe("1.14.4");
    expect(applyVariant(scenario, "up").expect).toEqual({ outcome: "success" });
  });

  test("a red herring without expectation expects what its scenario expects", async () => {
    const variants = `  - {id: up, kind: red-herring, by: client, title: Up, ${upgrade}}`;
    const scenario = await loadScenario({ text: scenarioWith({ expect: says, variants }) });
    expect(applyVariant(scenario, "up").expect).toEqual(scenario.expect);
  });

  test("the same outcome takes over what is left out, another takes over nothing", async () => {
    const variants = `  - {id: era, kind: contrast, by: vault, title: Era, ${upgrade}, expect: {outcome: failure, says: yes}}
  - {id: up, kind: fix, by: client, title: Up, ${upgrade}, expect: {outcome: success}}`;
    const scenario = await loadScenario({ text: scenarioWith({ expect: says, variants }) });
    expect(applyVariant(scenario, "era").expect).toEqual({
      outcome: "failure",
      says: "yes",
      observed: [{ server: "vault", status: 403 }],
    });
    expect(applyVariant(scenario, "up").expect).toEqual({ outcome: "success" });
  });

  test("a variant that is not there is refused with the nearest name", async () => {
    const variants = `  - {id: upgrade, kind: fix, by: client, title: Up, ${upgrade}}`;
    const scenario = await loadScenario({ text: scenarioWith({ variants }) });
    expect(() => applyVariant(scenario, "upgrad")).toThrow(
      expect.objectContaining({ code: "MISTRUST_VARIANT_NOT_FOUND", remedy: 'did you mean "upgrade"?' }),
    );
  });

  test("stands behind an @ in a target, in which a path may have one too", () => {
    expect(splitVariant("a/b@fix-1.11")).toEqual({ scenario: "a/b", variant: "fix-1.11" });
    expect(splitVariant("me@home/x.yaml")).toEqual({ scenario: "me@home/x.yaml" });
    expect(splitVariant("a/b")).toEqual({ scenario: "a/b" });
  });
});

describe("templates", () => {
  const lookup = (name: string, argument: string): string | undefined =>
    name === "vault.url" ? "https://v" : argument || undefined;

  test("are filled in wherever a string stands", () => {
    expect(resolve({ a: ["{{vault.url}}/v1", 1], b: { c: "{{ kubernetes.token.ns/app }}" } }, lookup)).toEqual({
      a: ["https://v/v1", 1],
      b: { c: "ns/app" },
    });
  });

  test("leave alone what Vault's policies and Go's templates have in braces", () => {
    const text = 'path "{{identity.entity.id}}" {{.Data}}';
    expect(resolve(text, lookup)).toBe(text);
    expect(templatesIn(text)).toEqual([]);
  });

  test("of unknown names, without their argument or without a value are refused", () => {
    expect(() => resolve("{{vault.uri}}", lookup)).toThrow("unknown template {{vault.uri}}");
    expect(() => resolve("{{kubernetes.token}}", lookup)).toThrow("{{kubernetes.token}} lacks its NAMESPACE/NAME");
    expect(() => resolve("{{spire.socket}}", lookup)).toThrow("{{spire.socket}} has no value in this world");
  });
});
