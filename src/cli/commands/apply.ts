import type { Command } from "commander";
import { remoteLab } from "../client.js";
import { newCommand, outputOf } from "../command.js";

export function command(): Command {
  return newCommand("apply", "change a running lab to a variant of its scenario")
    .argument("<variant>", "id of the variant, as `mistrust show` lists them")
    .option("--lab <id>", "which lab, where several run")
    .action(async (variant: string, options: { output: string; lab?: string }) => {
      const output = outputOf(options);
      const lab = await remoteLab(options.lab);
      const after = await lab.post(`/variants/${encodeURIComponent(variant)}/apply`);
      if (output.json) output.data(JSON.parse(after));
      else output.print(`applied ${output.paint.bold(variant)}`);
    });
}
