import type { Command } from "commander";
import { remoteLab } from "../client.js";
import { newCommand, outputOf } from "../command.js";

export function command(): Command {
  return newCommand("healthcheck", "exit 0 if a lab runs and answers, 3 if not")
    .option("--lab <id>", "which lab, where several run")
    .action(async (options: { output: string; lab?: string }) => {
      const output = outputOf(options);
      const lab = await remoteLab(options.lab);
      await lab.get("");
      if (output.json) output.data({ healthy: true, lab: lab.url });
      else output.print("healthy");
    });
}
