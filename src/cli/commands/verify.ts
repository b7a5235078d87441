import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import {
  type Experiment,
  experimentsOf,
  junit,
  junitCases,
  renderExplanation,
  type Verified,
  verify,
} from "../../lab/index.js";
import { findScenario, listScenarios, splitVariant, variantOf } from "../../scenario/index.js";
import { newCommand, outputOf } from "../command.js";
import type { Output } from "../output.js";
import { resultLine, summaryLine } from "../results.js";

interface Options {
  readonly output: string;
  readonly junit?: string;
  readonly shard?: { readonly index: number; readonly of: number };
  readonly seed?: string;
  readonly explain?: boolean;
}

export function command(exit: (code: number) => void): Command {
  return newCommand("verify", "run scenarios broken and in every variant, and compare with what they state")
    .argument(
      "[scenarios...]",
      "ids, ID@variant, or paths of scenario files; all that mistrust brings along if left out",
    )
    .option("--junit <file>", "write a JUnit XML report")
    .option("--shard <i/n>", "run only part i of n", shardOf)
    .option("--seed <text>", "use another seed than the scenarios'")
    .option("--explain", "explain each failure from its journal")
    .action(async (targets: string[], options: Options) => {
      const output = outputOf(options);
      const results = await verify(await experiments(targets), {
        ...(options.shard !== undefined && { shard: options.shard }),
        ...(options.seed !== undefined && { seed: options.seed }),
        paint: output.paint,
        onResult: (result) => {
          if (!output.json) show(result, output, options.explain ?? false);
        },
      });
      if (options.junit !== undefined) writeFileSync(options.junit, junit(junitCases(results)));
      if (output.json) output.data({ passed: results.every((one) => one.passed), results });
      else output.print(`\n${summaryLine(results, output.paint)}`);
      if (results.some((one) => !one.passed)) exit(1);
    });
}

async function experiments(targets: readonly string[]): Promise<Experiment[]> {
  if (targets.length === 0) return experimentsOf(await listScenarios());
  const chosen = targets.map(async (target): Promise<Experiment[]> => {
    const { scenario: id, variant } = splitVariant(target);
    const scenario = await findScenario(id);
    return variant === undefined ? experimentsOf([scenario]) : [{ scenario, variant: variantOf(scenario, variant).id }];
  });
  return (await Promise.all(chosen)).flat();
}

function show(result: Verified, output: Output, explain: boolean): void {
  output.print(resultLine(result, output.paint));
  for (const { lines } of result.shortfalls) output.print(lines.map((line) => `      ${line}`).join("\n"));
  if (explain && result.explanation !== undefined) {
    output.print(
      renderExplanation(result.explanation, { paint: output.paint, width: output.width - 6 }).replace(/^/gm, "      "),
    );
  }
}

function shardOf(text: string): { index: number; of: number } {
  const [, index, of] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  if (index !== undefined && of !== undefined && Number(index) <= Number(of))
    return { index: Number(index), of: Number(of) };
  throw new InvalidArgumentError("It is i/n, such as 1/4.");
}
