import type { Paint } from "./paint.js";
import { wrap } from "./paint.js";

/** A page of text in the making. */
export interface Page {
  readonly paint: Paint;
  readonly width: number;
  readonly allChecks: boolean;
  readonly lines: string[];
}

/** Columns of what stands before a field's text. */
const LABEL = 16;

/** `label   text`, with the lines of a long text below one another. */
export function field(
  page: Page,
  label: string,
  text: string,
  colour: (text: string) => string = (same) => same,
): void {
  const [first = "", ...more] = wrap(text, page.width - LABEL - 2);
  page.lines.push(`  ${page.paint.dim(label.padEnd(LABEL))}${colour(first)}`);
  for (const line of more) page.lines.push(`  ${" ".repeat(LABEL)}${colour(line)}`);
}

/** The same, indented below a check. */
export function detail(page: Page, label: string, text: string, colour: (text: string) => string): void {
  const [first = "", ...more] = wrap(text, page.width - 14);
  page.lines.push(`      ${page.paint.dim(label.padEnd(8))}${colour(first)}`);
  for (const line of more) page.lines.push(`      ${" ".repeat(8)}${colour(line)}`);
}

export function oneLine(text: string, width: number): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > width ? `${flat.slice(0, Math.max(1, width - 1))}…` : flat;
}
