import type { Clock, Seed } from "../runtime/index.js";
import type { ServerAuthority } from "./authority.js";
import type { X509Svid } from "./certificates.js";
import type { Entry } from "./entries.js";
import { jitter } from "./jwt-cache.js";

export interface SvidCacheOptions {
  readonly clock: Clock;
  readonly seed: Seed;
  readonly authority: ServerAuthority;
  readonly keyType: "ec-p256" | "ec-p384" | "rsa-2048";
  /** How often the agent looks for certificates to renew, ms. */
  readonly syncInterval: number;
}

const DEFAULT_TTL = 3_600;

/** The agent's X509-SVIDs by entry, and when each is renewed. */
export class SvidCache {
  readonly #options: SvidCacheOptions;
  readonly #svids = new Map<string, { readonly svid: X509Svid; readonly renewAt: number }>();

  constructor(options: SvidCacheOptions) {
    this.#options = options;
  }

  get(entryId: string): X509Svid | undefined {
    return this.#svids.get(entryId)?.svid;
  }

  forget(entryId: string): void {
    this.#svids.delete(entryId);
  }

  /** A new certificate for the entry, in place of the one it had. */
  mint({ id, spiffeId, dnsNames, x509SvidTtl }: Entry): X509Svid {
    const { clock, authority, keyType, seed, syncInterval } = this.#options;
    const now = clock.now();
    const ttl = (x509SvidTtl > 0 ? x509SvidTtl : DEFAULT_TTL) * 1000;
    const svid = authority.x509Svid({ spiffeId, dnsNames, keyType, now, ttl });
    // Half of the life remaining, give or take a tenth of the half; looked at once per sync. (pkg/common/rotationutil)
    const renewal = svid.notAfter - ((svid.notAfter - svid.notBefore) / 2) * (1 + jitter(seed));
    this.#svids.set(id, { svid, renewAt: Math.max(renewal, now + syncInterval) });
    return svid;
  }

  /** When the first certificate is renewed, ms since the epoch; Infinity without one. */
  get due(): number {
    let due = Infinity;
    for (const { renewAt } of this.#svids.values()) due = Math.min(due, renewAt);
    return due;
  }

  /** Ids of the entries whose certificate is to be renewed by now. */
  dueBy(now: number): string[] {
    return [...this.#svids].filter(([, { renewAt }]) => renewAt <= now).map(([id]) => id);
  }
}
