import { describe, expect, test } from "vitest";
import {
  formatGoDuration,
  goJson,
  goQuote,
  goQuoteList,
  Ids,
  inRange,
  MistrustError,
  nearest,
  parseGoDuration,
  parseVersion,
  Seed,
} from "../../../src/runtime/index.js";

describe("Go durations", () => {
  test.each([
    ["768h", 2_764_800_000, "768h0m0s"],
    ["1h30m", 5_400_000, "1h30m0s"],
    ["1.5s", 1_500, "1.5s"],
    ["20ms", 20, "20ms"],
    ["-1h", -3_600_000, "-1h0m0s"],
    ["0", 0, "0s"],
    ["10us", 0.01, "10µs"],
  ])("%s is %d ms and is printed as %s", (text, ms, printed) => {
    expect(parseGoDuration(text)).toBe(ms);
    expect(formatGoDuration(ms)).toBe(printed);
  });

  test.each(["", "1", "1d", "h", "1h 30m", "abc"])("%j is not a duration", (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });
});

describe("Go's %q", () => {
  test.each([
    ['a"b\\c', '"a\\"b\\\\c"'],
    ["tab\there\nline", '"tab\\there\\nline"'],
    ["ümlaut ☃", '"ümlaut ☃"'],
    ["\u0001\u007f", '"\\x01\\x7f"'],
    ["\u200b", '"\\u200b"'],
  ])("%j is quoted as Go does", (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });

  test("a list is printed in brackets, separated by spaces", () => {
    expect(goQuoteList(["file-root:system", "x"])).toBe('["file-root:system" "x"]');
  });
});

test("JSON escapes what Go's encoder escapes", () => {
  expect(goJson({ a: "<&>" })).toBe('{"a":"\\u003c\\u0026\\u003e"}');
});

test("the same seed gives the same ids, and another seed others", () => {
  const one = new Ids(new Seed("x"));
  const same = new Ids(new Seed("x"));
  const other = new Ids(new Seed("y"));
  const first = [one.uuid(), one.base62(24), one.hex(4)];
  expect([same.uuid(), same.base62(24), same.hex(4)]).toEqual(first);
  expect(other.uuid()).not.toBe(first[0]);
  expect(first[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a fork of a seed does not depend on what was drawn from the seed", () => {
  const drawn = new Seed("x");
  drawn.bytes(100);
  expect(drawn.fork("part").bytes(8)).toEqual(new Seed("x").fork("part").bytes(8));
});

describe("version ranges", () => {
  test.each([
    ["1.14.4", ">=1.12.0", true],
    ["1.14.4", ">=1.15", false],
    ["1.14.4", ">=1.12 <1.15", true],
    ["1.21.1+ent", "<1.12 || >=1.21", true],
    ["2.0.0", "*", true],
  ])("%s in %s: %s", (version, range, expected) => {
    const parsed = parseVersion(version);
    expect(parsed !== undefined && inRange(parsed, range)).toBe(expected);
  });
});

test("the nearest name is found by a few wrong letters and by a missing end", () => {
  expect(nearest("bound_audience", ["bound_audiences", "audience", "token_ttl"])).toBe("bound_audiences");
  expect(nearest("summry", ["summary", "title"])).toBe("summary");
  expect(nearest("zzzzzz", ["summary", "title"])).toBeUndefined();
});

test("an error prints its place, its sentence and its remedy on one line", () => {
  const error = new MistrustError("MISTRUST_SCENARIO_INVALID", 'unknown key "summry"', {
    place: { file: "a.yaml", line: 3, column: 7 },
    remedy: 'did you mean "summary"?',
  });
  expect(String(error)).toBe('a.yaml:3:7 unknown key "summry"; did you mean "summary"?');
});
