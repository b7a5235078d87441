import { readFile } from "node:fs/promises";
import { MistrustError } from "../runtime/index.js";
import { readDocument, type SourceDocument } from "./document.js";
import { examine, type FileRule, type Rule } from "./examine.js";
import { isObject } from "./path.js";
import { type Problem, ScenarioError } from "./problem.js";
import { templatesAreKnown, templatesInStepsAreKnown, variantIdsAreUnique, variantsChangeSomething } from "./rules.js";
import { delegatesCanAsk, spireHasItsSettings } from "./spire-rules.js";
import { schemaFindings } from "./schema-findings.js";
import type { Scenario } from "./types.js";

/** What a file must meet to be run; lint knows more. */
export const LOAD_RULES: readonly Rule[] = [schemaFindings, templatesAreKnown, spireHasItsSettings, delegatesCanAsk];
export const LOAD_FILE_RULES: readonly FileRule[] = [
  templatesInStepsAreKnown,
  variantIdsAreUnique,
  variantsChangeSomething,
];

/** A scenario as text, and the name under which its mistakes are reported. */
export interface ScenarioText {
  readonly text: string;
  readonly file?: string;
}

/**
 * Reads and checks a scenario: a file's path, or a text.
 * @throws ScenarioError (MISTRUST_SCENARIO_INVALID) with all mistakes at once
 * @throws MISTRUST_SCENARIO_NOT_FOUND if the file cannot be read
 */
export async function loadScenario(source: string | ScenarioText): Promise<Scenario> {
  const document = await openScenario(source);
  return checkedScenario(document, examine(document, LOAD_RULES, LOAD_FILE_RULES));
}

/** Reads a file without judging it. */
export async function openScenario(source: string | ScenarioText): Promise<SourceDocument> {
  const { text, file = "scenario.yaml" } = typeof source === "string" ? await read(source) : source;
  const document = readDocument(file, text);
  if (document.broken || isObject(document.value)) return document;
  const place = { file, line: 1, column: 1, severity: "error" } as const;
  return {
    ...document,
    broken: true,
    problems: [
      { ...place, sentence: "holds no scenario", remedy: "start with id, title, summary, sources, world and expect" },
    ],
  };
}

/** @throws ScenarioError if one of the problems is an error */
export function checkedScenario(document: SourceDocument, problems: readonly Problem[]): Scenario {
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new ScenarioError(document.file, errors);
  // The schema has found nothing wrong and transforms nothing: the value is a scenario as it stands.
  return document.value as Scenario;
}

async function read(file: string): Promise<{ text: string; file: string }> {
  try {
    return { text: await readFile(file, "utf8"), file };
  } catch (cause) {
    const why =
      cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? "does not exist" : "cannot be read";
    throw new MistrustError("MISTRUST_SCENARIO_NOT_FOUND", `the file ${file} ${why}`, { cause });
  }
}
