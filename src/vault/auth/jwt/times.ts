/** Seconds around a token's times within which it still counts; negative means none, 0 the default. */
export interface Leeways {
  readonly expiration: number;
  readonly notBefore: number;
  readonly clockSkew: number;
}

interface Times {
  readonly expiry: number;
  readonly notBefore: number;
  readonly issuedAt: number;
}

const DEFAULT_LEEWAY = 150;
const DEFAULT_SKEW = 60;

/** What is wrong with a token's times at `now` (seconds since the epoch). (hashicorp/cap jwt: validateAll) */
export function timesError(times: Times, now: number, leeways: Leeways): string | undefined {
  const { issuedAt } = times;
  let { expiry, notBefore } = times;
  if (issuedAt === 0 && notBefore === 0 && expiry === 0) {
    return "no issued at (iat), not before (nbf), or expiration time (exp) claims in token";
  }
  if (expiry === 0) expiry = Math.max(issuedAt, notBefore) + leeway(leeways.expiration, DEFAULT_LEEWAY);
  if (notBefore === 0) notBefore = issuedAt === 0 ? expiry - leeway(leeways.notBefore, DEFAULT_LEEWAY) : issuedAt;
  const skew = leeway(leeways.clockSkew, DEFAULT_SKEW);
  if (now + skew < notBefore) return "invalid not before (nbf) claim: token not yet valid";
  if (now - skew > expiry) return "invalid expiration time (exp) claim: token is expired";
  return now + skew < issuedAt ? "invalid issued at (iat) claim: token issued in the future" : undefined;
}

function leeway(seconds: number, byDefault: number): number {
  return seconds === 0 ? byDefault : Math.max(0, seconds);
}
