import { describe, expect, it } from "vitest";
import { Bench } from "./helper.js";

const CHARSET = 'rule "charset" { charset = "abcdefghij" }';
const put = (bench: Bench, policy: string) => bench.root("PUT", "sys/policies/password/p", { policy });

describe("a password policy", () => {
  it("makes passwords of its length, with as many of a rule's characters as it asks for", async () => {
    const bench = new Bench();
    const policy = 'length = 20\nrule "charset" { charset = "abc" }\nrule "charset" { charset = "012" min-chars = 3 }';
    expect((await put(bench, policy)).status).toBe(204);
    expect((await bench.root("GET", "sys/policies/password/p")).json.data).toEqual({ policy });
    const { json } = await bench.root("GET", "sys/policies/password/p/generate");
    expect(json.data?.password).toMatch(/^(?=(?:[abc]*[012]){3})[abc012]{20}$/);
  });

  it.each([
    [`length = 3 ${CHARSET}`, "passwords must be between 4 and 100 characters"],
    ["length = 20", "invalid password policy: 1 error occurred:\n\t* no charset specified\n\n"],
    [CHARSET, "invalid password policy: 1 error occurred:\n\t* length must be > 0\n\n"],
    [
      'length = 20 rule "bogus" { }',
      "invalid password policy: unable to parse rules: unable to parse rule bogus: unrecognized rule type bogus",
    ],
    [
      'length = 20 rule "charset" { charset = "abc" min-chars = 25 }',
      "invalid password policy: 1 error occurred:\n\t* specified rules require at least 25 characters but 20 is specified\n\n",
    ],
    ["", "missing policy"],
  ])("is refused in Vault's words: %s", async (policy, words) => {
    const { status, json } = await put(new Bench(), policy);
    expect([status, json.errors]).toEqual([400, [`1 error occurred:\n\t* ${words}\n\n`]]);
  });

  it("is not found where there is none", async () => {
    const bench = new Bench();
    const words = ["1 error occurred:\n\t* policy does not exist\n\n"];
    expect((await bench.root("GET", "sys/policies/password/none/generate")).json.errors).toEqual(words);
    expect((await bench.root("LIST", "sys/policies/password")).status).toBe(404);
  });
});
