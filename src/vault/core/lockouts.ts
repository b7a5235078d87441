import type { Clock } from "../../runtime/index.js";

/** What a mount was tuned to; 0 = Vault's default. Spans are seconds. */
export interface LockoutSettings {
  readonly threshold: number;
  readonly duration: number;
  readonly counterReset: number;
  readonly disabled: boolean;
}

/** The failed logins of one mount's users. */
export interface MountLockout {
  /** Does the release lock users out, and may it here? */
  readonly enabled: boolean;
  isLocked(alias: string): boolean;
  failed(alias: string): void;
  succeeded(alias: string): void;
}

interface Failures {
  readonly count: number;
  /** ms since the epoch. */
  readonly lastAt: number;
  /** Has been locked once and was neither unlocked nor has logged in since, which is what the list of locked users tells. */
  readonly stored: boolean;
}

/** Vault's defaults: five failures lock for a quarter of an hour, and are forgotten after as long. */
const THRESHOLD = 5;
const SPAN_SECONDS = 15 * 60;

/** Counts the failed logins of users that exist, and locks those with too many out. (vault/request_handling.go: isUserLocked) */
export class Lockouts {
  readonly #clock: Clock;
  /** By accessor of the mount, then by alias. */
  readonly #mounts = new Map<string, Map<string, Failures>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param settings as the mount is tuned now; `undefined` where users are never locked out */
  of(accessor: string, settings: () => LockoutSettings | undefined): MountLockout {
    return {
      get enabled() {
        return settings()?.disabled === false;
      },
      isLocked: (alias) => this.#isLocked(accessor, alias, settings()),
      failed: (alias) => this.#failed(accessor, alias, settings()),
      succeeded: (alias) => void this.#mounts.get(accessor)?.delete(alias),
    };
  }

  unlock(accessor: string, alias: string): void {
    this.#mounts.get(accessor)?.delete(alias);
  }

  /** Aliases that were locked, by mount accessor. */
  locked(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, readonly string[]>();
    for (const [accessor, aliases] of this.#mounts) {
      const stored = [...aliases].flatMap(([alias, failures]) => (failures.stored ? [alias] : []));
      if (stored.length > 0) found.set(accessor, stored.sort());
    }
    return found;
  }

  #isLocked(accessor: string, alias: string, settings: LockoutSettings | undefined): boolean {
    const failures = this.#mounts.get(accessor)?.get(alias);
    if (failures === undefined || settings === undefined || settings.disabled) return false;
    const since = Math.floor(this.#clock.now() / 1000) - Math.floor(failures.lastAt / 1000);
    return failures.count >= (settings.threshold || THRESHOLD) && since < (settings.duration || SPAN_SECONDS);
  }

  #failed(accessor: string, alias: string, settings: LockoutSettings | undefined): void {
    if (settings === undefined || settings.disabled) return;
    const aliases = this.#mounts.get(accessor) ?? new Map<string, Failures>();
    this.#mounts.set(accessor, aliases);
    const before = aliases.get(alias);
    const now = this.#clock.now();
    const isForgotten = before !== undefined && now - before.lastAt > (settings.counterReset || SPAN_SECONDS) * 1000;
    const count = before === undefined || isForgotten ? 1 : before.count + 1;
    const stored = before?.stored === true || count >= (settings.threshold || THRESHOLD);
    aliases.set(alias, { count, lastAt: now, stored });
  }
}
