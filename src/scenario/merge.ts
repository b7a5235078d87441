import { MistrustError, nearest } from "../runtime/index.js";
import type { Effective, Expectation, Scenario, Variant } from "./types.js";

type Json = Readonly<Record<string, unknown>>;

/**
 * A JSON merge patch (RFC 7386): `null` removes a key, an object is merged key by key, anything else replaces.
 * Neither side is changed; new keys come after the old ones.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, unknown>(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/**
 * The scenario as one experiment: with the variant's change merged into it and its expectation in place, or as it
 * stands if no variant is named.
 * @throws MISTRUST_VARIANT_NOT_FOUND
 */
export function applyVariant(scenario: Scenario, id?: string): Effective {
  // Loading has validated what each variant makes of its scenario, so the merged shape is the scenario's own.
  const applied = (change: object): Effective => mergePatch(scenario, { ...change, variants: null }) as Effective;
  if (id === undefined) return applied({});
  const variant = variantOf(scenario, id);
  return { ...applied(variant.change), expect: expectationOf(scenario, variant), variant };
}

/** @throws MISTRUST_VARIANT_NOT_FOUND */
export function variantOf(scenario: Scenario, id: string): Variant {
  const variants = scenario.variants ?? [];
  const found = variants.find((variant) => variant.id === id);
  if (found !== undefined) return found;
  const ids = variants.map((variant) => variant.id);
  const close = nearest(id, ids);
  throw new MistrustError("MISTRUST_VARIANT_NOT_FOUND", `${scenario.id} has no variant "${id}"`, {
    remedy: close === undefined ? `it has ${ids.join(", ") || "none"}` : `did you mean "${close}"?`,
  });
}

/**
 * What must come out once `variant` is applied. Where its outcome is the scenario's own (a red herring, mostly), each
 * key that it leaves out is the scenario's, so that "still the same text" needs no repetition. Where the outcome
 * differs nothing is taken over. Without an outcome: the scenario's for a red herring, else success.
 */
export function expectationOf(scenario: Scenario, variant: Variant): Expectation {
  const { outcome: stated, ...rest } = variant.expect ?? {};
  const outcome = stated ?? (variant.kind === "red-herring" ? scenario.expect.outcome : "success");
  return outcome === scenario.expect.outcome ? { ...scenario.expect, ...rest, outcome } : { ...rest, outcome };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
