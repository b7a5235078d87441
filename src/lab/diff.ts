import { type Paint, plain } from "./paint.js";

/**
 * Shows where two texts part: the lines that are the same once, the first that differ one above the other, with a caret
 * under the first difference, and what else differs as in a unified diff. Empty where the texts are the same.
 */
export function textDiff(wanted: string, got: string, paint: Paint = plain): string[] {
  if (wanted === got) return [];
  const lines: string[] = [];
  let pointed = false;
  for (const [mark, text, partner] of pairUp(wanted.split("\n"), got.split("\n"))) {
    if (mark === "=") {
      lines.push(paint.dim(`  ${show(text)}`));
      continue;
    }
    lines.push(mark === "-" ? paint.green(`- ${show(text)}`) : paint.red(`+ ${show(text)}`));
    if (mark === "+" && partner !== undefined && !pointed) {
      pointed = true;
      lines.push(paint.yellow(caret(show(partner), show(text))));
    }
  }
  return lines;
}

type Line = readonly [mark: "=" | "-" | "+", text: string, partner?: string];

/** A line diff (longest common subsequence), in which a line that changed follows the one that it replaces. */
function pairUp(a: readonly string[], b: readonly string[]): Line[] {
  const lines: Line[] = [];
  const gone: string[] = [];
  const come: string[] = [];
  const flush = (): void => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++) {
      const [old, fresh] = [gone[i], come[i]];
      if (old !== undefined) lines.push(["-", old]);
      if (fresh !== undefined) lines.push(old === undefined ? ["+", fresh] : ["+", fresh, old]);
    }
    gone.length = come.length = 0;
  };
  const lengths = commonLengths(a, b);
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      flush();
      lines.push(["=", left]);
      i++;
      j++;
    } else if (right !== undefined && (left === undefined || at(lengths, i, j + 1) >= at(lengths, i + 1, j))) {
      come.push(right);
      j++;
    } else if (left !== undefined) {
      gone.push(left);
      i++;
    }
  }
  flush();
  return lines;
}

function commonLengths(a: readonly string[], b: readonly string[]): number[][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    const row = lengths[i] ?? [];
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] = a[i] === b[j] ? at(lengths, i + 1, j + 1) + 1 : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}

function at(lengths: readonly (readonly number[])[], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}

/** Spaces and a caret under the first character that differs. */
function caret(wanted: string, got: string): string {
  let same = 0;
  while (same < wanted.length && wanted[same] === got[same]) same++;
  const here = JSON.stringify(wanted.slice(same, same + 1) || "the end");
  const there = JSON.stringify(got.slice(same, same + 1) || "the end");
  return `  ${" ".repeat(same)}^ wanted ${here}, got ${there}`;
}

/** Control characters as escapes, so that a difference in white space can be seen. */
function show(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f\u00a0\u200b-\u200f\u2028\u2029\ufeff]/g, (char) => {
    const code = char.charCodeAt(0);
    return char === "\t" ? "\\t" : char === "\r" ? "\\r" : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
