import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Command } from "commander";
import { LabRegistry, startControl } from "../../control/index.js";
import { renderExplanation, startLab } from "../../lab/index.js";
import { MistrustError } from "../../runtime/index.js";
import { splitVariant } from "../../scenario/index.js";
import { newCommand, outputOf } from "../command.js";
import { addWorldOptions, labOptions, type WorldOptions } from "../world-options.js";
import { writeFiles } from "../write-files.js";

interface Options extends WorldOptions {
  readonly output: string;
  readonly quiet?: boolean;
}

export function command(exit: (code: number) => void): Command {
  return addWorldOptions(
    newCommand("run", "run a command against a lab, return its exit code, and say what the fakes saw")
      .usage("[options] <scenario> -- <command> [arguments...]")
      .argument("<scenario>", "id of a scenario, with @variant for one variant of it, or the path of a scenario file")
      .argument("<command...>", "what to run, after --")
      .option("-q, --quiet", "say nothing where nothing was refused"),
  ).action(async (target: string, words: string[], options: Options) => {
    const output = outputOf(options);
    const { scenario, variant } = splitVariant(target);
    await using lab = await startLab(scenario, labOptions(options, variant));
    const labs = new LabRegistry();
    labs.add(lab);
    await writeFiles(lab, options.write);
    await using control = await startControl({ labs });
    const env = { ...process.env, ...lab.env(), MISTRUST_CONTROL: control.url };
    const code = await execute(words, env);
    const explanation = lab.explain();
    // What the command printed is the result; this stands beside it.
    if (output.json) output.note(JSON.stringify({ exitCode: code, ...explanation }));
    else if (options.quiet !== true || explanation.refusals.length > 0) {
      output.note(`\n${renderExplanation(explanation, { paint: output.notePaint, width: output.width })}`);
    }
    exit(code);
  });
}

/** Runs a command on this terminal. Its exit code, or 128 + the number of the signal that ended it, as shells say it. */
async function execute([name = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(name, args, { stdio: "inherit", env });
  // A terminal sends Ctrl-C to the whole group; what is sent to this process alone is handed on.
  const handOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  const ignore = (): void => undefined;
  process.on("SIGTERM", handOn).on("SIGHUP", handOn).on("SIGINT", ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", (cause: NodeJS.ErrnoException) => reject(notStarted(name, cause)));
      child.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    process.off("SIGTERM", handOn).off("SIGHUP", handOn).off("SIGINT", ignore);
  }
}

function notStarted(name: string, cause: NodeJS.ErrnoException): MistrustError {
  const why = cause.code === "ENOENT" ? "there is no such program" : cause.message;
  return new MistrustError("MISTRUST_USAGE", `cannot run ${name}: ${why}`, { cause });
}
