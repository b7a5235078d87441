import type { KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { type Check, pass, refuse, skip } from "../../../journal/index.js";
import { pemBlocks } from "../../../go/index.js";
import { type OtherName, parseSigningRequest, type SigningRequest } from "../../../pki/index.js";
import { glob, goQuote } from "../../../runtime/index.js";
import type { BackendContext, BackendReply, FieldData } from "../../core/backend.js";
import { firstForbidden, isCommonNameAllowed, isHostname, lengthError, toAscii } from "./names.js";
import { otherNames, otherSansRefusal } from "./other-sans.js";
import type { Role } from "./role.js";

/** A certificate in the making. The checks fill in what they find out. */
export interface Issuance {
  readonly context: BackendContext;
  readonly role: Role;
  readonly data: FieldData;
  /** `undefined`: Vault makes the key itself (`issue`). */
  readonly csrText: string | undefined;
  csr?: SigningRequest;
  commonName: string;
  dns: string[];
  emails: string[];
  ips: readonly string[];
  uris: readonly string[];
  others: readonly OtherName[];
  userIds: readonly string[];
}

export type IssueCheck = Check<Issuance, BackendReply>;

const bad = (error: string, got?: string, remedy?: string): ReturnType<typeof refuse<BackendReply>> =>
  refuse<BackendReply>(
    { error, status: 400 },
    { ...(got !== undefined && { got }), ...(remedy !== undefined && { remedy }) },
  );

/** The steps of `sign` and `issue`, in Vault's order (builtin/logical/pki/cert_util.go signCert, generateCreationBundle). */
export const ISSUE_CHECKS: readonly IssueCheck[] = [
  {
    id: "csr",
    doc: "`sign` needs a PKCS#10 request in PEM.",
    run: (issuance) => {
      const text = issuance.csrText;
      if (text === undefined) return skip("Vault makes the key");
      if (text === "") return bad('"csr" is empty');
      const block = pemBlocks(text)[0];
      if (block === undefined) return bad("csr contains no data");
      try {
        issuance.csr = parseSigningRequest(block.der);
      } catch (error) {
        // unverified: Go's parser words the reason in its own way
        return bad(
          `certificate request could not be parsed: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      return pass();
    },
  },
  {
    id: "key-type",
    doc: "The request's key is of the type and at least of the size that the role asks for.",
    wants: ({ role }) => (role.key_bits === 0 ? role.key_type : `${role.key_type} of ${role.key_bits} bits or more`),
    run: ({ role, csr }) => (csr === undefined ? skip("Vault makes the key") : keyVerdict(role, csr.publicKey)),
  },
  {
    id: "common-name-present",
    doc: "A common name comes from the request or the CSR, unless the role has `require_cn=false`.",
    run: (issuance) => {
      const { role, csr, data } = issuance;
      const fromCsr = role.use_csr_common_name ? (csr?.subject.commonName ?? "") : "";
      issuance.commonName = fromCsr === "" ? data.string("common_name") : fromCsr;
      if (issuance.commonName === "" && role.require_cn) {
        return bad(
          'the common_name field is required, or must be provided in a CSR with "use_csr_common_name" set to true, unless "require_cn" is set to false',
          "none",
          "put a common name into the certificate, or write the role with require_cn=false",
        );
      }
      const unnameable = collectNames(issuance);
      return unnameable === undefined ? pass(issuance.commonName) : bad(unnameable);
    },
  },
  {
    id: "common-name",
    doc: "The common name lies within what the role allows.",
    wants: ({ role }) => allowedNames(role),
    run: ({ role, commonName }) =>
      commonName === "" || isCommonNameAllowed(role, commonName)
        ? pass(commonName)
        : bad(`common name ${commonName} not allowed by this role`, commonName, "widen allowed_domains on the role"),
  },
  {
    id: "subject-serial-number",
    doc: "A serial number in the subject matches `allowed_serial_numbers`.",
    run: (issuance) => {
      const { role } = issuance;
      const serial = subjectSerial(issuance);
      if (serial === "" || role.allowed_serial_numbers.some((pattern) => glob(pattern, serial))) return pass(serial);
      return bad(`serial_number ${serial} not allowed by this role`, serial);
    },
  },
  {
    id: "subject-alternative-names",
    doc: "Every DNS name lies within what the role allows.",
    wants: ({ role }) => allowedNames(role),
    run: ({ role, dns }) => {
      const name = firstForbidden(role, dns);
      if (name === undefined) return pass(dns.join(", "));
      return bad(`subject alternate name ${name} not allowed by this role`, name, "widen allowed_domains on the role");
    },
  },
  {
    id: "email-addresses",
    doc: "Every e-mail address lies within what the role allows.",
    run: ({ role, emails }) => {
      const name = firstForbidden(role, emails);
      return name === undefined ? pass(emails.join(", ")) : bad(`email address ${name} not allowed by this role`, name);
    },
  },
  {
    id: "other-names",
    doc: "Other names, the request's and those of the CSR, match `allowed_other_sans`.",
    wants: ({ role }) => role.allowed_other_sans.join(", "),
    run: (issuance) => {
      const { role, data, csr } = issuance;
      const own = role.use_csr_sans ? (csr?.others ?? []) : [];
      const names = [...data.list("other_sans"), ...own.map(({ oid, value }) => `${oid};UTF8:${value}`)];
      const refusal = otherSansRefusal(role, names);
      if (refusal !== undefined) return bad(refusal, names.join(", "));
      issuance.others = otherNames(names);
      return pass(names.join(", "));
    },
  },
  {
    id: "ip-addresses",
    doc: "IP addresses need `allow_ip_sans`; with a CSR they are taken from it.",
    run: (issuance) => ipVerdict(issuance),
  },
  {
    id: "uris",
    doc: "URIs match `allowed_uri_sans`; with a CSR they are taken from it.",
    wants: ({ role }) => role.allowed_uri_sans.join(", "),
    run: (issuance) => uriVerdict(issuance),
  },
  {
    id: "user-ids",
    doc: "User ids, the request's or else those of the CSR, match `allowed_user_ids`.",
    wants: ({ role }) => role.allowed_user_ids.join(", "),
    run: (issuance) => {
      const { role, data, csr } = issuance;
      // Authorities have no such field.
      const sent = data.has("user_ids") ? data.list("user_ids") : [];
      const ids = sent.length > 0 ? sent : (csr?.subject.userIds ?? []);
      issuance.userIds = ids;
      const wrong = ids.find((id) => !role.allowed_user_ids.some((pattern) => glob(pattern, id)));
      return wrong === undefined ? pass(ids.join(", ")) : bad(`user_id ${wrong} is not allowed by this role`, wrong);
    },
  },
];

function allowedNames(role: Role): string {
  if (role.allow_any_name) return "any name";
  const how = [
    ...(role.allow_bare_domains ? ["themselves"] : []),
    ...(role.allow_subdomains ? ["subdomains"] : []),
    ...(role.allow_glob_domains ? ["globs"] : []),
  ];
  return `${role.allowed_domains.join(", ")} (${how.join(", ") || "neither bare domains nor subdomains nor globs"})`;
}

/** The serial number that goes into the subject. */
export function subjectSerial({ role, data, csr }: Issuance): string {
  const sent = data.string("serial_number");
  return sent === "" && role.serial_number_source !== "json" ? (csr?.subject.serialNumber ?? "") : sent;
}

/**
 * What Vault takes names from: the CSR where the role says so, else the request; the common name joins them.
 * @returns why a name is none that DNS could have
 */
function collectNames(issuance: Issuance): string | undefined {
  const { role, csr, data, commonName } = issuance;
  const fromCsr = csr !== undefined && role.use_csr_sans;
  issuance.dns = fromCsr ? [...csr.dns] : [];
  issuance.emails = fromCsr ? [...csr.emails] : [];
  const sent = fromCsr ? [] : commaList(data.string("alt_names"));
  const own = commonName !== "" && !data.bool("exclude_cn_from_sans") ? [commonName] : [];
  for (const name of [...own, ...sent]) {
    if (name.includes("@")) {
      issuance.emails.push(name);
      continue;
    }
    const ascii = toAscii(name);
    const wrong = lengthError(ascii);
    if (wrong !== undefined) return wrong;
    if (isHostname(ascii)) issuance.dns.push(ascii);
  }
  return undefined;
}

/** (strutil.ParseDedupAndSortStrings) */
function commaList(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== "").sort();
}

/** Bits of a key as Vault counts them; Ed25519 has none. */
function keyBits(key: KeyObject): number {
  const details = key.asymmetricKeyDetails;
  return details?.modulusLength ?? CURVE_BITS[details?.namedCurve ?? ""] ?? 0;
}

const CURVE_BITS: Readonly<Record<string, number>> = {
  secp224r1: 224,
  prime256v1: 256,
  secp384r1: 384,
  secp521r1: 521,
};

function keyVerdict(role: Role, key: KeyObject): ReturnType<IssueCheck["run"]> {
  const type = key.asymmetricKeyType ?? "";
  const bits = keyBits(key);
  const got = `${type} of ${bits} bits`;
  if (role.key_type !== "any" && type !== role.key_type) return bad(`role requires keys of type ${role.key_type}`, got);
  if (role.key_type === "any") {
    if (type === "rsa" && bits < 2048) return bad("RSA keys < 2048 bits are unsafe and not supported", got);
    if (type === "ec" && bits < 224) return bad(tooSmall(224, bits), got);
    return pass(got);
  }
  if (type !== "ed25519" && bits < role.key_bits) return bad(tooSmall(role.key_bits, bits), got);
  return pass(got);
}

function tooSmall(wanted: number, got: number): string {
  return `role requires a minimum of a ${wanted}-bit key, but CSR's key is ${got} bits`;
}

function ipVerdict(issuance: Issuance): ReturnType<IssueCheck["run"]> {
  const { role, csr, data } = issuance;
  if (csr !== undefined && role.use_csr_sans) {
    issuance.ips = csr.ips;
    if (csr.ips.length === 0 || role.allow_ip_sans) return pass(csr.ips.join(", "));
    const what = issuance.context.quirk("pki-is-openbaos") ? "provided" : "provided some";
    const text = `IP Subject Alternative Names are not allowed in this role, but was ${what} via CSR`;
    return bad(text, csr.ips.join(", "), "write the role with allow_ip_sans=true");
  }
  const sent = data.list("ip_sans");
  issuance.ips = sent;
  if (sent.length > 0 && !role.allow_ip_sans) {
    const text = `IP Subject Alternative Names are not allowed in this role, but was provided [${sent.join(" ")}]`;
    return bad(text, sent.join(", "), "write the role with allow_ip_sans=true");
  }
  const wrong = sent.find((text) => isIP(text) === 0);
  return wrong === undefined
    ? pass(sent.join(", "))
    : bad(`the value ${goQuote(wrong)} is not a valid IP address`, wrong);
}

function uriVerdict(issuance: Issuance): ReturnType<IssueCheck["run"]> {
  const { role, csr, data } = issuance;
  const fromCsr = csr !== undefined && role.use_csr_sans;
  const uris = fromCsr ? csr.uris : data.list("uri_sans");
  const via = fromCsr ? "via CSR" : "via the API";
  issuance.uris = uris;
  if (uris.length > 0 && role.allowed_uri_sans.length === 0) {
    return bad(`URI Subject Alternative Names are not allowed in this role, but were provided ${via}`, uris.join(", "));
  }
  const wrong = uris.find((uri) => !role.allowed_uri_sans.some((pattern) => glob(pattern, uri)));
  if (wrong !== undefined)
    return bad(`URI Subject Alternative Names were provided ${via} which are not valid for this role`, wrong);
  const none = uris.find((uri) => /%(?![0-9A-Fa-f]{2})/.test(uri) || /^:|[\u0000-\u001f\u007f]/.test(uri));
  if (none === undefined) return pass(uris.join(", "));
  return bad(`the provided URI Subject Alternative Name ${goQuote(none)} is not a valid URI`, none);
}
