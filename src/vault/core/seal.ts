import type { Ids } from "../../runtime/index.js";
import type { Rekeying, RootGeneration } from "./ceremony.js";

/** The state that decides whether a Vault answers at all, and the shares that unseal it. (vault/seal.go, vault/init.go) */
export class Seal {
  readonly #ids: Ids;
  initialized = false;
  sealed = true;
  shares = 0;
  threshold = 0;
  nonce = "";
  /** What holders of shares are about to do, if anything. */
  rootGeneration: RootGeneration | undefined;
  rekeying: Rekeying | undefined;
  #keys: readonly string[] = [];
  #given = new Set<string>();

  constructor(ids: Ids) {
    this.#ids = ids;
  }

  get progress(): number {
    return this.#given.size;
  }

  /** @returns the unseal keys in hex: 32 bytes, and one more where there are several shares, as Shamir's scheme has it */
  initialize(shares: number, threshold: number): readonly string[] {
    this.#keys = Array.from({ length: shares }, () => this.#ids.hex(shares === 1 ? 32 : 33));
    Object.assign(this, { initialized: true, sealed: true, shares, threshold });
    return this.#keys;
  }

  /** A dev server comes up initialised and unsealed. */
  openAsDev(): void {
    this.initialize(1, 1);
    this.sealed = false;
  }

  /** @returns false if enough shares are there and they are not the right ones */
  offer(keyHex: string): boolean {
    if (this.#given.size === 0) this.nonce = this.#ids.uuid();
    this.#given.add(keyHex);
    if (this.#given.size < this.threshold) return true;
    const right = [...this.#given].every((key) => this.#keys.includes(key));
    this.reset();
    if (right) this.sealed = false;
    return right;
  }

  /** Are these enough shares, and the right ones? */
  opensWith(given: ReadonlySet<string>): boolean {
    return given.size >= this.threshold && [...given].every((key) => this.#keys.includes(key));
  }

  /** New shares in the place of the old ones. @returns them in hex */
  rekey(shares: number, threshold: number): readonly string[] {
    const { sealed } = this;
    const keys = this.initialize(shares, threshold);
    this.sealed = sealed;
    return keys;
  }

  /** Forgets the shares given so far. */
  reset(): void {
    this.#given = new Set();
    this.nonce = "";
  }

  close(): void {
    this.sealed = true;
    this.rootGeneration = undefined;
    this.rekeying = undefined;
    this.reset();
  }
}
