import { expect, test } from "vitest";
import { storyLines } from "../../../src/cli/story.js";
import { plain, type Verified } from "../../../src/lab/index.js";

const result = (one: Partial<Verified>): Verified => ({
  scenario: "a/b",
  title: "It breaks",
  kind: "broken",
  outcome: "failure",
  refusedBy: [],
  passed: true,
  seconds: 0.1,
  shortfalls: [],
  ...one,
});

test("a story says what people see, who refused, and what each kind of variant proved", () => {
  const lines = storyLines(
    [
      result({
        says: "Error making API request.\n\nCode: 403. Errors:\n\n* permission denied",
        refusedBy: ["vault: token-review"],
      }),
      result({ variant: "mend", kind: "fix", outcome: "success" }),
      result({ variant: "famous", kind: "red-herring", passed: false }),
    ],
    plain,
    100,
  );
  expect(lines).toEqual([
    "✓ It breaks  a/b",
    "    people see        permission denied",
    "    because           vault: token-review",
    "    mended by         ✓\u00a0mend",
    "    not mended by     ✗\u00a0famous",
  ]);
});

test("a long list of variants is broken between variants, under its label", () => {
  const variants = Array.from({ length: 8 }, (_, i) => result({ variant: `variant-number-${i}`, kind: "fix" }));
  const lines = storyLines([result({}), ...variants], plain, 80).slice(2);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines[1]).toMatch(/^ {22}✓/);
});
