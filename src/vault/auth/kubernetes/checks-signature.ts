import { pass, refuse, skip, type Verdict } from "../../../journal/index.js";
import { goQuote, goQuoteList } from "../../../runtime/index.js";
import { registeredClaims } from "../registered-claims.js";
import { claimsOf, isFailure, isSignedWith, parseCompact, SIGNING_ALGORITHMS } from "../signed-token.js";
import type { Login, LoginCheck, LoginRefusal } from "./login.js";
import { claimRefusal, unauthorized } from "./verdicts.js";

/** Keeps what the token says; refuses where it is no JWT. */
function readToken(login: Login): string | undefined {
  const strict = login.keys().length === 0 && login.context.quirk("kubernetes-algorithms-are-listed");
  const token = parseCompact(login.jwt, login.jose, { strict });
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

/** Is it a token, and whose? */
export const signatureChecks = { parse, signature, algorithm } as const;
