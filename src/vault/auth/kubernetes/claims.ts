import { goPrint } from "../../core/go.js";
import type { Jose } from "../signed-token.js";

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

/** Whom a token speaks for. Everything is "" that it does not say. (vault-plugin-auth-kubernetes: serviceAccount) */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly secretName: string;
  readonly audience: readonly string[];
}

const LEGACY = "kubernetes.io/serviceaccount";

/**
 * Decodes a service account from projected (`kubernetes.io`) or legacy (`kubernetes.io/serviceaccount/…`) claims.
 * `plain` words mistakes as mapstructure 2 does. Types are strict: a plain string as audience, which Kubernetes never issues, is an error. (mitchellh/mapstructure)
 */
export function serviceAccount(claims: Claims, plain: boolean): ServiceAccount | { readonly error: string } {
  const mistakes: string[] = [];
  const text = (value: unknown, path: string): string => {
    if (value === undefined || value === null) return "";
    if (typeof value === "string") return value;
    mistakes.push(
      `'${path}' expected type 'string', got unconvertible type '${goType(value)}', value: '${goPrint(value)}'`,
    );
    return "";
  };
  const map = (value: unknown, path: string): Claims | undefined => {
    if (value === undefined || value === null) return undefined;
    if (typeof value === "object" && !Array.isArray(value)) return value as Claims;
    mistakes.push(`'${path}' expected a map, got '${goKind(value)}'`);
    return undefined;
  };
  const projected = map(claims["kubernetes.io"], "kubernetes.io");
  const account = map(projected?.serviceaccount, "kubernetes.io.serviceaccount");
  const legacy = (key: string): string => text(claims[`${LEGACY}/${key}`], `${LEGACY}/${key}`);
  const [flatName, flatUid, flatNamespace] = [
    legacy("service-account.name"),
    legacy("service-account.uid"),
    legacy("namespace"),
  ];
  const found: ServiceAccount = {
    namespace: projected === undefined ? flatNamespace : text(projected.namespace, "kubernetes.io.namespace"),
    name: account === undefined ? flatName : text(account.name, "kubernetes.io.serviceaccount.name"),
    uid: account === undefined ? flatUid : text(account.uid, "kubernetes.io.serviceaccount.uid"),
    secretName: legacy("secret.name"),
    audience: audienceList(claims.aud, mistakes, text),
  };
  return mistakes.length === 0 ? found : { error: decodingError(mistakes, plain) };
}

/** Several mistakes as mapstructure lists them; version 2 leaves the values out. */
function decodingError(mistakes: readonly string[], plain: boolean): string {
  const lines = [...mistakes].sort();
  if (!plain) return `${lines.length} error(s) decoding:\n\n${lines.map((line) => `* ${line}`).join("\n")}`;
  const words = lines.map((line) => line.replace(/^'aud':/, "'aud'").replace(/, value: '.*'$/s, ""));
  return `decoding failed due to the following error(s):\n\n${words.join("\n")}`;
}

function audienceList(
  value: unknown,
  mistakes: string[],
  text: (value: unknown, path: string) => string,
): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item, at) => text(item, `aud[${at}]`));
  mistakes.push(`'aud': source data must be an array or slice, got ${goKind(value)}`);
  return [];
}

function goKind(value: unknown): string {
  if (typeof value === "number") return "float64";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "slice";
  return typeof value === "object" ? "map" : typeof value;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  return typeof value === "object" ? "map[string]interface {}" : goKind(value);
}
