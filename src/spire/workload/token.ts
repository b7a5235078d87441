import { constants, type KeyObject, verify } from "node:crypto";
import { goQuote, goQuoteList } from "../../runtime/index.js";
import type { Agent } from "../agent.js";
import { readSpiffeId } from "../spiffe-id.js";

/** A JWS in compact form, taken apart. */
export interface ParsedToken {
  readonly algorithm: string;
  readonly kid: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly input: Buffer;
  readonly signature: Buffer;
}

/** Why a token is refused, in the words of the release. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
}

const ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

/** The name under which the release's JOSE library complains. */
export function jose(agent: Agent): string {
  return agent.has("square-go-jose") ? "square/go-jose" : "go-jose/go-jose";
}

/** Reads a token as the release's go-jose does. @throws TokenRefused */
export function parseToken(agent: Agent, token: string): ParsedToken {
  const detailed = agent.has("jwt-validation-by-algorithm-list");
  const unparsable = (why: string): never => {
    throw new TokenRefused(detailed ? `unable to parse JWT token: ${why}` : "unable to parse JWT token");
  };
  const parts = token.split(".");
  const [head = "", body = "", tail = ""] = parts;
  if (parts.length !== 3) return unparsable("go-jose/go-jose: compact JWS format must have three parts");
  for (const part of parts) {
    const at = badBase64(part);
    if (at !== undefined) return unparsable(`illegal base64 data at input byte ${at}`);
  }
  const header = objectIn(head) ?? unparsable(jsonComplaint(head));
  const algorithm = textOf(header.alg);
  if (!ALGORITHMS.includes(algorithm)) {
    if (!detailed) throw new TokenRefused(`unsupported token signature algorithm ${goQuote(algorithm)}`);
    const prefix = agent.has("go-jose-prefixes-algorithm") ? "go-jose/go-jose: " : "";
    unparsable(`${prefix}unexpected signature algorithm ${goQuote(algorithm)}; expected ${goQuoteList(ALGORITHMS)}`);
  }
  const claims = objectIn(body);
  const kid = textOf(header.kid);
  if (kid === "") throw new TokenRefused("token header missing key id");
  if (claims === undefined) throw new TokenRefused(jsonComplaint(body));
  return { algorithm, kid, claims, input: Buffer.from(`${head}.${body}`), signature: Buffer.from(tail, "base64url") };
}

/** The trust domain of the subject. @throws TokenRefused */
export function subjectOf(
  agent: Agent,
  { claims }: ParsedToken,
): { readonly id: string; readonly trustDomain: string } {
  const subject = textOf(claims.sub);
  if (subject === "") throw new TokenRefused("token missing subject claim");
  if (claims.exp === undefined && agent.has("jwt-needs-exp")) throw new TokenRefused("token missing exp claim");
  const reading = readSpiffeId(subject);
  if ("problem" in reading) throw new TokenRefused(`token has in invalid subject claim: ${reading.problem}`);
  return { id: subject, trustDomain: reading.trustDomain };
}

/** @throws TokenRefused */
export function verifySignature(agent: Agent, token: ParsedToken, key: KeyObject): void {
  const hash = `sha${token.algorithm.slice(2)}`;
  const family = token.algorithm.slice(0, 2);
  const fits = key.asymmetricKeyType === (family === "ES" ? "ec" : "rsa");
  const options =
    family === "ES"
      ? { key, dsaEncoding: "ieee-p1363" as const }
      : family === "PS"
        ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
        : key;
  if (!fits || !verify(hash, token.input, options, token.signature)) {
    throw new TokenRefused(`${jose(agent)}: error in cryptographic primitive`);
  }
}

/** Audience, then times with a minute of leeway, in go-jose's order. @throws TokenRefused */
export function validateClaims(agent: Agent, { claims }: ParsedToken, audience: string, now: number): void {
  const having = audienceOf(claims.aud);
  if (!having.includes(audience)) {
    throw new TokenRefused(`expected audience in ${goQuoteList([audience])} (audience=${goQuoteList(having)})`);
  }
  const [notBefore, expiry, issued] = [claims.nbf, claims.exp, claims.iat].map(timeOf);
  if (notBefore !== undefined && now + LEEWAY < notBefore) {
    throw new TokenRefused(`${jose(agent)}/jwt: validation failed, token not valid yet (nbf)`);
  }
  if (expiry !== undefined && now - LEEWAY > expiry) throw new TokenRefused("token has expired");
  if (issued !== undefined && now + LEEWAY < issued) {
    throw new TokenRefused(`${jose(agent)}/jwt: validation field, token issued in the future (iat)`);
  }
}

const LEEWAY = 60_000;

export function audienceOf(aud: unknown): string[] {
  if (typeof aud === "string") return [aud];
  return Array.isArray(aud) ? aud.filter((item): item is string => typeof item === "string") : [];
}

/** A NumericDate in ms; go-jose cuts it to whole seconds. */
function timeOf(claim: unknown): number | undefined {
  return typeof claim === "number" ? Math.trunc(claim) * 1000 : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function objectIn(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** unverified: of the complaints of Go's JSON decoder only the one about a wrong first character is made. */
function jsonComplaint(part: string): string {
  const [first] = Buffer.from(part, "base64url").toString("utf8");
  return first === undefined
    ? "unexpected end of JSON input"
    : `invalid character '${first}' looking for beginning of value`;
}

/** Where Go's base64.RawURLEncoding finds fault. */
function badBase64(part: string): number | undefined {
  const at = part.search(/[^A-Za-z0-9_-]/);
  if (at !== -1) return at;
  return part.length % 4 === 1 ? part.length - 1 : undefined;
}
