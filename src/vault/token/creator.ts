import type { StoredToken } from "./entry.js";

/** Who asks, and whether the path is theirs with sudo. */
export interface Creator {
  readonly parent: StoredToken;
  readonly sudo: boolean;
}

/** A refusal on the way to a new token. */
export class Refused extends Error {
  override readonly name = "Refused";
}
