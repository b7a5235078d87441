import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { builtInFolder, formatProblem, lintScenario } from "../../scenario/index.js";
import { newCommand, outputOf } from "../command.js";

export function command(exit: (code: number) => void): Command {
  return newCommand("lint", "find mistakes in scenario files, with their place and what to do about them")
    .argument("[files...]", "scenario files, or folders of them; all that mistrust brings along if left out")
    .action(async (targets: string[], options: { output: string }) => {
      const output = outputOf(options);
      const files = (targets.length === 0 ? [builtInFolder()] : targets).flatMap(filesIn);
      const problems = (await Promise.all(files.map((file) => lintScenario(file)))).flat();
      const errors = problems.filter((problem) => problem.severity === "error").length;
      if (output.json) output.data({ files, problems });
      for (const problem of output.json ? [] : problems) output.print(formatProblem(problem));
      if (!output.json)
        output.note(
          `${files.length} ${files.length === 1 ? "file" : "files"}, ${errors} ${errors === 1 ? "error" : "errors"}`,
        );
      if (errors > 0) exit(2);
    });
}

function filesIn(target: string): string[] {
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory() !== true) return [target];
  return readdirSync(target, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(target, name))
    .sort();
}
