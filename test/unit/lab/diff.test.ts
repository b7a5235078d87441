import { expect, test } from "vitest";
import { textDiff } from "../../../src/lab/diff.js";

test("texts that are the same have no difference to show", () => {
  expect(textDiff("a\nb", "a\nb")).toEqual([]);
});

test("a caret stands under the first character that differs", () => {
  expect(textDiff("* permission denied", "* permission denies")).toEqual([
    "- * permission denied",
    "+ * permission denies",
    `                    ^ wanted "d", got "s"`,
  ]);
});

test("a text that stops too early is said to end there", () => {
  expect(textDiff("abc", "ab")[2]).toBe(`    ^ wanted "c", got "the end"`);
});

test("lines in common are shown once, changed ones one above the other", () => {
  expect(textDiff("Code: 403. Errors:\n\n* permission denied", "Code: 500. Errors:\n\n* permission denied")).toEqual([
    "- Code: 403. Errors:",
    "+ Code: 500. Errors:",
    `        ^ wanted "4", got "5"`,
    "  ",
    "  * permission denied",
  ]);
});

test("a line that is missing and a line too many are told as such", () => {
  expect(textDiff("a\nb\nc", "a\nc\nd")).toEqual(["  a", "- b", "  c", "+ d"]);
});

test("white space that cannot be seen is made visible", () => {
  expect(textDiff("a b", "a\tb")).toContain("+ a\\tb");
  expect(textDiff("a b", "a\u00a0b")).toContain("+ a\\u00a0b");
});
