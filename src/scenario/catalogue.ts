import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MistrustError, nearest } from "../runtime/index.js";
import type { Scenario } from "./types.js";

/**
 * The scenarios under `folder`, sorted by id; without one, those that mistrust brings along.
 * @throws ScenarioError at the first file with mistakes
 */
export async function listScenarios(folder?: string): Promise<readonly Scenario[]> {
  const compiled = folder === undefined ? compiledFolder() : undefined;
  if (compiled !== undefined) return compiledIds(compiled).map((id) => readCompiled(compiled, id));
  const { loadScenario } = await import("./load.js");
  const scenarios = await Promise.all(scenarioFiles(folder ?? builtInFolder()).map((file) => loadScenario(file)));
  return scenarios.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * The scenario of that id, or in that file: what ends in .yaml or .yml, or is a file, is taken as a path.
 * @throws MISTRUST_SCENARIO_NOT_FOUND naming the nearest id
 * @throws ScenarioError if the file has mistakes
 */
export async function findScenario(idOrPath: string, folder?: string): Promise<Scenario> {
  if (isPath(idOrPath)) return (await import("./load.js")).loadScenario(idOrPath);
  const compiled = folder === undefined ? compiledFolder() : undefined;
  if (compiled !== undefined) {
    if (existsSync(compiledFile(compiled, idOrPath))) return readCompiled(compiled, idOrPath);
    throw notFound(idOrPath, compiledIds(compiled));
  }
  const files = fileById(folder ?? builtInFolder());
  const found = files.get(idOrPath);
  if (found !== undefined) return (await import("./load.js")).loadScenario(found);
  throw notFound(idOrPath, [...files.keys()]);
}

/** Takes `ID@variant` apart; a path may hold an @ of its own, as long as no variant id follows it. */
export function splitVariant(target: string): { readonly scenario: string; readonly variant?: string } {
  const match = /^(.+)@([a-z0-9][a-z0-9.-]*)$/.exec(target);
  const [, scenario, variant] = match ?? [];
  if (scenario === undefined || variant === undefined || /\.ya?ml$/.test(variant)) return { scenario: target };
  return { scenario, variant };
}

/** The scenario files under `folder`, sorted. */
export function scenarioFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => join(folder, file))
    .sort();
}

/** Where the scenarios that mistrust brings along stand, as YAML. */
export function builtInFolder(): string {
  return join(packageRoot(), "scenarios");
}

function fileById(folder: string): Map<string, string> {
  return new Map(
    scenarioFiles(folder).map((file) => {
      const path = relative(folder, file).split(sep).join("/");
      return [path.replace(/\.ya?ml$/, ""), file];
    }),
  );
}

function isPath(text: string): boolean {
  return /\.ya?ml$/.test(text) || (existsSync(text) && statSync(text).isFile());
}

function notFound(id: string, ids: readonly string[]): MistrustError {
  const close = nearest(id, ids) ?? ids.find((other) => basename(other) === basename(id));
  return new MistrustError("MISTRUST_SCENARIO_NOT_FOUND", `there is no scenario "${id}"`, {
    remedy: close === undefined ? "mistrust list shows them all" : `did you mean "${close}"?`,
  });
}

/**
 * Where the build has put every scenario, checked and parsed, each in a file of its own: starting one need not read the
 * others. `undefined` unless this runs from the build; the sources always read the YAML, which may be newer.
 */
function compiledFolder(): string | undefined {
  const dist = join(packageRoot(), "dist");
  if (!fileURLToPath(import.meta.url).startsWith(dist + sep)) return undefined;
  const folder = join(dist, "catalogue");
  return existsSync(folder) ? folder : undefined;
}

/** Sorted. */
function compiledIds(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length).split(sep).join("/"))
    .sort();
}

/** Dots lead to no other folder: an id has none. */
function compiledFile(folder: string, id: string): string {
  return join(folder, `${id.replaceAll("..", "")}.json`);
}

/** What this very build has written, after it had checked every scenario. */
function readCompiled(folder: string, id: string): Scenario {
  return JSON.parse(readFileSync(compiledFile(folder, id), "utf8")) as Scenario;
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
