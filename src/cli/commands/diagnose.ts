import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { wrap } from "../../lab/index.js";
import { listScenarios } from "../../scenario/index.js";
import { newCommand, outputOf } from "../command.js";
import { diagnose } from "../diagnose.js";

export function command(exit: (code: number) => void): Command {
  return newCommand("diagnose", "find the documented failures that an error text may come from")
    .argument("<text>", "the error, or - to read it from standard input")
    .action(async (argument: string, options: { output: string }) => {
      const output = outputOf(options);
      const { paint } = output;
      const text = argument === "-" ? readFileSync(0, "utf8") : argument;
      const found = diagnose(text, await listScenarios()).slice(0, 5);
      if (found.length === 0) exit(1);
      if (output.json) output.data(found);
      else if (found.length === 0) output.print("No documented failure has a text like this one.");
      for (const { scenario, variant, title, summary, likeness } of output.json ? [] : found) {
        const id = variant === undefined ? scenario : `${scenario}@${variant}`;
        output.print(`${paint.bold(id)}  ${paint.dim(`${Math.round(likeness * 100)} % alike`)}`);
        output.print(
          wrap(`${title}. ${summary}`, output.width - 2)
            .map((line) => `  ${line}`)
            .join("\n"),
        );
        output.print(paint.dim(`  mistrust show ${scenario}\n`));
      }
    });
}
