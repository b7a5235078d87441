import type { Command } from "commander";
import { wrap } from "../../lab/index.js";
import {
  applyVariant,
  findScenario,
  type Observation,
  type Scenario,
  splitVariant,
  type Variant,
} from "../../scenario/index.js";
import { newCommand, outputOf } from "../command.js";
import type { Output } from "../output.js";

export function command(): Command {
  return newCommand("show", "show one failure: what people see, why, and what helps")
    .argument("<scenario>", "id of a scenario, with @variant for one variant of it, or the path of a scenario file")
    .action(async (target: string, options: { output: string }) => {
      const output = outputOf(options);
      const { scenario: id, variant } = splitVariant(target);
      const scenario = await findScenario(id);
      if (output.json) output.data(variant === undefined ? scenario : applyVariant(scenario, variant));
      else output.print(page(scenario, variant, output));
    });
}

function page(scenario: Scenario, variant: string | undefined, output: Output): string {
  const { paint, width } = output;
  const effective = applyVariant(scenario, variant);
  const { expect } = effective;
  const versions = (scenario.affects ?? []).map((one) => `${one.product} ${one.versions}`).join(", ");
  const lines = [
    paint.bold(variant === undefined ? scenario.id : `${scenario.id}@${variant}`),
    ...wrap(effective.variant?.title ?? scenario.title, width),
    "",
    ...wrap(effective.variant?.summary ?? scenario.summary, width),
    ...(versions === "" ? [] : ["", `${paint.dim("affects")}  ${versions}`]),
    ...scenario.sources.map(
      ({ url, says }) => `${paint.dim("source ")}  ${url}${says === undefined ? "" : paint.dim(`  ${says}`)}`,
    ),
    "",
    paint.bold(`What comes out: ${expect.outcome}`),
    ...(expect.says ?? "").split("\n").map((line) => `  ${paint.yellow(line)}`),
    ...(expect.observed ?? []).map((one) => `  ${paint.green("must see")}  ${observation(one)}`),
    ...(expect.never ?? []).map((one) => `  ${paint.red("never   ")}  ${observation(one)}`),
  ];
  const variants = effective.variant === undefined ? (scenario.variants ?? []) : [effective.variant];
  for (const one of variants) lines.push("", ...variantLines(one, output));
  return [...lines, "", paint.dim(`Reproduce it:  mistrust run ${scenario.id} -- COMMAND`)].join("\n");
}

function variantLines({ id, kind, by, title, summary, since, steps }: Variant, { paint, width }: Output): string[] {
  const colour = kind === "red-herring" ? paint.red : paint.green;
  return [
    `${colour(kind)}  ${paint.bold(id)}  ${paint.dim(`(${by}${since === undefined ? "" : `, since ${since}`})`)}`,
    ...wrap(title, width - 2).map((line) => `  ${line}`),
    ...(summary === undefined ? [] : wrap(summary, width - 2).map((line) => paint.dim(`  ${line}`))),
    ...(steps ?? []).map((step) => `  ${paint.cyan("$")} ${step}`),
  ];
}

function observation({ server, request, status, refusedBy, audit, ...rest }: Observation): string {
  const more = Object.entries(rest).map(([key, value]) => `${key} ${value}`);
  if (audit !== undefined) more.push(`audit ${JSON.stringify(audit)}`);
  const by = refusedBy === undefined ? [] : [`refused by ${refusedBy}`];
  return [server, request, status === undefined ? undefined : `→ ${status}`, ...by, ...more]
    .filter((one) => one !== undefined)
    .join("  ");
}
