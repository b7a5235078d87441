/**
 * What a server is to its cluster. `leaderless`: a standby whose cluster has no active node, as after the loss of a quorum.
 * (vault/ha.go)
 */
export type Standing = "active" | "standby" | "performance-standby" | "dr-secondary" | "leaderless";

/** The active node, as a standby knows it. */
export interface Leader {
  /** Its api_addr, to which clients are redirected: `https://vault-0.vault-internal:8200`. */
  readonly address: string;
  /** Does it take forwarded requests? Otherwise every client is redirected. */
  readonly forwards: boolean;
}

/** The place of this server in its cluster. */
export class ClusterNode {
  standing: Standing = "active";
  leader: Leader = { address: "https://vault-0.vault-internal:8200", forwards: true };

  /** Is it one of several servers of which another one is active? */
  get isStandby(): boolean {
    return this.standing !== "active" && this.standing !== "dr-secondary";
  }
}
