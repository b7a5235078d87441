import { Command, Option } from "commander";
import { createOutput, type Output } from "./output.js";

/** What a file in commands/ exports. */
export interface CommandModule {
  /** `exit` sets the exit code, where that is not 0. */
  readonly command: (exit: (code: number) => void) => Command;
}

/** `-o json` is understood by every command. */
export function newCommand(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .addOption(
      new Option("-o, --output <format>", "how results are printed").choices(["text", "json"]).default("text"),
    );
}

/** Every action gets its output from here. */
export function outputOf(options: { readonly output: string }): Output {
  return createOutput(options.output === "json");
}
