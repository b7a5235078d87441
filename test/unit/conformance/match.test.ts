import { expect, test } from "vitest";
import { differences, substituteAll } from "../../conformance/match.js";

const fits = (expected: unknown, got: unknown): boolean => differences(expected, got).length === 0;

test.each([
  ["<any>", null, true],
  ["<string>", "", true],
  ["<string>", 1, false],
  ["<number>", 1.5, true],
  ["<number>", "1", false],
  ["<number:1..3>", 3, true],
  ["<number:1..3>", 4, false],
  ["<uuid>", "12345678-1234-1234-1234-123456789abc", true],
  ["<uuid>", "12345678", false],
  ["<rfc3339>", "2026-11-23T00:00:00.123456789Z", true],
  ["<rfc3339>", "2026-11-23", false],
  ["<regex:a.c>", "a\nc", true],
  ["<regex:a>", "aa", false],
  ["text", "text", true],
  [1, 1, true],
  [null, undefined, false],
])("%j against %j: %s", (expected, got, outcome) => {
  expect(fits(expected, got)).toBe(outcome);
});

test("an extra key, a missing key and a wrong value are each named with their place", () => {
  expect(differences({ a: { b: 1 }, c: 2 }, { a: { b: 2 }, d: 3 })).toEqual([
    "/a/b: want 1, got 2",
    "/c: missing, want 2",
    "/d: unexpected, got 3",
  ]);
});

test("<maybe> lets a key be missing and <absent> forbids it", () => {
  expect(fits({ a: "<maybe>", b: "<absent>" }, {})).toBe(true);
  expect(fits({ a: "<maybe>", b: "<absent>" }, { a: [1] })).toBe(true);
  expect(fits({ b: "<absent>" }, { b: null })).toBe(false);
});

test("<superset> allows more keys, <unordered> another order", () => {
  expect(fits({ "<superset>": { a: 1 } }, { a: 1, b: 2 })).toBe(true);
  expect(fits({ "<unordered>": ["<number>", "x"] }, ["x", 1])).toBe(true);
  expect(fits({ "<unordered>": ["x", "x"] }, ["x", "y"])).toBe(false);
});

test("names stand for values in texts, in keys and, escaped, in patterns", () => {
  const names = (name: string): string | undefined => (name === "addr" ? "http://h:1?" : undefined);
  expect(differences("${addr}/x ${other}", "http://h:1?/x ${other}", names)).toEqual([]);
  expect(differences("<regex:${addr}/[a-z]>", "http://h:1?/x", names)).toEqual([]);
  expect(substituteAll({ "${addr}": ["${addr}"] }, names)).toEqual({ "http://h:1?": ["http://h:1?"] });
});
