import { Command, CommanderError } from "commander";
import { problemOf } from "../control/index.js";
import { ERRORS, MistrustError, nearest } from "../runtime/index.js";
import type { CommandModule } from "./command.js";
import { createOutput } from "./output.js";
import { version } from "./version.js";

/** In the order in which `--help` shows them. Loaded one by one: starting a lab must not wait for what it does not use. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  list: () => import("./commands/list.js"),
  show: () => import("./commands/show.js"),
  serve: () => import("./commands/serve.js"),
  run: () => import("./commands/run.js"),
  verify: () => import("./commands/verify.js"),
  lint: () => import("./commands/lint.js"),
  explain: () => import("./commands/explain.js"),
  journal: () => import("./commands/journal.js"),
  apply: () => import("./commands/apply.js"),
  reset: () => import("./commands/reset.js"),
  diagnose: () => import("./commands/diagnose.js"),
  schema: () => import("./commands/schema.js"),
  healthcheck: () => import("./commands/healthcheck.js"),
  demo: () => import("./commands/demo.js"),
};

/**
 * Runs one command line.
 * @returns the exit code: 0 fine, 1 an expectation failed, 2 usage or a bad scenario, 3 could not start; `run` returns
 * the code of its command
 */
export async function run(argv: readonly string[]): Promise<number> {
  const json = wantsJson(argv);
  try {
    let code = 0;
    const program = await programFor(argv, (exitCode) => void (code = exitCode));
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return report(error, json);
  }
}

async function programFor(argv: readonly string[], exit: (code: number) => void): Promise<Command> {
  const program = new Command("mistrust")
    .description("Fake Vault and SPIRE servers that fail exactly the way the real ones do, and say why")
    .version(version, "-V, --version")
    .showHelpAfterError("(mistrust --help shows what there is)")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      "after",
      "\nExit codes: 0 fine, 1 an expectation failed, 2 usage or a bad scenario, 3 could not start.",
    )
    .exitOverride();
  const name = argv.find((word) => !word.startsWith("-"));
  const load = name === undefined ? undefined : Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (name !== undefined && name !== "help" && load === undefined) throw unknownCommand(name);
  for (const one of load === undefined ? Object.values(COMMANDS) : [load]) {
    const { command } = await one();
    program.addCommand(command(exit).exitOverride().showHelpAfterError());
  }
  return program;
}

function unknownCommand(name: string): MistrustError {
  const close = nearest(name, Object.keys(COMMANDS));
  return new MistrustError("MISTRUST_USAGE", `there is no command "${name}"`, {
    remedy: close === undefined ? "mistrust --help shows what there is" : `did you mean "${close}"?`,
  });
}

/** Errors in a scenario come as many, each with its place; they are printed one to a line. */
function report(error: unknown, json: boolean): number {
  const output = createOutput(json);
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  if (json) output.data({ errors: errors.map(problemOf) });
  for (const one of errors) output.note(`${output.notePaint.red("mistrust:")} ${sentence(one)}`);
  const first = errors[0];
  return first instanceof MistrustError ? ERRORS[first.code].exit : ERRORS.MISTRUST_INTERNAL.exit;
}

function sentence(error: unknown): string {
  if (error instanceof MistrustError) return error.toString();
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function wantsJson(argv: readonly string[]): boolean {
  const own = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  return own.some(
    (word, at) =>
      /^(?:-o=?|--output=)json$/.test(word) || (word === "json" && /^(?:-o|--output)$/.test(own[at - 1] ?? "")),
  );
}
