import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { Clock } from "../../runtime/index.js";

/** Why a JWT is no wrapping token, in Vault's words. */
export type ReadWrappingJwt = { readonly id: string } | { readonly problem: string };

export interface WrappingClaims {
  /** The wrapping token itself. */
  readonly id: string;
  /** ms since the epoch */
  readonly createdAt: number;
  /** Seconds */
  readonly ttl: number;
  /** Of the token that is in the reply; empty if there is none. */
  readonly accessor: string;
}

/** Is this a JWT and no token with a namespace? (vault/version_store.go: IsJWT) */
export function isJwt(token: string): boolean {
  return token.length > 3 && token.split(".").length === 3 && token[3] !== "." && token[1] !== ".";
}

/** Wrapping tokens in the form of a JWT, for `X-Vault-Wrap-Format: jwt`. (vault/wrapping.go) */
export class WrappingJwts {
  readonly #clock: Clock;
  /** Made when the first one is asked for. */
  #key: KeyObject | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sign({ id, createdAt, ttl, accessor }: WrappingClaims): string {
    this.#key ??= createPrivateKey(
      generateKeyPairSync("ec", { namedCurve: "secp521r1" }).privateKey.export({ type: "pkcs8", format: "pem" }),
    );
    const seconds = (ms: number): number => Math.floor(ms / 1000);
    const claims = {
      accessor,
      addr: "",
      exp: seconds(createdAt) + ttl,
      iat: seconds(createdAt),
      jti: id,
      nbf: seconds(this.#clock.now()) - 5,
      type: "wrapping",
    };
    const input = `${encode({ alg: "ES512", typ: "JWT" })}.${encode(claims)}`;
    const signature = sign("sha512", Buffer.from(input), { key: this.#key, dsaEncoding: "ieee-p1363" });
    return `${input}.${signature.toString("base64url")}`;
  }

  /** The wrapping token that a JWT stands for. */
  read(jwt: string): ReadWrappingJwt {
    const [header = "", payload = "", signature = ""] = jwt.split(".");
    if (decode(header) === undefined || !isBase64Url(payload) || !isBase64Url(signature)) {
      return { problem: "wrapping token could not be parsed: illegal base64 data at input byte 0" };
    }
    const { type, jti } = this.#claims(`${header}.${payload}`, payload, signature);
    if (typeof jti !== "string") {
      const why = "go-jose/go-jose: error in cryptographic primitive";
      return { problem: `wrapping token signature could not be validated: ${why}` };
    }
    return type === "wrapping" ? { id: jti } : { problem: "unexpected type claim" };
  }

  #claims(input: string, payload: string, signature: string): Readonly<Record<string, unknown>> {
    if (this.#key === undefined) return {};
    const key = { key: createPublicKey(this.#key), dsaEncoding: "ieee-p1363" } as const;
    const isOurs = verify("sha512", Buffer.from(input), key, Buffer.from(signature, "base64url"));
    return isOurs ? (decode(payload) ?? {}) : {};
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function isBase64Url(text: string): boolean {
  return /^[\w-]*$/.test(text) && text.length % 4 !== 1;
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  if (!isBase64Url(part)) return undefined;
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
