import { pass, refuse, type ServerLog, skip, type Verdict } from "../../../journal/index.js";
import { goQuote, goQuoteList } from "../../../runtime/index.js";
import { logLine } from "../../log-line.js";
import { claimsOf, isFailure, isSignedWith, parseCompact, SIGNING_ALGORITHMS } from "../signed-token.js";
import { listed, unauthorized } from "./verdicts.js";
import { registeredClaims } from "../registered-claims.js";
import { CLOCK_SKEW, lifeOf } from "../token-times.js";
import { serviceAccount } from "./claims.js";
import type { Login, LoginCheck, LoginRefusal } from "./login.js";

/** A refusal about a claim: 403 today, 500 with the new words in 0.13 and 0.14, 500 with other words before. */
function claimRefusal(login: Login, words: { readonly now: string; readonly before: string }): LoginRefusal {
  const status = login.context.quirk("audience-error-is-500") ? 500 : 403;
  return { status, text: login.context.quirk("kubernetes-claims-before-signature") ? words.before : words.now };
}

function unixNow(login: Login): number {
  return login.context.clock.now() / 1000;
}

/** Keeps what the token says; refuses where it is no JWT. */
function readToken(login: Login): string | undefined {
  const token = parseCompact(login.jwt, login.jose);
  if (isFailure(token)) return token.error;
  login.set("token", token);
  return undefined;
}

const SIGNATURE_REMEDY =
  "compare the token's key with pem_keys (rotated service account keys?), or leave pem_keys empty and let TokenReview judge";

const signature: LoginCheck = {
  id: "signature",
  doc: "The token parses, and one of pem_keys signed it; without pem_keys nobody looks at the signature here.",
  wants: (login) => (login.keys().length === 0 ? "a JWT" : `a JWT signed by one of ${login.keys().length} pem_keys`),
  run: (login) => {
    if (login.context.quirk("kubernetes-claims-before-signature")) return oldSignature(login);
    const mistake = readToken(login) ?? signatureMistake(login) ?? readClaims(login);
    if (mistake !== undefined) {
      return unauthorized(login, `error verifying token signature: ${mistake}`, { remedy: SIGNATURE_REMEDY });
    }
    const { algorithm, keyId } = login.get("token");
    const note = login.keys().length === 0 ? "no pem_keys: the signature is not checked here" : undefined;
    return pass(`${algorithm}${keyId === "" ? "" : `, kid ${keyId}`}`, note);
  },
};

function signatureMistake(login: Login): string | undefined {
  const token = login.get("token");
  const keys = login.keys();
  if (keys.length > 0) {
    return keys.some((key) => isSignedWith(token, key))
      ? undefined
      : "no known key successfully validated the token signature";
  }
  const known: readonly string[] = SIGNING_ALGORITHMS;
  if (!login.context.quirk("kubernetes-algorithms-are-listed") || known.includes(token.algorithm)) return undefined;
  return `unexpected signature algorithm ${goQuote(token.algorithm)}; expected ${goQuoteList(known)}`;
}

function readClaims(login: Login): string | undefined {
  const claims = claimsOf(login.get("token"));
  if (isFailure(claims))
    return login.keys().length > 0 ? "no known key successfully validated the token signature" : claims.error;
  login.set("claims", claims);
  return undefined;
}

/** Until plugin 0.12: the words are those of a multierror over all keys, and no pem_keys means no check. */
function oldSignature(login: Login): Verdict<LoginRefusal> {
  const keys = login.keys();
  const token = login.get("token");
  if (keys.length === 0) return skip("no pem_keys: the signature is not checked");
  if (!/^[RPE]S(256|384|512)$/.test(token.algorithm)) {
    return refuse(
      { status: 500, text: "unsupported JWT signing method" },
      { got: token.algorithm, remedy: SIGNATURE_REMEDY },
    );
  }
  if (keys.some((key) => isSignedWith(token, key))) return pass(token.algorithm);
  const kind = token.algorithm.startsWith("E") ? "ec" : "rsa";
  const lines = keys.map((key) => {
    const why =
      key.asymmetricKeyType === kind
        ? `crypto/${kind === "ec" ? "ecdsa" : "rsa"}: verification error`
        : "invalid signing method";
    return `\t* failed to validate JWT: ${why}\n`;
  });
  const text = `${lines.length === 1 ? "1 error" : `${lines.length} errors`} occurred:\n${lines.join("")}\n`;
  return refuse({ status: 500, text }, { got: token.algorithm, remedy: SIGNATURE_REMEDY });
}

const parse: LoginCheck = {
  id: "parse",
  doc: "The token is a JWT. (until plugin 0.12 a step of its own)",
  wants: () => "a JWT",
  run: (login) => {
    const mistake = readToken(login) ?? readClaims(login);
    const registered = mistake === undefined ? registeredClaims(login.get("claims"), login.jose) : { error: mistake };
    // unverified: the words of the old library, briankassouf/jose
    if ("error" in registered)
      return refuse({ status: 500, text: "not a compact JWS" }, { got: registered.error, remedy: "send a JWT" });
    login.set("registered", registered);
    return pass(login.get("token").algorithm);
  },
};

/** Which algorithms a release lets through. */
function accepted(login: Login): readonly string[] {
  const { context } = login;
  if (context.quirk("kubernetes-algorithms-are-listed")) return SIGNING_ALGORITHMS;
  const old = SIGNING_ALGORITHMS.filter((name) => !name.startsWith("PS"));
  return context.quirk("kubernetes-es384-is-forgotten") ? old.filter((name) => name !== "ES384") : old;
}

const algorithm: LoginCheck = {
  id: "algorithm",
  doc: "The token's alg is one that the plugin accepts.",
  wants: (login) => accepted(login).join(", "),
  run: (login) => {
    const token = login.get("token");
    const why =
      token.signature.length === 0
        ? "token must be signed"
        : accepted(login).includes(token.algorithm)
          ? undefined
          : "token signed with unexpected algorithm";
    if (why === undefined) return pass(token.algorithm);
    const text = `invalid algorithm (alg) header parameter: ${why}`;
    const remedy = "log in with a token that the cluster issued; clusters sign with RS256 or ES256";
    return refuse(claimRefusal(login, { now: text, before: text }), { got: token.algorithm, remedy });
  },
};

const registered: LoginCheck = {
  id: "registered-claims",
  doc: "The registered claims have the types that RFC 7519 gives them.",
  wants: () => "times as numbers, issuer as text, audience as text or list",
  run: (login) => {
    const found = registeredClaims(login.get("claims"), login.jose);
    if ("error" in found) {
      const remedy = "log in with a token that the cluster issued";
      return refuse(claimRefusal(login, { now: found.error, before: found.error }), { got: found.error, remedy });
    }
    login.set("registered", found);
    return pass();
  },
};

/** The issuer that a token must have; "" for any. */
function wantedIssuer(login: Login): string {
  const { disableIssValidation, issuer } = login.get("config");
  if (disableIssValidation) return "";
  return issuer === "" && login.context.quirk("kubernetes-default-issuer-is-enforced")
    ? "kubernetes/serviceaccount"
    : issuer;
}

const issuer: LoginCheck = {
  id: "issuer",
  doc: "The token's issuer is the configured one, where issuers are validated and one is configured.",
  wants: (login) => wantedIssuer(login) || undefined,
  run: (login) => {
    const [wanted, got] = [wantedIssuer(login), login.get("registered").issuer];
    if (wanted === "") {
      return skip(
        login.get("config").disableIssValidation ? "disable_iss_validation is true" : "no issuer is configured",
      );
    }
    if (got === wanted) return pass(got);
    const remedy = `set disable_iss_validation=true, or issuer=${JSON.stringify(got)} on the method's config`;
    const words = { now: "invalid issuer (iss) claim", before: 'claim "iss" is invalid' };
    return refuse(claimRefusal(login, words), { got, remedy });
  },
};

const AUDIENCE = {
  now: "invalid audience (aud) claim: audience claim does not match any expected audience",
  before: 'claim "aud" is invalid',
};

const audience: LoginCheck = {
  id: "audience",
  doc: "One of the token's audiences equals the role's audience, where it has one.",
  wants: (login) => login.get("role").audience || undefined,
  run: (login) => {
    const wanted = login.get("role").audience;
    const got = login.get("registered").audience;
    if (wanted === "")
      return { ...skip("the role has no audience: a token of any audience passes"), ...withoutAudience(login) };
    if (got.includes(wanted)) return pass(listed(got));
    const remedy = `request the token for the audience ${JSON.stringify(wanted)}, or set the role's audience to one of the token's`;
    return refuse(claimRefusal(login, AUDIENCE), { got: listed(got), remedy });
  },
};

function withoutAudience(login: Login): { readonly log?: ServerLog } {
  if (!login.context.quirk("kubernetes-audience-will-be-required")) return {};
  const text =
    "A role without an audience was used to authenticate into Vault. Vault v1.21+ will require roles to have an audience.";
  return { log: { level: "warn", line: logLine(login.logger, text, { role_name: login.roleName }) } };
}

const boundAudiences: LoginCheck = {
  id: "bound-audiences",
  doc: "Not in a real Vault: the token's audience meets one of the role's bound_audiences, which the real plugin drops.",
  wants: (login) =>
    login.get("role").boundAudiences.length === 0 ? undefined : listed(login.get("role").boundAudiences),
  run: (login) => {
    const wanted = login.get("role").boundAudiences;
    const got = login.get("registered").audience;
    if (login.context.boundAudiences === "ignore") return skip("boundAudiences: ignore, as the real plugin does");
    if (wanted.length === 0) return skip("the role has no bound_audiences");
    if (got.some((one) => wanted.includes(one))) return pass(listed(got));
    return refuse(claimRefusal(login, AUDIENCE), {
      got: listed(got),
      note: "a real Vault ignores bound_audiences on a Kubernetes role and would have gone on",
      remedy: `request the token for one of ${listed(wanted)}; with a real Vault use the role's audience instead`,
    });
  },
};

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

const claims: LoginCheck = {
  id: "claims",
  doc: "The claims of a service account have the types that Kubernetes gives them; audiences are a list.",
  wants: () => "the claims of a service account token",
  run: (login) => {
    const found = serviceAccount(login.get("claims"), login.context.quirk("decoding-errors-are-plain"));
    if ("error" in found) {
      const remedy = 'log in with a token that the cluster issued; its "aud" is always a list';
      return refuse({ status: 500, text: found.error }, { got: found.error, remedy });
    }
    login.set("account", found);
    return pass(`${found.namespace}/${found.name}`);
  },
};

/** Everything that is said about the token itself. */
export const tokenChecks = {
  parse,
  signature,
  algorithm,
  registeredClaims: registered,
  issuer,
  audience,
  boundAudiences,
  notBefore,
  expiry,
  issuedAt,
  oldTimes,
  claims,
} as const;
