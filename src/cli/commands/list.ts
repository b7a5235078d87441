import type { Command } from "commander";
import { wrap } from "../../lab/index.js";
import { listScenarios, type Scenario } from "../../scenario/index.js";
import { newCommand, outputOf } from "../command.js";
import type { Output } from "../output.js";

export function command(): Command {
  return newCommand("list", "list the documented failures that can be reproduced")
    .option("--tag <tag>", "only those with this tag")
    .option("--product <product>", "only those of this product")
    .action(async (options: { output: string; tag?: string; product?: string }) => {
      const output = outputOf(options);
      const { tag, product } = options;
      const chosen = (await listScenarios()).filter(
        (scenario) =>
          (tag === undefined || (scenario.tags ?? []).includes(tag)) &&
          (product === undefined || productsOf(scenario).includes(product)),
      );
      if (output.json) output.data(chosen.map(summaryOf));
      else output.print(chosen.length === 0 ? "There is none." : page(chosen, output));
    });
}

function productsOf(scenario: Scenario): string[] {
  const [folder = ""] = scenario.id.split("/");
  return [folder, ...(scenario.affects ?? []).map((one) => one.product)];
}

function summaryOf({ id, title, summary, tags, affects, variants }: Scenario): Record<string, unknown> {
  return {
    id,
    title,
    summary,
    tags,
    affects,
    variants: (variants ?? []).map(({ id, kind, by, title }) => ({ id, kind, by, title })),
  };
}

function page(scenarios: readonly Scenario[], { paint, width }: Output): string {
  const idWidth = Math.max(...scenarios.map(({ id }) => id.length));
  const room = Math.max(30, width - idWidth - 2);
  const lines = scenarios.flatMap(({ id, title }) => {
    const [first = "", ...more] = wrap(title, room);
    return [`${paint.bold(id.padEnd(idWidth))}  ${first}`, ...more.map((line) => " ".repeat(idWidth + 2) + line)];
  });
  const variants = scenarios.reduce((sum, scenario) => sum + (scenario.variants ?? []).length, 0);
  return [...lines, "", paint.dim(`${scenarios.length} failures, ${variants} variants`)].join("\n");
}
