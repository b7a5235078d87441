import { MistrustError } from "../runtime/index.js";
import { applyVariant, type Scenario } from "../scenario/index.js";
import { type Explanation } from "./explain.js";
import { fillExpectation, type Shortfall, shortfalls } from "./expect.js";
import type { JUnitCase } from "./junit.js";
import { type Paint, plain } from "./paint.js";
import { startLab } from "./start.js";

/** One scenario, as it stands or in one variant. */
export interface Experiment {
  readonly scenario: Scenario;
  /** `undefined` for the scenario as it stands. */
  readonly variant?: string;
}

/** How one experiment came out. */
export interface Verified {
  readonly scenario: string;
  readonly variant?: string;
  readonly title: string;
  /** `broken` for the scenario as it stands, else the variant's kind. */
  readonly kind: string;
  readonly outcome: "success" | "failure";
  /** What the client model said. */
  readonly says?: string;
  /** Who refused, and by which check, in the order in which it happened: `vault: token-review`. */
  readonly refusedBy: readonly string[];
  readonly passed: boolean;
  readonly seconds: number;
  readonly shortfalls: readonly Shortfall[];
  /** Set where something failed: what the fakes saw. */
  readonly explanation?: Explanation;
}

export interface VerifyOptions {
  /** Runs only part i of n equal parts, counting from 1. */
  readonly shard?: { readonly index: number; readonly of: number };
  readonly seed?: string;
  readonly paint?: Paint;
  /** Called as each experiment ends. */
  readonly onResult?: (result: Verified, done: number, of: number) => void;
}

/** Every experiment of these scenarios: each as it stands, and each in every variant. */
export function experimentsOf(scenarios: readonly Scenario[]): Experiment[] {
  return scenarios.flatMap((scenario) => [
    { scenario },
    ...(scenario.variants ?? []).map((variant) => ({ scenario, variant: variant.id })),
  ]);
}

/**
 * Runs experiments, each in a lab of its own, and compares what the client models say and what the journals hold with
 * what the scenarios state. What does not come out as stated is a result, not an error.
 */
export async function verify(experiments: readonly Experiment[], options: VerifyOptions = {}): Promise<Verified[]> {
  const { shard } = options;
  const mine = experiments.filter((_, at) => shard === undefined || at % shard.of === shard.index - 1);
  const results: Verified[] = [];
  for (const experiment of mine) {
    const result = await verifyOne(experiment, options);
    results.push(result);
    options.onResult?.(result, results.length, mine.length);
  }
  return results;
}

async function verifyOne({ scenario, variant }: Experiment, options: VerifyOptions): Promise<Verified> {
  const effective = applyVariant(scenario, variant);
  const began = performance.now();
  const about = {
    scenario: scenario.id,
    ...(variant !== undefined && { variant }),
    title: effective.variant?.title ?? scenario.title,
    kind: effective.variant?.kind ?? "broken",
    outcome: effective.expect.outcome,
  };
  const ended = (
    found: readonly Shortfall[],
    more: Partial<Pick<Verified, "says" | "refusedBy" | "explanation">> = {},
  ): Verified => ({
    ...about,
    refusedBy: [],
    ...more,
    passed: found.length === 0,
    seconds: (performance.now() - began) / 1000,
    shortfalls: found,
  });
  try {
    await using lab = await startLab(scenario, {
      ...(variant !== undefined && { variant }),
      ...(options.seed !== undefined && { seed: options.seed }),
    });
    const said = await lab.runClient();
    const expected = fillExpectation(effective.expect, lab.lookup);
    const idle = lab
      .unusedFaults()
      .map((fault) => ({ what: "fault", lines: [`the fault ${fault} struck nothing`] }) as const);
    const found = [...shortfalls(expected, { ...said, events: lab.journal.events() }, options.paint ?? plain), ...idle];
    const explanation = lab.explain();
    return ended(found, {
      refusedBy: refusers(explanation),
      ...(said.client !== undefined && { says: said.client.says }),
      ...(found.length > 0 && { explanation }),
    });
  } catch (error) {
    return ended([{ what: "outcome", lines: [`the lab did not run: ${sentenceOf(error)}`] }]);
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof MistrustError) return error.toString();
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function refusers({ refusals }: Explanation): string[] {
  return [
    ...new Set(refusals.map(({ server, refusedBy, status }) => `${server}: ${refusedBy ?? status ?? "cut off"}`)),
  ];
}

/** The results as test cases of a JUnit report. */
export function junitCases(results: readonly Verified[]): JUnitCase[] {
  return results.map((result) => ({
    suite: result.scenario,
    name: `${result.variant ?? "as it stands"}: ${result.title}`,
    seconds: result.seconds,
    ...(!result.passed && { failure: result.shortfalls.map((one) => one.lines.join("\n")).join("\n\n") }),
  }));
}
