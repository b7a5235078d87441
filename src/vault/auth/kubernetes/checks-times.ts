import { pass, refuse, skip } from "../../../journal/index.js";
import { CLOCK_SKEW, lifeOf } from "../token-times.js";
import type { Login, LoginCheck } from "./login.js";
import { claimRefusal } from "./verdicts.js";

function unixNow(login: Login): number {
  return login.context.clock.now() / 1000;
}

function timeCheck(
  id: string,
  doc: string,
  claim: "expiry" | "notBefore" | "issuedAt",
  text: string,
  remedy: string,
  fits: (time: number, now: number) => boolean,
): LoginCheck {
  return {
    id,
    doc,
    wants: (login) => `now ${iso(unixNow(login))}, ${CLOCK_SKEW} s of leeway`,
    run: (login) => {
      const found = lifeOf(login.get("registered"));
      if (found === undefined) return skip("the token has no exp, nbf or iat");
      if (fits(found[claim], unixNow(login))) return pass(iso(found[claim]));
      return refuse(claimRefusal(login, { now: text, before: text }), { got: iso(found[claim]), remedy });
    },
  };
}

function iso(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}

const notBefore = timeCheck(
  "not-before",
  "The token is valid already.",
  "notBefore",
  "invalid not before (nbf) claim: token not yet valid",
  "compare the clocks of the cluster and of Vault",
  (time, now) => now + CLOCK_SKEW >= time,
);

const expiry = timeCheck(
  "expiry",
  "The token has not expired; without exp it lives 150 s from its iat or nbf.",
  "expiry",
  "invalid expiration time (exp) claim: token is expired",
  "request a new token; a client that keeps one must renew it before it expires",
  (time, now) => now - CLOCK_SKEW <= time,
);

const issuedAt = timeCheck(
  "issued-at",
  "The token was not issued in the future.",
  "issuedAt",
  "invalid issued at (iat) claim: token issued in the future",
  "compare the clocks of the cluster and of Vault",
  (time, now) => now + CLOCK_SKEW >= time,
);

/** Until plugin 0.12: no leeway, and only together with the signature. */
const oldTimes: LoginCheck = {
  id: "expiry",
  doc: "The token is valid now, without leeway. (until plugin 0.12)",
  wants: (login) => `now ${iso(unixNow(login))}`,
  run: (login) => {
    const { expiry: until, notBefore: from } = login.get("registered");
    if (login.keys().length === 0) return skip("no pem_keys: the times are not checked");
    const remedy = "request a new token, and compare the clocks of the cluster and of Vault";
    if (until !== 0 && unixNow(login) > until)
      return refuse({ status: 500, text: "token is expired" }, { got: iso(until), remedy });
    if (from !== 0 && unixNow(login) < from)
      return refuse({ status: 500, text: "token is not yet valid" }, { got: iso(from), remedy });
    return pass(until === 0 ? undefined : iso(until));
  },
};

/** Is it the token's time? */
export const timeChecks = { notBefore, expiry, issuedAt, oldTimes } as const;
