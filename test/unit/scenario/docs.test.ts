import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type TemplateName, TEMPLATES } from "../../../src/scenario/index.js";
import { VARIANT_KINDS } from "../../../src/scenario/schema/index.js";

const guide = readFileSync(join(import.meta.dirname, "../../../docs/writing-a-scenario.md"), "utf8");
const rows = guide.split("\n").flatMap((line) => {
  const [, cell, text] = /^\| `([^`]+)` +\| (.*?) +\|$/.exec(line) ?? [];
  return cell === undefined || text === undefined ? [] : [[cell, text] as const];
});

test("the guide lists every template with what it stands for", () => {
  const known = Object.entries(TEMPLATES).map(([name, { doc, argument }]: [string, TemplateName]) => [
    `{{${argument === undefined ? name : `${name}.${argument}`}}}`,
    doc,
  ]);
  expect(rows.filter(([cell]) => cell.startsWith("{{"))).toEqual(known);
});

test("the guide tells every kind of variant", () => {
  expect(rows.map(([cell]) => cell).filter((cell) => !cell.startsWith("{{"))).toEqual([...VARIANT_KINDS]);
});
