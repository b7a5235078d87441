import type { CheckRecord, EventBody, EventHead, LogLevel, ServerName } from "./events.js";
import type { Decision } from "./checks.js";
import type { Journal } from "./journal.js";

/** One request with all that follows from it. Handlers write to the journal through this and nothing else. */
export class Exchange {
  readonly id: number;
  readonly #head: EventHead;

  constructor(
    readonly journal: Journal,
    readonly server: ServerName,
    readonly connection: number,
  ) {
    this.id = journal.nextExchange();
    this.#head = { server, connection, exchange: this.id };
  }

  note(body: EventBody): void {
    this.journal.append(this.#head, body);
  }

  log(level: LogLevel, line: string): void {
    this.note({ type: "log", level, line });
  }

  /** Journals a decision: its checks, then the log lines that the real server would have written. */
  decided(decision: string, outcome: Decision<unknown>): void {
    this.checked(decision, outcome.checks, outcome.refusal?.by);
    for (const { level, line } of outcome.logs) this.log(level, line);
  }

  checked(decision: string, checks: readonly CheckRecord[], refusedBy?: string): void {
    const kept = this.journal.condense(decision, checks);
    this.note({ type: "checks", decision, checks: kept, ...(refusedBy !== undefined && { refusedBy }) });
  }
}
