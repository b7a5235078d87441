import { expect, test } from "vitest";
import { junit } from "../../../src/lab/junit.js";

test("cases are grouped by scenario, with counts that add up", () => {
  const xml = junit([
    { suite: "a/x", name: "as it stands", seconds: 0.5 },
    { suite: "b/y", name: "fix", seconds: 0.25, failure: "says something else\n- a\n+ b" },
    { suite: "a/x", name: "fix", seconds: 0.25, skipped: "no Go here" },
  ]);
  expect(xml).toContain(
    '<testsuites name="mistrust verify" tests="3" failures="1" errors="0" skipped="1" time="1.000">',
  );
  expect(xml).toContain('<testsuite name="a/x" tests="2" failures="0" errors="0" skipped="1" time="0.750">');
  expect(xml).toContain('<failure message="says something else" type="MISTRUST_EXPECTATION_FAILED">');
  expect(xml).toContain('<skipped message="no Go here"/>');
});

test("what XML cannot hold is escaped or replaced", () => {
  const xml = junit([{ suite: "s", name: `<"&'>`, seconds: 0, failure: "bell \u0007 and esc \u001b" }]);
  expect(xml).toContain(`name="&#60;&#34;&#38;'&#62;"`);

  expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
});
