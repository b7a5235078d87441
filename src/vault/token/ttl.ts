import { humanDuration } from "../core/go.js";

export interface TtlWish {
  /** Asked for in this request (renewals); 0 = not. All spans are in seconds. */
  readonly increment?: number;
  readonly ttl: number;
  readonly period: number;
  readonly maxTtl: number;
  readonly explicitMaxTtl: number;
  /** When the lease began, ms; now if absent. */
  readonly startedAt?: number;
}

export interface TtlBounds {
  readonly now: number;
  readonly defaultTtl: number;
  readonly maxTtl: number;
}

/**
 * How long a token or lease lives, and what Vault warns of while it shortens the wish. (sdk/framework: CalculateTTL)
 * @throws Error `past the max TTL, cannot renew`
 */
export function calculateTtl(wish: TtlWish, bounds: TtlBounds): { readonly ttl: number; readonly warnings: string[] } {
  const warnings: string[] = [];
  const caps = [bounds.maxTtl, wish.maxTtl, wish.explicitMaxTtl].filter((cap) => cap > 0);
  const maxTtl = Math.min(...caps);
  const now = wholeSecond(bounds.now);
  const startedAt = wholeSecond(wish.startedAt ?? now);

  let ttl: number;
  let endsAt: number | undefined;
  if (wish.period > 0) {
    ttl = wish.period;
    if (ttl > maxTtl) {
      warnings.push(capped("period", "period", ttl, maxTtl));
      ttl = maxTtl;
    }
    if (wish.explicitMaxTtl > 0) endsAt = startedAt + wish.explicitMaxTtl * 1000;
  } else {
    ttl = [wish.increment ?? 0, wish.ttl].find((span) => span > 0) ?? bounds.defaultTtl;
    endsAt = startedAt + maxTtl * 1000;
  }
  if (endsAt === undefined) return { ttl, warnings };

  const left = (endsAt - now) / 1000;
  if (left <= 0) throw new Error("past the max TTL, cannot renew");
  if (left < ttl) {
    warnings.push(capped("TTL", "TTL", ttl, left));
    ttl = left;
  }
  return { ttl, warnings };
}

function wholeSecond(ms: number): number {
  return ms - (ms % 1000);
}

function capped(subject: string, value: string, wished: number, cap: number): string {
  return `${subject} of "${humanDuration(wished)}" exceeded the effective max_ttl of "${humanDuration(cap)}"; ${value} value is capped accordingly`;
}
