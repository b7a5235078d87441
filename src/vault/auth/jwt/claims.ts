import { glob } from "../../../runtime/index.js";
import { goPrint } from "../../core/go.js";
import type { Claims } from "../registered-claims.js";
import type { JwtRole } from "./role.js";

/** A claim by its name, or by a JSON pointer where the name begins with a slash (RFC 6901). */
export function claim(claims: Claims, name: string): unknown {
  if (!name.startsWith("/")) return claims[name];
  let at: unknown = claims;
  for (const step of name.slice(1).split("/")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Claims)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return at;
}

/** A claim's values, one or many; `undefined` for what cannot be compared. */
function values(value: unknown, comparesNumbers: boolean): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  const single =
    typeof value === "string" || typeof value === "boolean" || (comparesNumbers && typeof value === "number");
  return single ? [value] : undefined;
}

/** The first bound claim that the token does not meet, in words. (vault-plugin-auth-jwt claims.go validateBoundClaims) */
export function boundClaimsError(role: JwtRole, claims: Claims, comparesNumbers: boolean): string | undefined {
  for (const name of Object.keys(role.boundClaims ?? {}).sort()) {
    const actual = claim(claims, name);
    if (actual === undefined || actual === null) return `claim ${JSON.stringify(name)} is missing`;
    const got = values(actual, comparesNumbers);
    const kinds = comparesNumbers ? "string, bool, int or list" : "string or list";
    if (got === undefined) return `received claim is not a ${kinds}: ${goPrint(actual)}`;
    const bound = role.boundClaims?.[name];
    const wanted = values(bound, comparesNumbers);
    if (wanted === undefined) return `bound claim is not a ${kinds}: ${goPrint(bound)}`;
    const same = (one: unknown, other: unknown): boolean =>
      (comparesNumbers || typeof one !== "number") && isSame(one, other, role.boundClaimsType);
    if (!wanted.some((one) => got.some((other) => same(one, other)))) {
      return `claim ${JSON.stringify(name)} does not match any associated bound claim values`;
    }
  }
  return undefined;
}

function isSame(wanted: unknown, got: unknown, type: JwtRole["boundClaimsType"]): boolean {
  if (type === "string" || typeof wanted !== "string" || typeof got !== "string") return wanted === got;
  return glob(wanted, got);
}

export interface Identity {
  readonly user: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
}

/** Whom the token stands for, or why that cannot be told. (vault-plugin-auth-jwt createIdentity) */
export function identityOf(role: JwtRole, claims: Claims, comparesNumbers: boolean): Identity | string {
  const user = role.userClaimJsonPointer ? claim(claims, role.userClaim) : claims[role.userClaim];
  if (user === undefined || user === null) return `claim ${JSON.stringify(role.userClaim)} not found in token`;
  if (typeof user !== "string") return `claim ${JSON.stringify(role.userClaim)} could not be converted to string`;
  const metadata: Record<string, string> = {};
  for (const [source, target] of Object.entries(role.claimMappings ?? {})) {
    const value = claim(claims, source);
    if (value === undefined || value === null) continue;
    if (typeof value !== "string") return `error converting claim '${source}' to string`;
    metadata[target] = value;
  }
  if (role.groupsClaim === "") return { user, metadata, groups: [] };
  const groups = groupsOf(role.groupsClaim, claims, comparesNumbers);
  return typeof groups === "string" ? groups : { user, metadata, groups };
}

function groupsOf(name: string, claims: Claims, comparesNumbers: boolean): readonly string[] | string {
  const value = claim(claims, name);
  if (value === undefined || value === null)
    return `failed to fetch groups: ${JSON.stringify(name)} claim not found in token`;
  const list = values(value, comparesNumbers);
  if (list === undefined) return `${JSON.stringify(name)} claim could not be converted to string list`;
  const wrong = list.find((group) => typeof group !== "string");
  if (wrong !== undefined) return `value ${goPrint(wrong)} in groups claim could not be parsed as string`;
  return list.filter((group): group is string => typeof group === "string" && group !== "");
}
