import { goQuote } from "../../runtime/index.js";
import type { Certificate } from "./certificate.js";

/**
 * What Go says of a chain in which a CA may not sign for the leaf's DNS names; nothing if all is well. Other kinds of names
 * are not looked at. (Go: crypto/x509/constraints.go)
 */
export function nameConstraintError(chain: readonly Certificate[]): string | undefined {
  const [leaf, ...authorities] = chain;
  if (leaf === undefined) return undefined;
  for (const { permittedDns, excludedDns } of authorities) {
    for (const name of leaf.dnsNames) {
      const excluding = excludedDns.find((domain) => within(name, domain));
      if (excluding !== undefined) return refusal(`${quoted(name)} is excluded by constraint ${goQuote(excluding)}`);
      const permitted = permittedDns.length === 0 || permittedDns.some((domain) => within(name, domain));
      if (!permitted) return refusal(`${quoted(name)} is not permitted by any constraint`);
    }
  }
  return undefined;
}

function refusal(detail: string): string {
  return `x509: a root or intermediate certificate is not authorized to sign for this name: ${detail}`;
}

function quoted(name: string): string {
  return `DNS name ${goQuote(name)}`;
}

function within(name: string, domain: string): boolean {
  const wanted = domain.toLowerCase().replace(/^\./, "");
  const host = name.toLowerCase();
  return wanted === "" || host === wanted || host.endsWith(`.${wanted}`);
}
