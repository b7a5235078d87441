import type { LintOptions } from "./lint/index.js";
import type { ScenarioText } from "./load.js";
import type { Problem } from "./problem.js";
import type { Scenario } from "./types.js";

/** What needs the YAML parser and the validator, which are loaded at the first call and not before. */

/**
 * Reads and checks a scenario: a file's path, or a text.
 * @throws ScenarioError (MISTRUST_SCENARIO_INVALID) with all mistakes at once, each with its place
 * @throws MISTRUST_SCENARIO_NOT_FOUND if the file cannot be read
 */
export async function loadScenario(source: string | ScenarioText): Promise<Scenario> {
  return (await import("./load.js")).loadScenario(source);
}

/**
 * All that is wrong with a scenario file, in the order in which it stands there: what loading refuses, and what only a
 * knowledge of the products can see. Nothing is thrown for mistakes; notes are among them by their severity.
 * @throws MISTRUST_SCENARIO_NOT_FOUND if the file cannot be read
 */
export async function lintScenario(source: string | ScenarioText, options?: LintOptions): Promise<Problem[]> {
  return (await import("./lint/index.js")).lintScenario(source, options);
}

/** The format as JSON Schema, draft 2020-12: the text of `schema/scenario.v1.json`. */
export async function scenarioJsonSchemaText(): Promise<string> {
  return (await import("./json-schema.js")).scenarioJsonSchemaText();
}
