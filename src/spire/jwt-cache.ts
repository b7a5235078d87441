import type { Seed } from "../runtime/index.js";
import type { JwtSvid } from "./authority.js";

/** Why the agent got no JWT-SVID, in its own words. */
export class FetchFailed extends Error {
  override readonly name = "FetchFailed";

  constructor(why: string) {
    super(`failed to fetch JWT SVID: ${why}`);
  }
}

/** The agent's JWT-SVIDs by SPIFFE ID and set of audiences; one is used until about half of its life is over. */
export class JwtCache {
  readonly #tokens = new Map<string, JwtSvid>();

  constructor(readonly seed: Seed) {}

  /** @returns a token from the cache, or what `mint` makes; an unexpired old one where `mint` throws */
  get(spiffeId: string, audience: readonly string[], now: number, mint: () => JwtSvid): JwtSvid {
    const key = JSON.stringify([spiffeId, ...[...audience].sort()]);
    const known = this.#tokens.get(key);
    if (known !== undefined && now < this.#renewedAt(known)) return known;
    try {
      const minted = mint();
      this.#tokens.set(key, minted);
      return minted;
    } catch (problem) {
      if (known !== undefined && now < known.expiresAt) return known;
      throw problem;
    }
  }

  /** Half of the life, give or take a tenth of the half. (pkg/common/rotationutil) */
  #renewedAt({ issuedAt, expiresAt }: JwtSvid): number {
    return expiresAt - ((expiresAt - issuedAt) / 2) * (1 + jitter(this.seed));
  }
}

/** Between -0.1 and 0.1. */
export function jitter(seed: Seed): number {
  return (seed.int(2001) - 1000) / 10_000;
}
