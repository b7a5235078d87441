/** One DER element: its tag, its content, and itself with header. */
export interface Der {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

/** The element that `bytes` begin with. */
export function readDer(bytes: Buffer): Der {
  const tag = bytes[0] ?? 0;
  let length = bytes[1] ?? 0;
  let at = 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    length = count === 0 ? 0 : bytes.readUIntBE(2, Math.min(count, 6));
    at += count;
  }
  return { tag, content: bytes.subarray(at, at + length), whole: bytes.subarray(0, at + length) };
}

/** The elements inside a constructed one. */
export function derChildren(bytes: Buffer): Der[] {
  const children: Der[] = [];
  for (let rest = bytes; rest.length > 1;) {
    const child = readDer(rest);
    children.push(child);
    rest = rest.subarray(child.whole.length);
  }
  return children;
}

/** An OBJECT IDENTIFIER's content as dotted numbers. */
export function readOid(content: Buffer): string {
  const first = content[0] ?? 0;
  const parts = [Math.min(2, Math.floor(first / 40)), first - 40 * Math.min(2, Math.floor(first / 40))];
  let value = 0;
  for (const byte of content.subarray(1)) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(value);
      value = 0;
    }
  }
  return parts.join(".");
}

/** UTCTime or GeneralizedTime, in ms since the epoch. */
export function readTime({ tag, content }: Der): number {
  const text = content.toString("latin1");
  const full = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const at = (from: number, to: number): number => Number(full.slice(from, to));
  return Date.UTC(at(0, 4), at(4, 6) - 1, at(6, 8), at(8, 10), at(10, 12), at(12, 14));
}
