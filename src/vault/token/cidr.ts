import { BlockList, isIP } from "node:net";

/** Is the address within one of the blocks? Blocks are addresses or CIDRs; no blocks means no bound. */
export function withinCidrs(address: string, cidrs: readonly string[]): boolean {
  if (cidrs.length === 0) return true;
  const bare = address.replace(/^::ffff:(?=\d+\.)/, "");
  const family = isIP(bare);
  if (family === 0) return false;
  const kind = family === 4 ? "ipv4" : "ipv6";
  return cidrs.some((cidr) => {
    const [network = "", bits] = cidr.split("/");
    if (isIP(network) !== family) return false;
    const list = new BlockList();
    list.addSubnet(network, bits === undefined ? (family === 4 ? 32 : 128) : Number(bits), kind);
    return list.check(bare, kind);
  });
}
