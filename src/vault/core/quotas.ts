import type { Clock } from "../../runtime/index.js";

export interface RateLimitQuota {
  readonly name: string;
  /** A mount's path, a path below one, or empty for all. */
  readonly path: string;
  readonly role: string;
  readonly rate: number;
  /** Seconds */
  readonly interval: number;
  readonly blockInterval: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

export interface RateOutcome {
  readonly allowed: boolean;
  readonly limit: number;
  readonly resetMs: number;
}

/** (vault/quotas: defaultExemptPaths) */
const DEFAULT_EXEMPT_PATHS = [
  "sys/generate-recovery-token/attempt",
  "sys/generate-recovery-token/update",
  "sys/generate-root/attempt",
  "sys/generate-root/update",
  "sys/health",
  "sys/seal-status",
  "sys/unseal",
] as const;

/** Rate limits by path, counted per client address in each quota's interval. (vault/quotas) */
export class Quotas {
  readonly #clock: Clock;
  readonly #quotas = new Map<string, RateLimitQuota>();
  readonly #buckets = new Map<string, Bucket>();
  responseHeaders = false;
  auditRejections = false;
  exemptPaths: readonly string[] = DEFAULT_EXEMPT_PATHS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get any(): boolean {
    return this.#quotas.size > 0;
  }

  get(name: string): RateLimitQuota | undefined {
    return this.#quotas.get(name);
  }

  names(): string[] {
    return [...this.#quotas.keys()].sort();
  }

  set(quota: RateLimitQuota): void {
    this.#quotas.set(quota.name, quota);
    this.#forget(quota.name);
  }

  delete(name: string): void {
    this.#quotas.delete(name);
    this.#forget(name);
  }

  /** Counts a request against the most specific quota for its path; `undefined` if there is none. */
  take(path: string, mount: string, address: string): RateOutcome | undefined {
    const fitting = [...this.#quotas.values()].filter(
      (quota) => quota.path === "" || quota.path === mount || (quota.path.startsWith(mount) && fits(quota.path, path)),
    );
    const quota = fitting.sort((a, b) => b.path.length - a.path.length)[0];
    if (quota === undefined || this.exemptPaths.some((exempt) => path.startsWith(exempt))) return undefined;
    return this.#count(quota, address);
  }

  #count(quota: RateLimitQuota, address: string): RateOutcome {
    const now = this.#clock.now();
    const key = `${quota.name}\n${address}`;
    const span = quota.interval * 1000;
    const known = this.#buckets.get(key);
    const bucket = known === undefined || now - known.filledAt >= span ? { tokens: quota.rate, filledAt: now } : known;
    const allowed = bucket.tokens > 0;
    if (allowed) bucket.tokens--;
    this.#buckets.set(key, bucket);
    return { allowed, limit: quota.rate, resetMs: bucket.filledAt + span - now };
  }

  #forget(name: string): void {
    for (const key of this.#buckets.keys()) if (key.startsWith(`${name}\n`)) this.#buckets.delete(key);
  }
}

function fits(quotaPath: string, path: string): boolean {
  return quotaPath.endsWith("*") ? path.startsWith(quotaPath.slice(0, -1)) : path === quotaPath;
}
