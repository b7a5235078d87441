import type { Command } from "commander";
import { scenarioJsonSchemaText } from "../../scenario/index.js";
import { newCommand } from "../command.js";

export function command(): Command {
  return newCommand("schema", "print the JSON schema of scenario files, for editors").action(async () => {
    process.stdout.write(await scenarioJsonSchemaText());
  });
}
