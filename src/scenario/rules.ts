import type { FileRule, Rule } from "./examine.js";
import { mergePatch } from "./merge.js";
import { at, listAt, sameJson, stringAt, stringsIn } from "./path.js";
import { templateProblem, TEMPLATES, templatesIn } from "./templates.js";

/** What holds of every scenario, whatever the products in it: loading checks it, and lint too. */

export const templatesAreKnown: Rule = function* (experiment) {
  for (const part of ["world", "client", "clients", "faults", "expect"]) {
    for (const { text, path, key } of stringsIn(experiment[part], [part])) {
      for (const use of templatesIn(text)) {
        const place = { path, onKey: key };
        const problem = templateProblem(use);
        if (problem !== undefined) yield { ...place, ...problem };
        const of = use.name === undefined ? "lab" : TEMPLATES[use.name].of;
        if (of !== "lab" && at(experiment, ["world", of]) === undefined) {
          yield { ...place, sentence: `{{${use.text}}} has no value without a ${of}`, remedy: `add world.${of}` };
        }
      }
    }
  }
};

export const templatesInStepsAreKnown: FileRule = function* (scenario) {
  for (const i of listAt(scenario, ["variants"]).keys()) {
    for (const { text, path } of stringsIn(at(scenario, ["variants", i, "steps"]), ["variants", i, "steps"])) {
      for (const use of templatesIn(text)) {
        // Steps are shell lines, which have braces of their own.
        const problem = /^(?:vault|kubernetes|spire|lab)\b/.test(use.text) ? templateProblem(use) : undefined;
        if (problem !== undefined) yield { path, ...problem };
      }
    }
  }
};

export const variantIdsAreUnique: FileRule = function* (scenario) {
  const seen = new Set<string>();
  for (const i of listAt(scenario, ["variants"]).keys()) {
    const path = ["variants", i, "id"];
    const id = stringAt(scenario, path);
    if (id === undefined) continue;
    if (seen.has(id)) yield { path, sentence: `a second variant "${id}"`, remedy: "give it an id of its own" };
    seen.add(id);
  }
};

export const variantsChangeSomething: FileRule = function* (scenario) {
  for (const i of listAt(scenario, ["variants"]).keys()) {
    const path = ["variants", i, "change"];
    const change = at(scenario, path);
    if (change === undefined || !sameJson(mergePatch(scenario, change), scenario)) continue;
    const id = stringAt(scenario, ["variants", i, "id"]) ?? "";
    yield {
      path,
      onKey: true,
      sentence: `variant "${id}" changes nothing: what it sets is so already`,
      remedy: "set something else, or drop the variant",
    };
  }
};
