import { scenarioFiles } from "./catalogue.js";
import { examineForLint } from "./lint/index.js";
import { checkedScenario, openScenario } from "./load.js";
import type { Scenario } from "./types.js";

/**
 * Every scenario under `folder`, checked by lint too, ready to be written as JSON: the build does this once, so that
 * `serve ID` needs neither a YAML parser nor a validator.
 * @throws ScenarioError at the first file with mistakes
 */
export async function compileCatalogue(folder: string): Promise<Scenario[]> {
  const scenarios = [];
  for (const file of scenarioFiles(folder)) {
    const document = await openScenario(file);
    scenarios.push(checkedScenario(document, examineForLint(document)));
  }
  return scenarios.sort((a, b) => (a.id < b.id ? -1 : 1));
}
