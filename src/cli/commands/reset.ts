import type { Command } from "commander";
import { remoteLab } from "../client.js";
import { newCommand, outputOf } from "../command.js";

export function command(): Command {
  return newCommand("reset", "take a running lab back to its scenario as it stands, with an empty journal")
    .option("--lab <id>", "which lab, where several run")
    .action(async (options: { output: string; lab?: string }) => {
      const output = outputOf(options);
      const after = await (await remoteLab(options.lab)).post("/reset");
      if (output.json) output.data(JSON.parse(after));
      else output.print("reset");
    });
}
