import type { TLSSocket } from "node:tls";

/** The chain that the other end sent, leaf first, as DER. */
export function peerChain(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  for (let next = socket.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) {
    const { raw } = next;
    if (chain.some((known) => known.equals(raw))) break;
    chain.push(raw);
  }
  return chain;
}
