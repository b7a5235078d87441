import { expect, test } from "vitest";
import { goOf } from "../../../src/vault/built-with.js";
import { releaseOf } from "../../../src/vault/release.js";

test.each([
  ["1.14.9", "1.20"],
  ["1.18.0", "1.22"],
  ["1.19.5", "1.24"],
  ["1.21.2", "1.25"],
  ["2.0.0", "1.26"],
])("Vault %s was built with Go %s", (vault, go) => {
  expect(goOf(releaseOf(vault))).toBe(go);
});
