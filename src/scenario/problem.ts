import { MistrustError, type Place } from "../runtime/index.js";
import type { Path } from "./path.js";

/** A mistake in a scenario file. A note is worth knowing and no mistake. */
export interface Problem extends Place {
  readonly severity: "error" | "note";
  readonly sentence: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** A mistake before its place in the file is known. */
export interface Finding {
  readonly path: Path;
  /** It stands at the key of the last step, not at its value. */
  readonly onKey?: boolean;
  readonly severity?: "error" | "note";
  readonly sentence: string;
  readonly remedy?: string | undefined;
}

/** `file:line:column sentence; remedy` */
export function formatProblem(problem: Problem): string {
  const { file, line, column, severity, sentence, remedy } = problem;
  const text = remedy === undefined ? sentence : `${sentence}; ${remedy}`;
  return `${file}:${line}:${column} ${severity === "note" ? "note: " : ""}${text}`;
}

/** MISTRUST_SCENARIO_INVALID with all mistakes of a file, in the order in which they stand there. */
export class ScenarioError extends MistrustError {
  constructor(
    readonly file: string,
    readonly problems: readonly Problem[],
  ) {
    const [first] = problems;
    const count = problems.length === 1 ? "a mistake" : `${problems.length} mistakes`;
    super("MISTRUST_SCENARIO_INVALID", [`${file} has ${count}`, ...problems.map(formatProblem)].join("\n"), {
      ...(first !== undefined && { place: { file, line: first.line, column: first.column } }),
    });
  }

  /** Only the mistakes, one to a line. */
  override toString(): string {
    return this.problems.map(formatProblem).join("\n");
  }
}
