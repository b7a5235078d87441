import type { OtherName } from "../../../pki/index.js";
import { glob, goQuote } from "../../../runtime/index.js";
import type { Role } from "./role.js";

/** `<oid>;UTF8:<value>`, or what is wrong with it. (builtin/logical/pki/cert_util.go: parseOtherSANs) */
function parsed(text: string): OtherName | string {
  const semicolon = text.indexOf(";");
  if (semicolon === -1) return `expected a semicolon in other SAN ${goQuote(text)}`;
  const typed = text.slice(semicolon + 1);
  const colon = typed.indexOf(":");
  if (colon === -1) return `expected a colon in other SAN ${goQuote(text)}`;
  if (!/^utf-?8$/i.test(typed.slice(0, colon))) {
    return `only utf8 other SANs are supported; found non-supported type in other SAN ${goQuote(text)}`;
  }
  return { oid: text.slice(0, semicolon), value: typed.slice(colon + 1) };
}

/** What is wrong with the first of these that is no other name. */
export function otherSansError(texts: readonly string[]): string | undefined {
  return texts.map(parsed).find((one) => typeof one === "string");
}

/** Those of these texts that are other names. */
export function otherNames(texts: readonly string[]): OtherName[] {
  return texts.map(parsed).filter((one) => typeof one !== "string");
}

/** Why the role does not let these other names into a certificate. (cert_util.go: validateOtherSANs) */
export function otherSansRefusal(role: Role, texts: readonly string[]): string | undefined {
  const wrong = otherSansError(texts);
  if (wrong !== undefined) return `could not parse requested other SAN: ${wrong}`;
  const { allowed_other_sans: allowed } = role;
  if (allowed.length === 1 && allowed[0] === "*") return undefined;
  for (const { oid, value } of otherNames(texts)) {
    const patterns = otherNames(allowed).filter((one) => one.oid === oid);
    if (patterns.length === 0) return `other SAN OID ${oid} not allowed by this role`;
    if (!patterns.some((pattern) => glob(pattern.value, value))) {
      return `other SAN ${value} not allowed for OID ${oid} by this role`;
    }
  }
  return undefined;
}
