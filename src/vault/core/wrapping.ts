import type { Clock } from "../../runtime/index.js";
import type { StoredToken } from "../token/entry.js";
import type { TokenStore } from "../token/store.js";
import type { RawReply, WrapInfo } from "./logical.js";
import { isJwt, type ReadWrappingJwt, WrappingJwts } from "./wrapping-jwt.js";

/** A reply that is put away, as the bytes that unwrapping hands out. */
export interface ToWrap extends RawReply {
  readonly creationPath: string;
  /** Seconds */
  readonly ttl: number;
  /** Of the token or the secret id that is in the reply. */
  readonly wrappedAccessor?: string;
  /** Hand the wrapping token out as a JWT. */
  readonly asJwt?: boolean;
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
  readonly #jwts: WrappingJwts;

  constructor(clock: Clock, tokens: TokenStore) {
    this.#clock = clock;
    this.#tokens = tokens;
    this.#jwts = new WrappingJwts(clock);
  }

  wrap(wanted: ToWrap): WrapInfo {
    const { status, contentType, body, creationPath, ttl, wrappedAccessor, asJwt = false } = wanted;
    const reply = { status, body, ...(contentType !== undefined && { contentType }) };
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
    this.#wrapped.set(token, { ...reply, creationPath, ttl, createdAt, ...accessor });
    const handed = asJwt
      ? this.#jwts.sign({ id: token.id, createdAt, ttl, accessor: wrappedAccessor ?? "" })
      : token.id;
    return { token: handed, accessor: token.accessor, ttl, createdAt, creationPath, ...accessor };
  }

  /** The token that was sent, or the one that a JWT stands for. */
  idOf(sent: string): ReadWrappingJwt {
    return isJwt(sent) ? this.#jwts.read(sent) : { id: sent };
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
