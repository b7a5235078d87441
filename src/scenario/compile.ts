import { type CompiledCatalogue, scenarioFiles } from "./catalogue.js";
import { examineForLint } from "./lint/index.js";
import { checkedScenario, openScenario } from "./load.js";

/**
 * Every scenario under `folder`, checked by lint too, ready to be written as JSON: the build does this once, so that
 * `serve ID` needs neither a YAML parser nor a validator.
 * @throws ScenarioError at the first file with mistakes
 */
export async function compileCatalogue(folder: string): Promise<CompiledCatalogue> {
  const scenarios = [];
  for (const file of scenarioFiles(folder)) {
    const document = await openScenario(file);
    scenarios.push(checkedScenario(document, examineForLint(document)));
  }
  return { scenarios: scenarios.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}
