import type { SourceDocument } from "../document.js";
import { examine } from "../examine.js";
import { LOAD_FILE_RULES, LOAD_RULES, openScenario, type ScenarioText } from "../load.js";
import type { Problem } from "../problem.js";
import CHECK_IDS from "./check-ids.json" with { type: "json" };
import { expectationsCanBeMet, type KnownChecks } from "./expectations.js";
import { idIsPath } from "./id.js";
import { manifestsFitTheirCrds } from "./manifests.js";
import { writesAreUnderstood } from "./writes.js";

export interface LintOptions {
  /** Ids of the checks of each fake, instead of those that mistrust has. Servers without a list are not looked at. */
  readonly checks?: KnownChecks;
}

/**
 * All that is wrong with a scenario file: what loading refuses, and what only a knowledge of the products can see.
 * Mistakes are in the result, not thrown.
 * @throws MISTRUST_SCENARIO_NOT_FOUND if the file cannot be read
 */
export async function lintScenario(source: string | ScenarioText, options: LintOptions = {}): Promise<Problem[]> {
  return examineForLint(await openScenario(source), options);
}

export function examineForLint(document: SourceDocument, options: LintOptions = {}): Problem[] {
  const rules = [
    ...LOAD_RULES,
    writesAreUnderstood,
    manifestsFitTheirCrds,
    expectationsCanBeMet(options.checks ?? CHECK_IDS),
  ];
  return examine(document, rules, [...LOAD_FILE_RULES, idIsPath]);
}

export type { KnownChecks } from "./expectations.js";
