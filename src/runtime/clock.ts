/** Where every part of a lab takes its time from. Times are milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
  /** Runs `task` once `ms` milliseconds of lab time have passed. Returns a function that cancels it. */
  setTimeout(task: () => void, ms: number): () => void;
}

export interface LabClockOptions {
  /** The lab's time at start, in ms since the epoch; the machine's own time if absent. */
  readonly startAt?: number;
  /** A frozen clock moves only by `advance`. */
  readonly frozen?: boolean;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** `setTimeout` fires at once above this many milliseconds, so longer waits are cut into pieces. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * A lab's clock: runs beside the machine's, can be shifted and frozen, and takes its timers along.
 * A clock without timers costs nothing, and its timers never keep the process alive.
 */
export class LabClock implements Clock {
  #base: number;
  #real: number;
  #frozen: boolean;
  #order = 0;
  #timers: Timer[] = [];
  #alarm: NodeJS.Timeout | undefined;

  constructor(options: LabClockOptions = {}) {
    this.#real = Date.now();
    this.#base = options.startAt ?? this.#real;
    this.#frozen = options.frozen ?? false;
  }

  now(): number {
    return this.#frozen ? this.#base : this.#base + (Date.now() - this.#real);
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  setTimeout(task: () => void, ms: number): () => void {
    const timer: Timer = { at: this.now() + Math.max(0, ms), order: this.#order++, task };
    const next = this.#timers.findIndex((other) => other.at > timer.at);
    this.#timers.splice(next === -1 ? this.#timers.length : next, 0, timer);
    this.#arm();
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at === -1) return;
      this.#timers.splice(at, 1);
      this.#arm();
    };
  }

  /** Stops time. Timers wait until `advance` or `thaw`. */
  freeze(): void {
    this.#rebase(this.now());
    this.#frozen = true;
    this.#arm();
  }

  /** Lets a frozen clock run on from where it stands. */
  thaw(): void {
    this.#rebase(this.#base);
    this.#frozen = false;
    this.#arm();
  }

  /** Jumps to `time` without running the timers in between in their own moments; those due run at once. */
  set(time: number): void {
    this.#rebase(time);
    this.#arm();
    this.#runDue();
  }

  /**
   * Moves time forward by `ms`, running each timer that falls due in order and at its own moment, and letting the
   * work that it starts settle before the next one.
   * @returns how many timers ran
   */
  async advance(ms: number): Promise<number> {
    const target = this.now() + ms;
    let ran = 0;
    for (;;) {
      const timer = this.#timers[0];
      if (timer === undefined || timer.at > target) break;
      this.#timers.shift();
      this.#rebase(Math.max(this.now(), timer.at));
      timer.task();
      ran++;
      await new Promise(setImmediate);
    }
    this.#rebase(Math.max(this.now(), target));
    this.#arm();
    return ran;
  }

  /** Forgets all timers. */
  stop(): void {
    this.#timers = [];
    this.#arm();
  }

  #rebase(time: number): void {
    this.#base = time;
    this.#real = Date.now();
  }

  #arm(): void {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    const next = this.#timers[0];
    if (next === undefined || this.#frozen) return;
    const wait = Math.min(Math.max(0, next.at - this.now()), LONGEST_WAIT);
    this.#alarm = setTimeout(() => this.#runDue(), wait).unref();
  }

  #runDue(): void {
    for (;;) {
      const timer = this.#timers[0];
      if (timer === undefined || timer.at > this.now()) break;
      this.#timers.shift();
      timer.task();
    }
    this.#arm();
  }
}
