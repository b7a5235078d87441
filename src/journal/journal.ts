import { MistrustError, type Clock } from "../runtime/index.js";
import type { CheckRecord, EventBody, EventHead, JournalEvent } from "./events.js";
import { matches, type Matcher } from "./match.js";
import { redact } from "./redact.js";

export interface JournalOptions {
  readonly clock: Clock;
  /** How many events are kept; the oldest go first. */
  readonly capacity?: number;
}

interface Waiter {
  readonly matcher: Matcher;
  readonly resolve: (event: JournalEvent) => void;
}

/** Of how many decisions the last outcome is remembered. */
const DECISIONS = 256;

/** An event as it is kept: what it is made of, put together for those who read it. */
interface Kept {
  readonly seq: number;
  readonly at: number;
  readonly head: EventHead;
  readonly body: EventBody;
}

/**
 * The ordered record of everything that happened in a lab.
 * Events are stored as they come and redacted when somebody reads them, so that writing one costs next to nothing.
 */
export class Journal {
  readonly #clock: Clock;
  readonly #capacity: number;
  #events: Kept[] = [];
  #seq = 0;
  #connections = 0;
  #exchanges = 0;
  readonly #lastChecks = new Map<string, readonly CheckRecord[]>();
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(event: JournalEvent) => void>();

  constructor(options: JournalOptions) {
    this.#clock = options.clock;
    this.#capacity = options.capacity ?? 50_000;
  }

  /** Sequence number of the newest event; 0 in an empty journal. */
  get seq(): number {
    return this.#seq;
  }

  nextConnection(): number {
    return ++this.#connections;
  }

  nextExchange(): number {
    return ++this.#exchanges;
  }

  append(head: EventHead, body: EventBody): void {
    const event: Kept = { seq: ++this.#seq, at: this.#clock.now(), head, body };
    this.#events.push(event);
    if (this.#events.length > this.#capacity * 2) this.#events = this.#events.slice(-this.#capacity);
    if (this.#waiters.size === 0 && this.#listeners.size === 0) return;
    const shown = read(event);
    for (const listener of this.#listeners) listener(shown);
    for (const waiter of this.#waiters) {
      if (!matches(shown, waiter.matcher)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(shown);
    }
  }

  /** The same checks in less memory: a journal holds very many, and most come out as the last time. */
  condense(decision: string, checks: readonly CheckRecord[]): readonly CheckRecord[] {
    const last = this.#lastChecks.get(decision) ?? [];
    const kept = checks.map((check, at) => sameAs(last[at], check));
    if (this.#lastChecks.size >= DECISIONS) this.#lastChecks.clear();
    this.#lastChecks.set(decision, kept);
    return kept;
  }

  /** The events after `after` that match, oldest first, with secrets replaced by fingerprints. */
  events(matcher: Matcher = {}, after = 0): JournalEvent[] {
    const found: JournalEvent[] = [];
    for (const event of this.#events) {
      if (event.seq <= after) continue;
      const shown = read(event);
      if (matches(shown, matcher)) found.push(shown);
    }
    return found;
  }

  /** Calls `listener` with every event to come; the returned function ends that. */
  subscribe(listener: (event: JournalEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * The first event after `after` (default: from the start) that matches, as soon as there is one.
   * @throws MISTRUST_TIMEOUT after `timeoutMs` of real time (default 5 000)
   */
  async waitFor(
    matcher: Matcher,
    options: { readonly after?: number; readonly timeoutMs?: number } = {},
  ): Promise<JournalEvent> {
    const there = this.events(matcher, options.after)[0];
    if (there !== undefined) return there;
    const timeoutMs = options.timeoutMs ?? 5_000;
    return await new Promise((resolve, reject) => {
      const waiter: Waiter = {
        matcher,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(
          new MistrustError("MISTRUST_TIMEOUT", `no event ${JSON.stringify(matcher)} came within ${timeoutMs} ms`),
        );
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  clear(): void {
    this.#events = [];
  }
}

function sameAs(known: CheckRecord | undefined, check: CheckRecord): CheckRecord {
  const same =
    known?.id === check.id &&
    known.outcome === check.outcome &&
    known.wanted === check.wanted &&
    known.got === check.got &&
    known.note === check.note &&
    known.remedy === check.remedy;
  return same ? known : check;
}

function read({ seq, at, head, body }: Kept): JournalEvent {
  return redact({ seq, at, ...head, ...body });
}
