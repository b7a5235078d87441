import type { Clock } from "../../runtime/index.js";

interface Failures {
  readonly count: number;
  /** ms since the epoch. */
  readonly lastAt: number;
}

/** Vault's defaults: five failures lock for a quarter of an hour, and are forgotten after as long. (vault/user_lockout.go) */
const THRESHOLD = 5;
const DURATION_MS = 15 * 60_000;

/** Counts the failed logins of users that exist, and locks those with too many out. (since Vault 1.13) */
export class Lockout {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isLocked(alias: string): boolean {
    const failures = this.#recent(alias);
    return failures !== undefined && failures.count >= THRESHOLD;
  }

  failed(alias: string): void {
    const count = (this.#recent(alias)?.count ?? 0) + 1;
    this.#failures.set(alias, { count, lastAt: this.#clock.now() });
  }

  succeeded(alias: string): void {
    this.#failures.delete(alias);
  }

  #recent(alias: string): Failures | undefined {
    const failures = this.#failures.get(alias);
    if (failures === undefined || this.#clock.now() - failures.lastAt < DURATION_MS) return failures;
    this.#failures.delete(alias);
    return undefined;
  }
}
