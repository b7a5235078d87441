import { isIP } from "node:net";
import { goQuoteList } from "../../../runtime/index.js";
import { VaultError } from "../../core/backend.js";
import { withinCidrs } from "../../token/cidr.js";

/** What Go says of the first text that is no CIDR block. unverified: the wrapping around it */
export function cidrError(cidrs: readonly string[]): string | undefined {
  const wrong = cidrs.find((cidr) => {
    const [address = "", bits] = cidr.split("/");
    const longest = isIP(address) === 6 ? 128 : 32;
    return isIP(address) === 0 || bits === undefined || !/^\d+$/.test(bits) || Number(bits) > longest;
  });
  return wrong === undefined ? undefined : `invalid CIDR address: ${wrong}`;
}

/**
 * The blocks of a secret ID must lie within those of its role. (verifyCIDRRoleSecretIDSubset)
 * @throws VaultError 500
 */
export function refuseWider(role: readonly string[], secretId: readonly string[]): void {
  if (role.length === 0 || secretId.every((cidr) => isWithin(cidr, role))) return;
  const blocks = role.map((block) => (block.includes("/") ? block : `${block}/32`));
  const what = `CIDR blocks on the role ${goQuoteList(blocks)} and CIDR blocks on the secret ID ${goQuoteList(secretId)}`;
  throw new VaultError(500, `failed to verify subset relationship between ${what}: %!w(<nil>)`);
}

function isWithin(cidr: string, blocks: readonly string[]): boolean {
  const [address = "", bits] = cidr.split("/");
  return blocks.some((block) => {
    const size = Number(block.split("/")[1] ?? (isIP(address) === 6 ? 128 : 32));
    return withinCidrs(address, [block]) && (bits === undefined || Number(bits) >= size);
  });
}
