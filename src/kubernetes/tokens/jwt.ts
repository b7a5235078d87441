import { constants, type KeyObject, verify } from "node:crypto";
import { isObject, type JsonObject } from "../objects.js";

/** A JWT taken apart, its signature not looked at yet. */
export interface ParsedToken {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly signature: Buffer;
  readonly signed: string;
}

/** `undefined` for what is no signed JWT in compact form: kube-apiserver's authenticator steps aside then. (jwt.go) */
export function parseToken(token: string): ParsedToken | undefined {
  const [head = "", body = "", tail = "", ...more] = token.split(".");
  const header = decodeJson(head);
  const payload = decodeJson(body);
  const signature = decodeBase64(tail);
  if (more.length > 0 || header === undefined || payload === undefined || signature === undefined) return undefined;
  return { header, payload, signature, signed: `${head}.${body}` };
}

interface Verifier {
  readonly keyType: "rsa" | "ec";
  readonly hash: string;
  /** ECDSA: the curve that RFC 7518 §3.4 ties to the algorithm. */
  readonly curve?: string;
  readonly pss?: true;
}

const VERIFIERS: Readonly<Record<string, Verifier>> = {
  RS256: { keyType: "rsa", hash: "sha256" },
  RS384: { keyType: "rsa", hash: "sha384" },
  RS512: { keyType: "rsa", hash: "sha512" },
  PS256: { keyType: "rsa", hash: "sha256", pss: true },
  PS384: { keyType: "rsa", hash: "sha384", pss: true },
  PS512: { keyType: "rsa", hash: "sha512", pss: true },
  ES256: { keyType: "ec", hash: "sha256", curve: "prime256v1" },
  ES384: { keyType: "ec", hash: "sha384", curve: "secp384r1" },
  ES512: { keyType: "ec", hash: "sha512", curve: "secp521r1" },
};

/** Does the key confirm the signature under the algorithm that the token names? */
export function isSignedBy(token: ParsedToken, key: KeyObject): boolean {
  const alg = token.header.alg;
  const verifier = typeof alg === "string" ? VERIFIERS[alg] : undefined;
  if (verifier === undefined || verifier.keyType !== key.asymmetricKeyType || token.header.crit !== undefined)
    return false;
  if (verifier.curve !== undefined && verifier.curve !== key.asymmetricKeyDetails?.namedCurve) return false;
  const padding = verifier.pss === true ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
  return verify(
    verifier.hash,
    Buffer.from(token.signed),
    { key, dsaEncoding: "ieee-p1363", ...padding },
    token.signature,
  );
}

function decodeJson(segment: string): JsonObject | undefined {
  const bytes = decodeBase64(segment);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Raw base64url as Go reads it: no padding, no foreign characters. */
function decodeBase64(segment: string): Buffer | undefined {
  if (!/^[\w-]*$/.test(segment) || segment.length % 4 === 1) return undefined;
  return Buffer.from(segment, "base64url");
}
