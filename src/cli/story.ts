import { type Paint, type Verified, wrap } from "../lab/index.js";

/** What kinds of variants prove, in the order in which they are told. */
const PARTS = [
  ["mended by", ["fix"]],
  ["worked around by", ["workaround"]],
  ["absent in", ["rollback"]],
  ["not mended by", ["red-herring"]],
  ["compare", ["contrast"]],
] as const;

const LABEL = 18;

/** One documented failure with everything that was tried on it, as a few lines. */
export function storyLines(results: readonly Verified[], paint: Paint, width: number): string[] {
  const [broken, ...variants] = results;
  if (broken === undefined) return [];
  // A non-breaking space keeps a mark with what it marks; colours would count as letters when lines are broken.
  const marked = (result: Verified): string => `${result.passed ? "✓" : paint.red("✗")}\u00a0${result.variant ?? ""}`;
  const line = (label: string, text: string): string[] =>
    wrap(text, width - LABEL - 4).map((part, at) => `    ${paint.dim((at === 0 ? label : "").padEnd(LABEL))}${part}`);
  return [
    `${broken.passed ? paint.green("✓") : paint.red("✗")} ${paint.bold(broken.title)}  ${paint.dim(broken.scenario)}`,
    ...line("people see", lastLine(broken.says ?? broken.outcome)),
    ...(broken.refusedBy.length > 0 ? line("because", broken.refusedBy.join(", ")) : []),
    ...PARTS.flatMap(([label, kinds]) => {
      const those = variants.filter(({ kind }) => kinds.some((one) => one === kind));
      return those.length === 0 ? [] : line(label, those.map(marked).join("  "));
    }),
  ];
}

/** Go's errors say what matters last; a certificate in the middle says nothing to a reader. */
function lastLine(text: string): string {
  const short = text.replace(/(-----BEGIN [A-Z ]+-----)[\s\S]*?-----END [A-Z ]+-----/g, "$1…");
  const lines = short.split("\n").map((one) => one.replace(/^\s*\*\s*/, "").trim());
  return lines.findLast((one) => one !== "") ?? "";
}
