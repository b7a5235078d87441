import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Program } from "./program.js";

const CLI = join(import.meta.dirname, "../../../dist/cli.js");

/** `mistrust` as it is shipped, in a process of its own. */
export function mistrust(...args: readonly string[]): Program {
  return new Program(process.execPath, [built(), ...args]);
}

/** What a command of `mistrust` printed as JSON. */
export async function mistrustJson<T>(args: readonly string[], env: Readonly<Record<string, string>>): Promise<T> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [built(), ...args, "-o", "json"], { env: { ...process.env, ...env } });
  return JSON.parse(stdout) as T;
}

function built(): string {
  if (!existsSync(CLI)) throw new Error("dist/ is missing: run `npm run build` first");
  return CLI;
}
