import type { Jose } from "./signed-token.js";

export type Claims = Readonly<Record<string, unknown>>;

/** The registered claims of a token as Go's JWT library reads them; times are seconds since the epoch. */
export interface RegisteredClaims {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly expiry: number;
  readonly notBefore: number;
  readonly issuedAt: number;
}

const REGISTERED: readonly string[] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/**
 * Reads the registered claims. Names match whatever their case, and of several the last in byte order counts, as it is
 * when Go decodes a re-encoded map. (hashicorp/cap: jwt.validateAll; go-jose: jwt.Claims)
 */
export function registeredClaims(claims: Claims, jose: Jose): RegisteredClaims | { readonly error: string } {
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(claims).sort()) {
    const folded = name.toUpperCase().toLowerCase();
    if (REGISTERED.includes(folded)) found[folded] = claims[name];
  }
  const audience = audienceOf(found.aud);
  if (audience === undefined) return { error: `${jose}/jwt: expected string or array value to unmarshal to Audience` };
  for (const name of ["exp", "iat", "nbf"]) {
    if (found[name] !== undefined && found[name] !== null && typeof found[name] !== "number") {
      return { error: `${jose}/jwt: expected number value to unmarshal NumericDate` };
    }
  }
  for (const name of ["iss", "jti", "sub"]) {
    const type = typeOf(found[name]);
    if (type !== "string")
      return { error: `json: cannot unmarshal ${type} into Go struct field Claims.${name} of type string` };
  }
  return {
    issuer: typeof found.iss === "string" ? found.iss : "",
    audience,
    expiry: seconds(found.exp),
    notBefore: seconds(found.nbf),
    issuedAt: seconds(found.iat),
  };
}

function seconds(value: unknown): number {
  return typeof value === "number" ? Math.trunc(value) : 0;
}

function typeOf(value: unknown): string {
  if (value === undefined || value === null) return "string";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** An audience may be one string or a list of them; `undefined` for anything else. */
function audienceOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  return Array.isArray(value) && value.every((item): item is string => typeof item === "string") ? value : undefined;
}
