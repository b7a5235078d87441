import { type CertificatePolicy } from "../../../pki/index.js";
import { goQuote } from "../../../runtime/index.js";

/** `policy_identifiers` as a role keeps them: ids, or objects in JSON. (path_roles.go: getPolicyIdentifier) */
export function keptPolicies(sent: readonly string[]): readonly string[] {
  const objects = parsedList(sent.join(","));
  return objects === undefined ? sent : objects.map((one) => JSON.stringify(one));
}

function parsedList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What goes into the certificate, of those that are well formed. */
export function policiesOf(kept: readonly string[]): CertificatePolicy[] {
  return kept.map(policyOf).filter((one) => typeof one !== "string");
}

/** Why one of these is none. (certutil.CreatePolicyInformationExtensionFromStorageStrings) */
export function policiesError(kept: readonly string[]): string | undefined {
  return kept.map(policyOf).find((one) => typeof one === "string");
}

function policyOf(kept: string): CertificatePolicy | string {
  const wrong = oidError(kept);
  if (wrong === undefined) return { id: kept };
  const parsed = parsedList(`[${kept}]`)?.[0];
  if (typeof parsed !== "object" || parsed === null) {
    const why = `invalid character '${kept.charAt(0)}' looking for beginning of value`;
    return `Policy Identifier ${goQuote(kept)} is neither a valid OID: ${wrong}, Nor JSON Policy Identifier: ${why}`;
  }
  const { oid: id, cps, notice } = parsed as Readonly<Record<string, unknown>>;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return oidError(text(id)) ?? { id: text(id), cps: text(cps), notice: text(notice) };
}

/** Why a text is no dotted id, in the words of Go's strconv. (certutil.StringToOid) */
export function oidError(text: string): string | undefined {
  const part = text.split(".").find((number) => !/^\d+$/.test(number));
  return part === undefined ? undefined : `strconv.Atoi: parsing ${goQuote(part)}: invalid syntax`;
}
