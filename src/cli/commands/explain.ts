import type { Command } from "commander";
import { type Explanation, renderExplanation } from "../../lab/index.js";
import { remoteLab } from "../client.js";
import { newCommand, outputOf } from "../command.js";

export function command(): Command {
  return newCommand("explain", "say what a running lab saw and why it refused")
    .option("--lab <id>", "which lab, where several run")
    .option("--refusals", "only what was refused")
    .option("--all", "every check, with what it saw")
    .action(async (options: { output: string; lab?: string; refusals?: boolean; all?: boolean }) => {
      const output = outputOf(options);
      const lab = await remoteLab(options.lab);
      const explanation = JSON.parse(await lab.get("/explain")) as Explanation;
      if (output.json) output.data(explanation);
      else
        output.print(
          renderExplanation(explanation, {
            paint: output.paint,
            width: output.width,
            refusalsOnly: options.refusals ?? false,
            allChecks: options.all ?? false,
          }),
        );
    });
}
