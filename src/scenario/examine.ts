import type { SourceDocument } from "./document.js";
import { mergePatch } from "./merge.js";
import { at, isObject, type JsonObject, listAt, objectAt, type Path, sameJson, stringAt } from "./path.js";
import type { Finding, Problem } from "./problem.js";

/** Looks at one experiment, a scenario with at most one variant merged in, as it stands in the file: nothing is sure. */
export type Rule = (experiment: JsonObject) => Iterable<Finding>;

/** Looks at a whole file. */
export type FileRule = (scenario: JsonObject, file: string) => Iterable<Finding>;

/**
 * All that the rules find, by place. Each variant is looked at merged into its scenario, as it will run; what it brings
 * with it is shown at its own `change` or `expect`, what the scenario has already is said once.
 */
export function examine(document: SourceDocument, rules: readonly Rule[], fileRules: readonly FileRule[]): Problem[] {
  if (document.broken || !isObject(document.value)) return sorted(document.problems);
  const scenario = document.value;
  const found = rules.flatMap((rule) => [...rule(scenario)]);
  const sentences = new Set(found.map(({ path, sentence }) => JSON.stringify([path, sentence])));
  const paths = new Set(found.map(({ path }) => JSON.stringify(path)));
  for (const i of listAt(scenario, ["variants"]).keys()) {
    const experiment = withVariant(scenario, i);
    for (const finding of rules.flatMap((rule) => [...rule(experiment)])) {
      const { path, sentence } = finding;
      const place = [...homeOf(path, i), ...path];
      const own = at(scenario, place) !== undefined;
      const told = own ? sentences.has(JSON.stringify([path, sentence])) : paths.has(JSON.stringify(path));
      if (told || paths.has(JSON.stringify(place))) continue;
      found.push(own ? { ...finding, path: place } : blame(finding, scenario, i));
    }
  }
  found.push(...fileRules.flatMap((rule) => [...rule(scenario, document.file)]));
  return sorted([...document.problems, ...found.map((finding) => document.locate(finding))]);
}

/** The scenario with variant number `i` merged in, loosely: as in `applyVariant`, but of whatever the file holds. */
function withVariant(scenario: JsonObject, i: number): JsonObject {
  const variant = objectAt(scenario, ["variants", i]);
  const merged = mergePatch(scenario, objectAt(variant, ["change"]));
  // A scenario without an outcome is told so itself; its variants are not to blame.
  const own = at(scenario, ["expect", "outcome"]) ?? "failure";
  const { outcome = variant.kind === "red-herring" ? own : "success", ...rest } = objectAt(variant, ["expect"]);
  const inherited = outcome === own ? objectAt(scenario, ["expect"]) : {};
  return { ...(isObject(merged) ? merged : {}), expect: { ...inherited, ...rest, outcome } };
}

/** Where in the file a variant sets what the experiment has at `path`. */
function homeOf(path: Path, i: number): Path {
  return path[0] === "expect" ? ["variants", i] : ["variants", i, "change"];
}

/** For what a variant brings about without setting it. */
function blame(finding: Finding, scenario: JsonObject, i: number): Finding {
  const name = stringAt(scenario, ["variants", i, "id"]) ?? String(i);
  const sentence = `with variant "${name}": ${finding.sentence}`;
  return { ...finding, path: homeOf(finding.path, i), onKey: true, sentence };
}

function sorted(problems: readonly Problem[]): Problem[] {
  const places = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return places.filter((problem, i) => !sameJson(problem, places[i - 1]));
}
