import { constants, type KeyObject, verify } from "node:crypto";
import { goJsonError } from "../../runtime/index.js";
import { JsonError } from "../core/json.js";

/** A JWS in compact form, taken apart but not verified. */
export interface SignedToken {
  readonly algorithm: string;
  readonly keyId: string;
  /** Does the header demand an extension that the library does not know? No key verifies such a token. */
  readonly critical: boolean;
  readonly payload: string;
  /** What the signature is over. */
  readonly signed: string;
  readonly signature: Buffer;
}

export interface ParseFailure {
  /** The parser's words. */
  readonly error: string;
}

/** Which of Go's JWT libraries speaks; its errors begin with its name. */
export type Jose = "square/go-jose" | "go-jose/go-jose";

const HEADER_TYPES: Readonly<Record<string, string>> = { alg: "string", kid: "string" };

export interface ParseOptions {
  /** go-jose 4 keeps blanks and padding; what decodes base64 then leaves out line ends only. */
  readonly strict?: boolean;
}

/** Takes a compact JWS apart; blanks around and within do no harm unless it is strict. (go-jose: ParseSigned) */
export function parseCompact(
  text: string,
  jose: Jose,
  { strict = false }: ParseOptions = {},
): SignedToken | ParseFailure {
  const blanks = strict ? /[\r\n]+/g : /\s+/g;
  const sent = text.replace(blanks, "").split(".");
  const parts = strict ? sent : sent.map((part) => part.replace(/=+$/, ""));
  const [protectedHeader = "", payload = "", signature = ""] = parts;
  if (parts.length !== 3) return { error: `${jose}: compact JWS format must have three parts` };
  for (const part of [protectedHeader, payload, signature]) {
    const at = badBase64Url(part);
    if (at !== undefined) return { error: `illegal base64 data at input byte ${at}` };
  }
  const header = decodeObject(Buffer.from(protectedHeader, "base64url").toString());
  if (isFailure(header)) return header;
  for (const [name, type] of Object.entries(HEADER_TYPES)) {
    if (header[name] !== undefined && typeof header[name] !== type) return { error: `${jose}: invalid ${name} header` }; // unverified: go-jose words it by Go type
  }
  return {
    algorithm: typeof header.alg === "string" ? header.alg : "",
    keyId: typeof header.kid === "string" ? header.kid : "",
    critical: Array.isArray(header.crit) && header.crit.some((name) => name !== "b64"),
    payload,
    signed: `${protectedHeader}.${payload}`,
    signature: Buffer.from(signature, "base64url"),
  };
}

export function isFailure(value: object): value is ParseFailure {
  return "error" in value && typeof value.error === "string" && Object.keys(value).length === 1;
}

/** Where Go's base64.RawURLEncoding stumbles; `undefined` if nowhere. */
function badBase64Url(text: string): number | undefined {
  const at = text.search(/[^\w-]/);
  if (at !== -1) return at;
  return text.length % 4 === 1 ? text.length - 1 : undefined;
}

/** The claims of a token, or why they are no JSON object. (Go: json.Unmarshal into a map) */
export function claimsOf(token: SignedToken): Readonly<Record<string, unknown>> | ParseFailure {
  return decodeObject(Buffer.from(token.payload, "base64url").toString());
}

function decodeObject(text: string): Readonly<Record<string, unknown>> | ParseFailure {
  const value = unmarshal(text);
  if (value instanceof JsonError) return { error: value.message };
  if (value === null) return {};
  if (typeof value !== "object")
    return { error: `json: cannot unmarshal ${typeof value} into Go value of type map[string]interface {}` };
  if (Array.isArray(value))
    return { error: "json: cannot unmarshal array into Go value of type map[string]interface {}" };
  return value as Readonly<Record<string, unknown>>;
}

/** A whole text as one JSON value, or an error with Go's words where it is none. (Go: json.Unmarshal) */
export function unmarshal(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return new JsonError(goJsonError(text) ?? "unexpected end of JSON input");
  }
}

interface Algorithm {
  readonly hash: string;
  readonly key: "rsa" | "ec";
  readonly pss?: true;
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  RS256: { hash: "sha256", key: "rsa" },
  RS384: { hash: "sha384", key: "rsa" },
  RS512: { hash: "sha512", key: "rsa" },
  PS256: { hash: "sha256", key: "rsa", pss: true },
  PS384: { hash: "sha384", key: "rsa", pss: true },
  PS512: { hash: "sha512", key: "rsa", pss: true },
  ES256: { hash: "sha256", key: "ec" },
  ES384: { hash: "sha384", key: "ec" },
  ES512: { hash: "sha512", key: "ec" },
};

/** Did `key` sign the token? Symmetric and unknown algorithms are never accepted. */
export function isSignedWith(token: SignedToken, key: KeyObject): boolean {
  const algorithm = ALGORITHMS[token.algorithm];
  if (token.critical || algorithm === undefined || key.asymmetricKeyType !== algorithm.key) return false;
  const how =
    algorithm.pss === true
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
      : { key, dsaEncoding: "ieee-p1363" as const };
  try {
    return verify(algorithm.hash, Buffer.from(token.signed), how, token.signature);
  } catch {
    return false;
  }
}

/** RS, ES and PS in Vault's order. (vault-plugin-auth-kubernetes: allowedSigningAlgs) */
export const SIGNING_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
] as const;
