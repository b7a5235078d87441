import { createCipheriv, createHash, type CipherGCM } from "node:crypto";

/** Reproducible bytes from a seed: the key stream of AES-256-CTR under SHA-256(seed). Not for keys: those are minted. */
export class Seed {
  readonly #stream: Pick<CipherGCM, "update">;
  #pool = Buffer.alloc(0);
  #at = 0;

  constructor(readonly text: string) {
    this.#stream = createCipheriv("aes-256-ctr", createHash("sha256").update(text).digest(), Buffer.alloc(16));
  }

  bytes(count: number): Buffer {
    if (this.#at + count > this.#pool.length) {
      this.#pool = this.#stream.update(Buffer.alloc(Math.max(4096, count)));
      this.#at = 0;
    }
    return this.#pool.subarray(this.#at, (this.#at += count));
  }

  /** A whole number in `[0, below)`. */
  int(below: number): number {
    return this.bytes(6).readUIntBE(0, 6) % below;
  }

  /** A seed of its own for one part of a lab, so that what one part draws does not move the others. */
  fork(name: string): Seed {
    return new Seed(`${this.text}\u0000${name}`);
  }
}
