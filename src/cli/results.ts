import type { Paint, Verified } from "../lab/index.js";

/** One result of verify as a line of a table. The scenario stands only where it is run as it stands. */
export function resultLine(result: Verified, paint: Paint): string {
  const mark = result.passed ? paint.green("✓") : paint.red("✗");
  const name =
    result.variant === undefined
      ? paint.bold(result.scenario.padEnd(52))
      : `  ${`@${result.variant}`.padEnd(34)}${paint.dim(result.kind.padEnd(16))}`;
  const word = result.outcome === "failure" ? "fails" : "works";
  const ms = paint.dim(`${Math.round(result.seconds * 1000)} ms`.padStart(8));
  return `${mark} ${name} ${result.passed ? `${word} as stated` : paint.red("not as stated")} ${ms}`;
}

export function summaryLine(results: readonly Verified[], paint: Paint): string {
  const failed = results.filter((one) => !one.passed).length;
  const seconds = results.reduce((sum, one) => sum + one.seconds, 0).toFixed(1);
  const text = `${results.length - failed} passed, ${failed} failed`;
  return `${failed === 0 ? paint.green(text) : paint.red(text)} ${paint.dim(`(${seconds} s)`)}`;
}
