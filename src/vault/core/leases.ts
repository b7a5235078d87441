import type { Clock, Ids } from "../../runtime/index.js";
import type { TokenStore } from "../token/store.js";
import type { StoredToken } from "../token/entry.js";
import type { LeaseGrant } from "./backend.js";

/** The lease of a secret. Moments are ms since the epoch, spans seconds. */
export interface SecretLease {
  readonly id: string;
  readonly issuedAt: number;
  expiresAt: number;
  ttl: number;
  renewedAt: number | undefined;
  readonly grant: LeaseGrant;
  readonly token: StoredToken | undefined;
}

/** A lease as `sys/leases/lookup` shows it, of a token or of a secret. */
export interface LeaseView {
  readonly id: string;
  readonly issuedAt: number;
  readonly expiresAt: number | undefined;
  readonly renewedAt: number | undefined;
  readonly renewable: boolean;
  readonly token: StoredToken | undefined;
}

/** The leases of secrets, and one view over these and the tokens' own. (vault/expiration.go) */
export class LeaseStore {
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #tokens: TokenStore;
  readonly #secrets = new Map<string, SecretLease>();

  constructor(clock: Clock, ids: Ids, tokens: TokenStore) {
    this.#clock = clock;
    this.#ids = ids;
    this.#tokens = tokens;
  }

  /** Registers a secret's lease under the path of the request that made it. */
  register(path: string, grant: LeaseGrant, token: StoredToken | undefined): SecretLease {
    const now = this.#clock.now();
    const lease: SecretLease = {
      id: `${path}/${this.#ids.base62(24)}`,
      issuedAt: now,
      expiresAt: now + grant.ttl * 1000,
      ttl: grant.ttl,
      renewedAt: undefined,
      grant,
      token,
    };
    this.#secrets.set(lease.id, lease);
    return lease;
  }

  secret(id: string): SecretLease | undefined {
    const lease = this.#secrets.get(id);
    if (lease === undefined) return undefined;
    const alive = lease.expiresAt > this.#clock.now() && lease.token?.revoked !== true;
    if (!alive) this.#secrets.delete(id);
    return alive ? lease : undefined;
  }

  find(id: string): LeaseView | undefined {
    const lease = this.secret(id);
    if (lease !== undefined) return { ...lease, renewable: lease.grant.renewable };
    const token = this.#tokens.byLease(id);
    return token?.lease === undefined ? undefined : { ...token.lease, token };
  }

  /** Ids of all leases that begin with `prefix`. */
  ids(prefix: string): string[] {
    const secrets = [...this.#secrets.keys()].filter((id) => this.secret(id) !== undefined);
    const tokens = this.#tokens.all().flatMap(({ lease }) => (lease === undefined ? [] : [lease.id]));
    return [...secrets, ...tokens].filter((id) => id.startsWith(prefix)).sort();
  }

  revoke(id: string): void {
    this.#secrets.delete(id);
    const token = this.#tokens.byLease(id);
    if (token !== undefined) this.#tokens.revoke(token);
  }

  revokePrefix(prefix: string): void {
    for (const id of this.ids(prefix)) this.revoke(id);
  }

  clear(): void {
    this.#secrets.clear();
  }
}
