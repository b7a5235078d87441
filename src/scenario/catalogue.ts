import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MistrustError, nearest } from "../runtime/index.js";
import type { Scenario } from "./types.js";

/** Every scenario of the package, checked and parsed when it was built: what `dist/catalogue.json` holds. */
export interface CompiledCatalogue {
  readonly scenarios: readonly Scenario[];
}

/**
 * The scenarios under `folder`, sorted by id; without one, those that mistrust brings along.
 * @throws ScenarioError at the first file with mistakes
 */
export async function listScenarios(folder?: string): Promise<readonly Scenario[]> {
  if (folder === undefined) {
    const compiled = readCompiled();
    if (compiled !== undefined) return compiled.scenarios;
  }
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
  const compiled = folder === undefined ? readCompiled() : undefined;
  const scenarios = compiled?.scenarios ?? fileById(folder ?? builtInFolder());
  const found = scenarios instanceof Map ? scenarios.get(idOrPath) : scenarios.find(({ id }) => id === idOrPath);
  if (typeof found === "string") return (await import("./load.js")).loadScenario(found);
  if (found !== undefined) return found;
  const ids = scenarios instanceof Map ? [...scenarios.keys()] : scenarios.map(({ id }) => id);
  throw notFound(idOrPath, ids);
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

/** The built catalogue, if this runs from the build; the sources always read the YAML, which may be newer. */
function readCompiled(): CompiledCatalogue | undefined {
  const root = packageRoot();
  const dist = join(root, "dist");
  if (!fileURLToPath(import.meta.url).startsWith(dist + sep)) return undefined;
  const file = join(dist, "catalogue.json");
  // Written by this very build, after it had checked every scenario.
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as CompiledCatalogue) : undefined;
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
