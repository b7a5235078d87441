import type { Clock } from "../runtime/index.js";
import type { RateLimits } from "./options.js";

const METHODS: Readonly<Record<keyof RateLimits, string>> = {
  fetchX509Svid: "/SpiffeWorkloadAPI/FetchX509SVID",
  fetchX509Bundles: "/SpiffeWorkloadAPI/FetchX509Bundles",
  fetchJwtSvid: "/SpiffeWorkloadAPI/FetchJWTSVID",
  fetchJwtBundles: "/SpiffeWorkloadAPI/FetchJWTBundles",
  streamSecrets: "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets",
  fetchSecrets: "/envoy.service.secret.v3.SecretDiscoveryService/FetchSecrets",
};

interface Bucket {
  tokens: number;
  /** ms since the epoch. */
  filledAt: number;
}

/** Token buckets by method and selector set; a limit is both rate per second and burst. (endpoints/ratelimit.go) */
export class RateLimiter {
  readonly #limits: ReadonlyMap<string, number>;
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    readonly clock: Clock,
    limits: RateLimits,
  ) {
    this.#limits = new Map(
      Object.entries(METHODS).flatMap(([name, method]) => {
        const limit = name in limits ? limits[name as keyof RateLimits] : undefined;
        return limit === undefined || limit <= 0 ? [] : [[method, limit] as const];
      }),
    );
  }

  limitOf(method: string): number | undefined {
    return this.#limits.get(method);
  }

  allow(method: string, selectors: ReadonlySet<string>): boolean {
    const limit = this.#limits.get(method);
    if (limit === undefined) return true;
    const now = this.clock.now();
    const key = JSON.stringify([method, ...[...selectors].sort()]);
    const bucket = this.#buckets.get(key) ?? { tokens: limit, filledAt: now };
    this.#buckets.set(key, bucket);
    bucket.tokens = Math.min(limit, bucket.tokens + ((now - bucket.filledAt) / 1000) * limit);
    bucket.filledAt = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
