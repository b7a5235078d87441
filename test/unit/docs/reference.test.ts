import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHECK_SECTIONS } from "../../../scripts/reference/check-sections.js";
import { describedChecks } from "../../../scripts/reference/checks.js";
import { referencePages } from "../../../scripts/reference/pages.js";
import checkIds from "../../../src/scenario/lint/check-ids.json" with { type: "json" };

const ROOT = join(import.meta.dirname, "../../..");
const DOCS = join(ROOT, "docs");
const pages = await referencePages(ROOT);

describe("the reference", () => {
  test.each([...pages])(
    "docs/reference/%s is what the sources say (node scripts/reference.mjs writes it)",
    (name, text) => {
      expect(readFileSync(join(DOCS, "reference", name), "utf8")).toBe(text);
    },
  );

  test("has no page that nothing writes", () => {
    expect(readdirSync(join(DOCS, "reference")).sort()).toEqual([...pages.keys()].sort());
  });

  test("explains every check that a scenario can name in refusedBy", () => {
    const recorded = CHECK_SECTIONS.flatMap(({ recorded = [] }) => recorded.map(([id]) => id));
    const explained = new Set([...describedChecks(ROOT).map(({ id }) => id), ...recorded]);
    const refusing = new Set(Object.values(checkIds).flat());
    const place = "scripts/reference/check-sections.ts";
    expect(
      [...refusing].filter((id) => !explained.has(id)),
      `say in ${place} what they are`,
    ).toEqual([]);
    expect(
      recorded.filter((id) => !refusing.has(id)),
      `take them out of ${place}`,
    ).toEqual([]);
  });
});

const squeezed = (text: string): string => text.replace(/\s+/g, " ");

test.each([
  ["adding-a-fault.md", "src/faults/delay.ts"],
  ["adding-a-quirk.md", "src/vault/quirks.ts"],
])("the example of docs/%s stands in %s", (guide, source) => {
  const [, example = "nothing"] = /```ts\n([^]*?)```/.exec(readFileSync(join(DOCS, guide), "utf8")) ?? [];
  expect(squeezed(readFileSync(join(ROOT, source), "utf8"))).toContain(squeezed(example).trim());
});

const markdown = readdirSync(DOCS, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"));

test.each(markdown)("every link of docs/%s leads somewhere", (file) => {
  const text = readFileSync(join(DOCS, file), "utf8").replace(/```[^]*?```|`[^`\n]*`/g, "");
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link = ""]) => link);
  const inside = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(inside.filter((link) => !existsSync(join(DOCS, dirname(file), link)))).toEqual([]);
});
