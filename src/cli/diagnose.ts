import { applyVariant, type Scenario } from "../scenario/index.js";

/** A failure whose text is like one that somebody has. */
export interface Suspicion {
  readonly scenario: string;
  readonly variant?: string;
  readonly title: string;
  readonly summary: string;
  /** 1: the same words in the same order; 0: nothing in common. */
  readonly likeness: number;
}

const LEAST = 0.35;

/**
 * The failures that end in a text like this one, likeliest first. Texts are compared by pairs of words, weighed by how
 * rare a pair is among all scenarios: "permission denied" says little, `invalid audience (aud) claim` a lot.
 */
export function diagnose(text: string, scenarios: readonly Scenario[]): Suspicion[] {
  const texts = scenarios.flatMap(failures);
  const seen = new Map<string, number>();
  for (const one of texts) for (const pair of one.pairs) seen.set(pair, (seen.get(pair) ?? 0) + 1);
  const weigh = (pairs: Iterable<string>): number => {
    let sum = 0;
    for (const pair of pairs) sum += Math.log(1 + texts.length / (seen.get(pair) ?? texts.length));
    return sum;
  };
  const asked = pairsOf(text);
  const all = weigh(asked);
  const best = new Map<string, Suspicion>();
  for (const { pairs, suspicion } of texts) {
    const common = weigh([...asked].filter((pair) => pairs.has(pair)));
    const likeness = all === 0 ? 0 : (common / all) * 0.8 + (common / Math.max(weigh(pairs), 1e-9)) * 0.2;
    const known = best.get(suspicion.scenario);
    if (likeness >= LEAST && likeness > (known?.likeness ?? 0))
      best.set(suspicion.scenario, { ...suspicion, likeness });
  }
  return [...best.values()].sort((a, b) => b.likeness - a.likeness);
}

interface Text {
  readonly pairs: ReadonlySet<string>;
  readonly suspicion: Omit<Suspicion, "likeness">;
}

function failures(scenario: Scenario): Text[] {
  const ids = [undefined, ...(scenario.variants ?? []).map((variant) => variant.id)];
  return ids.flatMap((variant) => {
    const { expect } = applyVariant(scenario, variant);
    if (expect.outcome !== "failure" || expect.says === undefined) return [];
    const { id, title, summary } = scenario;
    return [
      {
        pairs: pairsOf(expect.says),
        suspicion: { scenario: id, ...(variant !== undefined && { variant }), title, summary },
      },
    ];
  });
}

/** Addresses, ids and numbers differ from one run to the next and say nothing. */
function pairsOf(text: string): Set<string> {
  const words = text
    .replace(/\{\{[^}]*\}\}|https?:\/\/[^\s/"']+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\d+(?:\.\d+){3}(?::\d+)?/g, " ")
    .toLowerCase()
    .split(/[^a-z0-9_]+/)
    .filter((word) => word !== "");
  return new Set(words.map((word, at) => `${words[at - 1] ?? ""} ${word}`));
}
