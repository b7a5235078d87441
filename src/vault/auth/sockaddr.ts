import { isIP } from "node:net";
import { goQuote } from "../../runtime/index.js";

/**
 * An address or CIDR block as go-sockaddr prints it: a full mask is left out, and what is no IP address but has a slash
 * in it counts as a UNIX socket, whose path is printed quoted. `undefined` where go-sockaddr finds nothing to make of it.
 */
export function sockaddr(text: string): string | undefined {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  const full = family === 6 ? 128 : 32;
  if (family !== 0 && rest.length === 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= full))) {
    return bits === undefined || Number(bits) === full ? address : `${address}/${Number(bits)}`;
  }
  return text.includes("/") || text.startsWith(".") ? goQuote(text) : undefined;
}
