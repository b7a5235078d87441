import type { Clock } from "../../runtime/index.js";
import type { StoredToken } from "../token/entry.js";
import type { TokenStore } from "../token/store.js";
import type { WrapInfo } from "./logical.js";

/** A reply that is put away, as the bytes that unwrapping hands out. */
export interface ToWrap {
  readonly body: string;
  readonly creationPath: string;
  /** Seconds */
  readonly ttl: number;
  /** Of the token that is in the reply. */
  readonly wrappedAccessor?: string;
}

/** What a wrapping token stands for. */
export interface Wrapped extends ToWrap {
  /** ms since the epoch */
  readonly createdAt: number;
}

/** The only policy of wrapping tokens. */
const POLICY = "response-wrapping";

/** Puts replies away under single-use tokens. (vault/wrapping.go) */
export class Wrapping {
  readonly #clock: Clock;
  readonly #tokens: TokenStore;
  /** By the token, so that what nobody unwrapped goes with it. */
  readonly #wrapped = new WeakMap<StoredToken, Wrapped>();

  constructor(clock: Clock, tokens: TokenStore) {
    this.#clock = clock;
    this.#tokens = tokens;
  }

  wrap(wanted: ToWrap): WrapInfo {
    const { body, creationPath, ttl, wrappedAccessor } = wanted;
    const token = this.#tokens.create({
      type: "service",
      path: creationPath,
      policies: [POLICY],
      displayName: "",
      meta: null,
      ttl,
      explicitMaxTtl: ttl,
      numUses: 1,
      renewable: false,
    });
    if (token === undefined) throw new Error("a token without a chosen id cannot be taken");
    const accessor = wrappedAccessor === undefined ? {} : { wrappedAccessor };
    const createdAt = this.#clock.now();
    this.#wrapped.set(token, { body, creationPath, ttl, createdAt, ...accessor });
    return { token: token.id, accessor: token.accessor, ttl, createdAt, creationPath, ...accessor };
  }

  isWrapping(token: StoredToken | undefined): boolean {
    return token?.policies.length === 1 && token.policies[0] === POLICY && token.numUses >= 0;
  }

  /** What the token wraps; `undefined` if it wraps nothing or is used up. */
  peek(token: StoredToken): Wrapped | undefined {
    return this.#wrapped.get(token);
  }

  /** Takes what the token wraps; the token is worth nothing afterwards. */
  take(token: StoredToken): Wrapped | undefined {
    const wrapped = this.#wrapped.get(token);
    this.#wrapped.delete(token);
    this.#tokens.revoke(token);
    return wrapped;
  }
}
