import type { Seed } from "./seed.js";

const BASE62 = Buffer.from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

/** Names that look random and are not: the same seed gives the same ones in the same order. */
export class Ids {
  constructor(readonly seed: Seed) {}

  /** A version 4 UUID, lower case. */
  uuid(): string {
    const b = Buffer.from(this.seed.bytes(16));
    b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
    b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
    const h = b.toString("hex");
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
  }

  base62(length: number): string {
    const bytes = this.seed.bytes(length);
    for (let i = 0; i < length; i++) bytes[i] = BASE62[(bytes[i] ?? 0) % 62] ?? 0;
    return bytes.toString("latin1");
  }

  hex(bytes: number): string {
    return this.seed.bytes(bytes).toString("hex");
  }
}
