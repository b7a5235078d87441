import { isIP } from "node:net";
import type { NameConstraints } from "../../../pki/index.js";
import { goQuote } from "../../../runtime/index.js";
import type { Field, FieldData } from "../../core/backend.js";

const list: Field = { type: "comma-list" };

/** What names an authority may certify. All but the first came with 1.19. */
export const FIRST_CONSTRAINT: Readonly<Record<string, Field>> = { permitted_dns_domains: list };
export const LATER_CONSTRAINTS: Readonly<Record<string, Field>> = {
  excluded_dns_domains: list,
  permitted_ip_ranges: list,
  excluded_ip_ranges: list,
  permitted_email_addresses: list,
  excluded_email_addresses: list,
  permitted_uri_domains: list,
  excluded_uri_domains: list,
};

export function constraintsOf(data: FieldData): NameConstraints {
  return { permitted: side(data, "permitted"), excluded: side(data, "excluded") };
}

function side(data: FieldData, which: "permitted" | "excluded"): NonNullable<NameConstraints["permitted"]> {
  const of = (kind: string): readonly string[] => (data.has(`${which}_${kind}`) ? data.list(`${which}_${kind}`) : []);
  return {
    dns: of("dns_domains"),
    ipRanges: of("ip_ranges"),
    emails: of("email_addresses"),
    uris: of("uri_domains"),
  };
}

/** What is wrong with the ranges of addresses. (cert_util.go: convertIpRanges) */
export function rangesError(data: FieldData): string | undefined {
  for (const name of ["permitted_ip_ranges", "excluded_ip_ranges"]) {
    const wrong = (data.has(name) ? data.list(name) : []).find((text) => !isRange(text));
    if (wrong !== undefined) {
      return `invalid ${name} value: error parsing IP range ${goQuote(wrong)}: invalid CIDR address: ${wrong}`;
    }
  }
  return undefined;
}

function isRange(text: string): boolean {
  const [address = "", length = ""] = text.split("/");
  const version = isIP(address);
  return version !== 0 && /^\d+$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}
