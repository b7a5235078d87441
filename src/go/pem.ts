/** One block of a PEM text. */
export interface PemBlock {
  readonly type: string;
  readonly der: Buffer;
}

/** The PEM blocks of a text, whatever stands around them; what is no proper block is passed over. (Go: encoding/pem) */
export function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const [, type = "", body = ""] of text.matchAll(
    /^-----BEGIN ([^\n-]+)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----/gm,
  )) {
    const base64 = body.replace(/\s+/g, "");
    if (/^[A-Za-z0-9+/]*={0,2}$/.test(base64) && base64.length % 4 === 0)
      blocks.push({ type, der: Buffer.from(base64, "base64") });
  }
  return blocks;
}
