import { constants, type KeyObject, verify, X509Certificate } from "node:crypto";
import { goQuote, goQuoteList } from "../../runtime/index.js";
import type { Agent } from "../agent.js";
import { readSpiffeId } from "../spiffe-id.js";
import { JsonRefused, kindOf, type Members, membersOf, stringIn, stringsIn } from "./go-jose-json.js";

/** A JWS in compact form, taken apart. */
export interface ParsedToken {
  readonly algorithm: string;
  readonly kid: string;
  readonly header: Members;
  readonly claims: Claims;
  /** The parts that are signed. */
  readonly head: Buffer;
  readonly body: Buffer;
  readonly signature: Buffer;
}

/** The registered claims that SPIRE looks at, and all of them. Times in seconds since the epoch. */
export interface Claims {
  readonly subject: string;
  readonly audience: readonly string[];
  readonly expiry?: number;
  readonly notBefore?: number;
  readonly issuedAt?: number;
  readonly all: Readonly<Record<string, unknown>>;
}

/** Why a token is refused, in the words of the release. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
}

const ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

const WRONG_SIGNATURE = "error in cryptographic primitive";

/** Bytes of an ECDSA signature. */
const SIGNATURE_SIZES: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132 };

/** The name under which the release's JOSE library complains. */
function jose(agent: Agent): string {
  return agent.has("square-go-jose") ? "square/go-jose" : "go-jose/go-jose";
}

/** Reads a token as the release's go-jose does: its header, then its key id, then its claims. @throws TokenRefused */
export function parseToken(agent: Agent, token: string): ParsedToken {
  const [head, body, signature] = partsOf(agent, token);
  const header = headerOf(agent, head);
  const algorithm = stringIn(header.get("alg"));
  if (!ALGORITHMS.includes(algorithm)) {
    if (!agent.has("jwt-validation-by-algorithm-list"))
      throw new TokenRefused(`unsupported token signature algorithm ${goQuote(algorithm)}`);
    const prefix = agent.has("go-jose-prefixes-algorithm") ? "go-jose/go-jose: " : "";
    const why = `${prefix}unexpected signature algorithm ${goQuote(algorithm)}; expected ${goQuoteList(ALGORITHMS)}`;
    throw unparsable(agent, why);
  }
  if (holdsSecretKey(header.get("jwk"))) {
    throw unparsable(agent, "go-jose/go-jose: invalid embedded jwk, must be public key");
  }
  const kid = stringIn(header.get("kid"));
  if (kid === "") throw new TokenRefused("token header missing key id");
  return { algorithm, kid, header, claims: claimsOf(agent, body), head, body, signature };
}

/** The trust domain of the subject. @throws TokenRefused */
export function subjectOf(
  agent: Agent,
  { claims: { subject, expiry } }: ParsedToken,
): { readonly id: string; readonly trustDomain: string } {
  if (subject === "") throw new TokenRefused("token missing subject claim");
  if (expiry === undefined && agent.has("jwt-needs-exp")) throw new TokenRefused("token missing exp claim");
  const reading = readSpiffeId(subject);
  if ("problem" in reading) throw new TokenRefused(`token has in invalid subject claim: ${reading.problem}`);
  return { id: subject, trustDomain: reading.trustDomain };
}

/** Critical headers, then the signature. (go-jose signing.go DetachedVerify) @throws TokenRefused */
export function verifySignature(agent: Agent, token: ParsedToken, key: KeyObject): void {
  const { algorithm, header, signature } = token;
  if (inGoWords(() => stringsIn(header.get("crit"))).some((name) => name !== "b64")) {
    const unnamed = agent.has("jwt-critical-header-is-not-named");
    throw new TokenRefused(`${jose(agent)}: ${unnamed ? WRONG_SIGNATURE : "unsupported critical header"}`);
  }
  const family = algorithm.slice(0, 2);
  const fits = key.asymmetricKeyType === (family === "ES" ? "ec" : "rsa");
  const sized = (SIGNATURE_SIZES[algorithm] ?? signature.length) === signature.length;
  const options =
    family === "ES"
      ? { key, dsaEncoding: "ieee-p1363" as const }
      : family === "PS"
        ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
        : key;
  if (!fits || !sized || !verify(`sha${algorithm.slice(2)}`, signedBytes(token), options, signature)) {
    throw new TokenRefused(`${jose(agent)}: ${WRONG_SIGNATURE}`);
  }
}

/** Audience, then times with a minute of leeway, in go-jose's order. @throws TokenRefused */
export function validateClaims(agent: Agent, { claims }: ParsedToken, audience: string, now: number): void {
  const { audience: having, notBefore = -Infinity, expiry = Infinity, issuedAt = -Infinity } = claims;
  if (!having.includes(audience)) {
    throw new TokenRefused(`expected audience in ${goQuoteList([audience])} (audience=${goQuoteList(having)})`);
  }
  if (now + LEEWAY < notBefore * 1000) {
    throw new TokenRefused(`${jose(agent)}/jwt: validation failed, token not valid yet (nbf)`);
  }
  if (now - LEEWAY > expiry * 1000) throw new TokenRefused("token has expired");
  if (now + LEEWAY < issuedAt * 1000) {
    throw new TokenRefused(`${jose(agent)}/jwt: validation field, token issued in the future (iat)`);
  }
}

const LEEWAY = 60_000;

function partsOf(agent: Agent, token: string): readonly [Buffer, Buffer, Buffer] {
  const parts = (agent.has("jwt-validation-by-algorithm-list") ? token : token.replace(/\s+/g, "")).split(".");
  const [head = "", body = "", tail = ""] = parts;
  if (parts.length !== 3) throw unparsable(agent, "go-jose/go-jose: compact JWS format must have three parts");
  for (const part of parts) {
    const at = badBase64(part);
    if (at !== undefined) throw unparsable(agent, `illegal base64 data at input byte ${at}`);
  }
  return [Buffer.from(head, "base64url"), Buffer.from(body, "base64url"), Buffer.from(tail, "base64url")];
}

/** What go-jose keeps of a header; a member that is null is as good as none. (go-jose shared.go sanitized) */
function headerOf(agent: Agent, head: Buffer): Members {
  try {
    const members = head.length === 0 ? [] : [...membersOf(head, "jose.rawHeader")];
    const header = new Map(members.filter(([, raw]) => raw !== "null"));
    for (const [name, raw] of header) HEADERS[name]?.(raw, agent);
    return header;
  } catch (problem) {
    if (problem instanceof JsonRefused) throw unparsable(agent, problem.message);
    throw problem;
  }
}

/** The headers that have to be of some type; each throws what go-jose says where they are not. */
const HEADERS: Readonly<Record<string, (raw: string, agent: Agent) => void>> = {
  alg: (raw) => typed("algorithm", raw, stringIn),
  kid: (raw) => typed("key ID", raw, stringIn),
  nonce: (raw) => typed("nonce", raw, stringIn),
  x5c: (raw) => typed("x5c header", raw, (it) => stringsIn(it).forEach(asCertificate)),
  jwk: (raw, agent) => typed("JWK", raw, (it) => asJwk(agent, it)),
};

function typed(what: string, raw: string, read: (raw: string) => unknown): void {
  try {
    read(raw);
  } catch (problem) {
    if (!(problem instanceof JsonRefused)) throw problem;
    throw new JsonRefused(`failed to unmarshal ${what}: ${problem.message}: ${goQuote(raw)}`);
  }
}

function asCertificate(base64: string): void {
  try {
    new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    // unverified: what Go says of other certificates that it cannot read than of bytes that are none.
    throw new JsonRefused("x509: malformed certificate");
  }
}

/** Of a key in a header, which is never used, only the mistakes of its kind are told. (go-jose jwk.go UnmarshalJSON) */
function asJwk(agent: Agent, raw: string): void {
  const members = membersOf(Buffer.from(raw), "jose.rawJSONWebKey");
  const [kty, curve] = [stringIn(members.get("kty")), stringIn(members.get("crv"))];
  if (kty === "") {
    const unknown = agent.has("jwk-without-kind-is-unknown");
    throw new JsonRefused(`go-jose/go-jose: ${unknown ? "unknown json web key type ''" : "missing json web key type"}`);
  }
  if (kty === "EC" && !["P-256", "P-384", "P-521"].includes(curve)) {
    throw new JsonRefused(`go-jose/go-jose: unsupported elliptic curve '${curve}'`);
  }
}

function holdsSecretKey(jwk: string | undefined): boolean {
  if (jwk === undefined) return false;
  const members = membersOf(Buffer.from(jwk), "jose.rawJSONWebKey");
  return stringIn(members.get("kty")) === "oct" || members.has("d");
}

/** Both parts encoded anew; without base64 the payload is signed as it is. (go-jose jws.go computeAuthData, RFC 7797) */
function signedBytes({ header, head, body }: ParsedToken): Buffer {
  const payload = header.get("b64") === "false" ? body : body.toString("base64url");
  return Buffer.concat([Buffer.from(`${head.toString("base64url")}.`), Buffer.from(payload)]);
}

/** Of several mistakes in the types the first is told, after those in the JSON itself. (go-jose jwt/claims.go) */
function claimsOf(agent: Agent, json: Buffer): Claims {
  return inGoWords(() => {
    const members = membersOf(json, "jwt.Claims");
    for (const [name, raw] of members) CLAIMS[name]?.(agent, raw);
    const time = (name: string): number | undefined => secondsIn(agent, members.get(name) ?? "null");
    const [expiry, notBefore, issuedAt] = [time("exp"), time("nbf"), time("iat")];
    return {
      subject: stringIn(members.get("sub")),
      audience: members.has("aud") ? audienceIn(agent, members.get("aud") ?? "null") : [],
      ...(expiry !== undefined && { expiry }),
      ...(notBefore !== undefined && { notBefore }),
      ...(issuedAt !== undefined && { issuedAt }),
      all: Object.fromEntries([...members].map(([name, raw]) => [name, JSON.parse(raw) as unknown])),
    };
  });
}

const CLAIMS: Readonly<Record<string, (agent: Agent, raw: string) => unknown>> = {
  iss: (_, raw) => stringIn(raw),
  sub: (_, raw) => stringIn(raw),
  jti: (_, raw) => stringIn(raw),
  aud: audienceIn,
  exp: secondsIn,
  nbf: secondsIn,
  iat: secondsIn,
};

function audienceIn(agent: Agent, raw: string): readonly string[] {
  const value = JSON.parse(raw) as unknown;
  if (typeof value === "string") return [value];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new JsonRefused(`${jose(agent)}/jwt: expected string or array value to unmarshal to Audience`);
}

/** A NumericDate, cut to whole seconds. */
function secondsIn(agent: Agent, raw: string): number | undefined {
  if (raw === "null") return undefined;
  const value = Number(raw);
  if (kindOf(raw) === "number" && Number.isFinite(value)) return Math.trunc(value);
  throw new JsonRefused(`${jose(agent)}/jwt: expected number value to unmarshal NumericDate`);
}

function inGoWords<T>(read: () => T): T {
  try {
    return read();
  } catch (problem) {
    if (problem instanceof JsonRefused) throw new TokenRefused(problem.message);
    throw problem;
  }
}

function unparsable(agent: Agent, why: string): TokenRefused {
  return new TokenRefused(
    agent.has("jwt-validation-by-algorithm-list") ? `unable to parse JWT token: ${why}` : "unable to parse JWT token",
  );
}

/** Where Go's base64.RawURLEncoding finds fault; it reads over line breaks. */
function badBase64(part: string): number | undefined {
  const at = part.search(/[^A-Za-z0-9_\r\n-]/);
  if (at !== -1) return Buffer.byteLength(part.slice(0, at));
  return part.replace(/[\r\n]/g, "").length % 4 === 1 ? part.length - 1 : undefined;
}
