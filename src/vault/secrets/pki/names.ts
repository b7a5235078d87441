import { domainToASCII } from "node:url";
import { glob, goQuote } from "../../../runtime/index.js";
import type { Role } from "./role.js";

/** A name as a hostname: labels of letters, digits and inner hyphens, perhaps behind `*.`. (Vault: hostnameRegex) */
const HOSTNAME = /^(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.?$/;
/** A left-most label with one star, as RFC 6125 §6.4.3 allows. */
const WILDCARD_LABEL = /^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)?\*([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)?$/;

export function isHostname(name: string): boolean {
  return HOSTNAME.test(name);
}

/** Non-ASCII names in Punycode; what cannot be converted stays as it is and fails the rules that follow. */
export function toAscii(name: string): string {
  return /^[\u0020-\u007e]*$/.test(name) ? name : domainToASCII(name) || name;
}

/** Why a name is too long for DNS, or has an empty label. (golang.org/x/net/idna: VerifyDNSLength) */
export function lengthError(ascii: string): string | undefined {
  const name = ascii.replace(/\.$/, "");
  if (name === "" || name.length > 253) return invalidLabel(ascii);
  const wrong = name.split(".").find((label) => label === "" || label.length > 63);
  return wrong === undefined ? undefined : invalidLabel(wrong === "" ? ascii : wrong);
}

function invalidLabel(label: string): string {
  return `idna: invalid label ${goQuote(label)}`;
}

/** The first name that the role does not allow. (Vault: builtin/logical/pki validateNames) */
export function firstForbidden(role: Role, names: readonly string[]): string | undefined {
  return names.find((name) => !isAllowed(role, name));
}

/** Is the common name allowed, its kind (`cn_validations`) considered? */
export function isCommonNameAllowed(role: Role, name: string): boolean {
  if (role.cn_validations.length === 1 && role.cn_validations[0] === "disabled") return true;
  if (!isAllowed(role, name)) return false;
  return role.cn_validations.length === 0 || role.cn_validations.includes(name.includes("@") ? "email" : "hostname");
}

interface SplitName {
  readonly name: string;
  /** Without the part before `@`, and without the wildcard label. */
  readonly domain: string;
  readonly isEmail: boolean;
  readonly wildcard: string | undefined;
}

function isAllowed(role: Role, name: string): boolean {
  const split = splitName(name);
  if (split === undefined) return false;
  if (split.wildcard !== undefined && (!role.allow_wildcard_certificates || split.isEmail)) return false;
  if (role.enforce_hostnames && !isWellFormed(split)) return false;
  return (
    role.allow_any_name ||
    (role.allow_localhost && isLocal(role, split)) ||
    role.allowed_domains.some((domain) => domain !== "" && isBelow(role, split, domain))
  );
}

function splitName(name: string): SplitName | undefined {
  const halves = name.split("@");
  if (halves.length > 2) return undefined;
  const domain = halves.at(-1) ?? "";
  const isEmail = halves.length === 2;
  if (!domain.includes("*")) return { name, domain, isEmail, wildcard: undefined };
  const dot = domain.indexOf(".");
  const wildcard = dot === -1 ? domain : domain.slice(0, dot);
  const rest = dot === -1 ? "" : domain.slice(dot + 1);
  if (rest.includes("*") || wildcard.split("*").length > 2) return undefined;
  return { name, domain: rest, isEmail, wildcard };
}

function isWellFormed({ domain, wildcard }: SplitName): boolean {
  return (domain === "" || isHostname(toAscii(domain))) && (wildcard === undefined || WILDCARD_LABEL.test(wildcard));
}

function isLocal(role: Role, { domain, wildcard }: SplitName): boolean {
  return ["localhost", "localdomain"].some(
    (local) =>
      (domain === local && (wildcard === undefined || role.allow_subdomains)) ||
      (role.allow_subdomains && domain.endsWith(`.${local}`)),
  );
}

function isBelow(role: Role, { name, domain, isEmail, wildcard }: SplitName, allowed: string): boolean {
  const same = (text: string): boolean => text.toLowerCase() === allowed.toLowerCase();
  if (role.allow_bare_domains && (same(name) || (isEmail && same(domain)))) return true;
  if (role.allow_subdomains && (domain.endsWith(`.${allowed}`) || (wildcard !== undefined && same(domain))))
    return true;
  return role.allow_glob_domains && allowed.includes("*") && glob(allowed, name);
}
