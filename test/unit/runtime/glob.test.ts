import { expect, test } from "vitest";
import { glob } from "../../../src/runtime/index.js";

test.each([
  ["web", "web", true],
  ["web", "webs", false],
  ["*", "", true],
  ["*", "anything\nat all", true],
  ["team-*", "team-", true],
  ["*.example", "a.b.example", true],
  ["a*b*c", "a-b-b-c", true],
  ["a*a", "a", false],
  ["a.c", "abc", false],
  ["", "", true],
  ["", "a", false],
])("the glob %j and the text %j: %s", (pattern, text, fits) => {
  expect(glob(pattern, text)).toBe(fits);
});
