import type { AuthGrant, TokenEntry } from "../core/backend.js";

/** A token with all that the store keeps of it. Spans are seconds, moments ms since the epoch. */
export interface StoredToken extends TokenEntry {
  /** The token without its signature; the same as `id` for root, batch and chosen ones. */
  readonly plainId: string;
  readonly creationTtl: number;
  readonly explicitMaxTtl: number;
  readonly period: number;
  /** How often it may still be used; 0 = no limit, -1 = this was its last use. */
  numUses: number;
  /** How often it shall be used by what was asked for; replies tell it, also of batch tokens, which nobody counts. */
  readonly usesAtFirst: number;
  readonly boundCidrs: readonly string[];
  readonly role: string;
  readonly parent: StoredToken | undefined;
  readonly children: Set<StoredToken>;
  /** Accessor of the auth mount that it came from by login. */
  readonly mountAccessor?: string;
  /** The login's result, handed back to the auth method on renewal. */
  grant: AuthGrant | undefined;
  lease: TokenLease | undefined;
  revoked: boolean;
}

/** The lease of a token. Root tokens made at initialisation have none. */
export interface TokenLease {
  readonly id: string;
  readonly issuedAt: number;
  /** `undefined`: never. */
  expiresAt: number | undefined;
  /** What it was granted for last, in seconds. */
  ttl: number;
  renewable: boolean;
  renewedAt: number | undefined;
}

/** The `auth` part of a reply. */
export interface IssuedAuth {
  readonly clientToken: string;
  readonly accessor: string;
  readonly policies: readonly string[];
  readonly tokenPolicies: readonly string[];
  readonly identityPolicies: readonly string[];
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly leaseDuration: number;
  readonly renewable: boolean;
  readonly entityId: string;
  readonly tokenType: "service" | "batch";
  readonly orphan: boolean;
  readonly numUses: number;
  /** The login was the first of its entity. */
  readonly entityCreated?: boolean;
}
