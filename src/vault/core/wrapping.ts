import type { Clock } from "../../runtime/index.js";
import type { StoredToken } from "../token/entry.js";
import type { TokenStore } from "../token/store.js";
import type { LogicalResponse, WrapInfo } from "./logical.js";

/** What a wrapping token stands for. */
export interface Wrapped {
  /** The reply that was wrapped, as the bytes that unwrapping hands out. */
  readonly body: string;
  readonly creationPath: string;
  readonly createdAt: number;
  /** Seconds */
  readonly ttl: number;
}

/** Puts replies away under single-use tokens. (vault/wrapping.go) */
export class Wrapping {
  readonly #clock: Clock;
  readonly #tokens: TokenStore;
  readonly #wrapped = new Map<string, Wrapped>();

  constructor(clock: Clock, tokens: TokenStore) {
    this.#clock = clock;
    this.#tokens = tokens;
  }

  /** @param body the reply as it would have been sent */
  wrap(path: string, ttl: number, response: LogicalResponse, body: string): WrapInfo {
    const createdAt = this.#clock.now();
    const token = this.#tokens.create({
      type: "service",
      path,
      policies: ["response-wrapping"],
      displayName: "",
      meta: null,
      ttl,
      explicitMaxTtl: ttl,
      numUses: 1,
      renewable: false,
    });
    if (token === undefined) throw new Error("a token without a chosen id cannot be taken");
    this.#wrapped.set(token.accessor, { body, creationPath: path, createdAt, ttl });
    return {
      token: token.id,
      accessor: token.accessor,
      ttl,
      createdAt,
      creationPath: path,
      ...(response.auth !== undefined && { wrappedAccessor: response.auth.accessor }),
    };
  }

  /** What the token wraps; `undefined` if it wraps nothing or is used up. */
  peek(token: StoredToken): Wrapped | undefined {
    return this.#wrapped.get(token.accessor);
  }

  /** Takes what the token wraps; the token is worth nothing afterwards. */
  take(token: StoredToken): Wrapped | undefined {
    const wrapped = this.#wrapped.get(token.accessor);
    this.#wrapped.delete(token.accessor);
    this.#tokens.revoke(token);
    return wrapped;
  }
}
