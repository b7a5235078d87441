import type { RegisteredClaims } from "./registered-claims.js";

/** Clock skew that is forgiven, in seconds. (go-jose: jwt.DefaultLeeway) */
export const CLOCK_SKEW = 60;
/** How long a token without exp lives, and for how long one without nbf is valid before, in seconds. (hashicorp/cap: DefaultLeewaySeconds) */
const DEFAULT_LEEWAY = 150;

/** Seconds around a token's times within which it still counts; negative means none, 0 the default. */
export interface Leeways {
  readonly expiration: number;
  readonly notBefore: number;
  readonly clockSkew: number;
}

const DEFAULTS: Leeways = { expiration: 0, notBefore: 0, clockSkew: 0 };

/** A token's times in seconds since the epoch. */
export type Life = Pick<RegisteredClaims, "expiry" | "notBefore" | "issuedAt">;

/** exp, nbf and iat, those that are missing worked out from the others; `undefined` where there is none. (hashicorp/cap jwt: validateAll) */
export function lifeOf({ expiry, notBefore, issuedAt }: Life, leeways = DEFAULTS): Life | undefined {
  if (expiry === 0 && notBefore === 0 && issuedAt === 0) return undefined;
  const until = expiry !== 0 ? expiry : Math.max(issuedAt, notBefore) + leeway(leeways.expiration, DEFAULT_LEEWAY);
  const before = issuedAt !== 0 ? issuedAt : until - leeway(leeways.notBefore, DEFAULT_LEEWAY);
  return { expiry: until, notBefore: notBefore !== 0 ? notBefore : before, issuedAt };
}

/** What is wrong with a token's times at `now` (seconds since the epoch). (hashicorp/cap jwt: validateAll) */
export function timesError(times: Life, now: number, leeways: Leeways): string | undefined {
  const life = lifeOf(times, leeways);
  if (life === undefined) return "no issued at (iat), not before (nbf), or expiration time (exp) claims in token";
  const skew = leeway(leeways.clockSkew, CLOCK_SKEW);
  if (now + skew < life.notBefore) return "invalid not before (nbf) claim: token not yet valid";
  if (now - skew > life.expiry) return "invalid expiration time (exp) claim: token is expired";
  return now + skew < life.issuedAt ? "invalid issued at (iat) claim: token issued in the future" : undefined;
}

function leeway(seconds: number, byDefault: number): number {
  return seconds === 0 ? byDefault : Math.max(0, seconds);
}
