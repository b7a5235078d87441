import type { Clock } from "../../runtime/index.js";
import type { AuthGrant } from "../core/backend.js";
import type { StoredToken } from "./entry.js";
import type { TokenMint } from "./format.js";

/** What a new token shall be; the policy and the bounds of its life have been decided before. */
export interface NewToken {
  readonly type: "service" | "batch";
  /** A chosen id, taken as it is. */
  readonly id?: string;
  readonly path: string;
  readonly policies: readonly string[];
  readonly displayName: string;
  readonly meta: Readonly<Record<string, string>> | null;
  readonly entityId?: string;
  /** Seconds; 0 = never ends (root only). */
  readonly ttl: number;
  readonly explicitMaxTtl?: number;
  readonly period?: number;
  readonly numUses?: number;
  readonly boundCidrs?: readonly string[];
  readonly role?: string;
  readonly parent?: StoredToken;
  readonly renewable: boolean;
  readonly mountAccessor?: string;
  readonly grant?: AuthGrant;
  /** Tokens made at initialisation have no lease. */
  readonly unleased?: boolean;
}

/** All tokens of a Vault, by id and accessor. Expiry is noticed when somebody looks. (vault/token_store.go) */
export class TokenStore {
  readonly #clock: Clock;
  readonly #byId = new Map<string, StoredToken>();
  readonly #byAccessor = new Map<string, StoredToken>();

  /** @param elder the store of the namespace around this one, whose tokens count here, too */
  constructor(
    clock: Clock,
    readonly mint: TokenMint,
    readonly elder?: TokenStore,
  ) {
    this.#clock = clock;
  }

  /** Was the token made here, rather than in a namespace around? */
  owns(token: StoredToken): boolean {
    return this.#byId.get(token.id) === token;
  }

  /** @returns `undefined` if the chosen id is taken */
  create(wanted: NewToken): StoredToken | undefined {
    if (wanted.id !== undefined && this.lookup(wanted.id) !== undefined) return undefined;
    const token = this.#entry(wanted);
    this.#byId.set(token.id, token);
    if (token.plainId !== token.id) this.#byId.set(token.plainId, token);
    if (token.accessor !== "") this.#byAccessor.set(token.accessor, token);
    token.parent?.children.add(token);
    return token;
  }

  /** The token, if it is valid now. What has expired is revoked on the way. */
  lookup(id: string): StoredToken | undefined {
    const token = this.#byId.get(id);
    if (token === undefined) return this.elder?.lookup(id);
    return this.#alive(token) ? token : undefined;
  }

  byAccessor(accessor: string): StoredToken | undefined {
    const token = this.#byAccessor.get(accessor);
    return token !== undefined && this.#alive(token) ? token : undefined;
  }

  byLease(leaseId: string): StoredToken | undefined {
    return this.all().find((token) => token.lease?.id === leaseId);
  }

  /** Every valid token that has an accessor. */
  all(): StoredToken[] {
    return [...this.#byAccessor.values()].filter((token) => this.#alive(token));
  }

  /**
   * Counts one use. The last use still succeeds: `numUses` is then -1 and the caller revokes the token after the request.
   * @returns false if there is no use left
   */
  use(token: StoredToken): boolean {
    if (token.numUses === 0) return true;
    if (token.numUses < 0) return false;
    token.numUses = token.numUses === 1 ? -1 : token.numUses - 1;
    return true;
  }

  /** Revokes the token and all that descend from it. */
  revoke(token: StoredToken): void {
    for (const child of token.children) this.revoke(child);
    this.#forget(token);
  }

  /** Revokes the token alone: its children become orphans. */
  revokeAlone(token: StoredToken): void {
    for (const child of token.children) this.#adopt(child);
    this.#forget(token);
  }

  clear(): void {
    this.#byId.clear();
    this.#byAccessor.clear();
  }

  #adopt(orphaned: StoredToken): void {
    const orphan: StoredToken = Object.assign(orphaned, { orphan: true, parent: undefined });
    this.#byAccessor.set(orphan.accessor, orphan);
  }

  #alive(token: StoredToken): boolean {
    if (token.revoked) return false;
    const end = token.lease?.expiresAt;
    if (end === undefined || end > this.#clock.now()) {
      return token.parent === undefined || this.#alive(token.parent);
    }
    this.revoke(token);
    return false;
  }

  #forget(token: StoredToken): void {
    token.revoked = true;
    token.parent?.children.delete(token);
    token.children.clear();
    this.#byId.delete(token.id);
    this.#byId.delete(token.plainId);
    this.#byAccessor.delete(token.accessor);
  }

  #entry(wanted: NewToken): StoredToken {
    const now = this.#clock.now();
    const batch = wanted.type === "batch";
    const plainId = wanted.id ?? (batch ? this.mint.batch() : this.mint.plain());
    const root = wanted.policies.includes("root");
    const id = batch || root || wanted.id !== undefined ? plainId : this.mint.sign(plainId);
    return {
      id,
      plainId,
      accessor: batch ? "" : this.mint.accessor(),
      type: wanted.type,
      path: wanted.path,
      policies: wanted.policies,
      identityPolicies: [],
      entityId: wanted.entityId ?? "",
      displayName: wanted.displayName,
      meta: wanted.meta,
      orphan: wanted.parent === undefined,
      createdAt: now,
      creationTtl: wanted.ttl,
      explicitMaxTtl: wanted.explicitMaxTtl ?? 0,
      period: wanted.period ?? 0,
      numUses: batch ? 0 : (wanted.numUses ?? 0),
      usesAtFirst: wanted.numUses ?? 0,
      boundCidrs: wanted.boundCidrs ?? [],
      role: wanted.role ?? "",
      parent: wanted.parent,
      children: new Set(),
      ...(wanted.mountAccessor !== undefined && { mountAccessor: wanted.mountAccessor }),
      grant: wanted.grant,
      lease:
        wanted.unleased === true
          ? undefined
          : {
              id: `${wanted.path}/${this.mint.leaseSuffix()}`,
              issuedAt: now,
              expiresAt: wanted.ttl === 0 ? undefined : now + wanted.ttl * 1000,
              ttl: wanted.ttl,
              renewable: wanted.renewable,
              renewedAt: undefined,
            },
      revoked: false,
    };
  }
}
