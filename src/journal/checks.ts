import type { CheckRecord, LogLevel } from "./events.js";

/** What the real server would write to its log about a step. */
export interface ServerLog {
  readonly level: LogLevel;
  readonly line: string;
}

export interface Passed {
  readonly outcome: "passed";
  readonly got?: string;
  readonly note?: string;
  readonly log?: ServerLog;
}
export interface Skipped {
  readonly outcome: "skipped";
  readonly note: string;
  readonly log?: ServerLog;
}
export interface Refused<R> {
  readonly outcome: "refused";
  /** What goes over the wire. */
  readonly reply: R;
  readonly got?: string;
  readonly note?: string;
  readonly log?: ServerLog;
  readonly remedy?: string;
}
export type Verdict<R> = Passed | Skipped | Refused<R>;

/** One step of a decision. Where its behaviour differs by version it asks a quirk by name. */
export interface Check<C, R> {
  /** kebab-case and stable: scenarios name it in `refusedBy`. */
  readonly id: string;
  /** One sentence for the reference page, with the source of the behaviour. */
  readonly doc: string;
  /** What would pass, for the journal; may be left out where the id says it all. */
  wants?(context: C): string | undefined;
  run(context: C): Verdict<R> | Promise<Verdict<R>>;
}

export function pass(got?: string, note?: string): Passed {
  return { outcome: "passed", ...(got !== undefined && { got }), ...(note !== undefined && { note }) };
}

export function skip(note: string): Skipped {
  return { outcome: "skipped", note };
}

export function refuse<R>(reply: R, about: Omit<Refused<R>, "outcome" | "reply"> = {}): Refused<R> {
  return { outcome: "refused", reply, ...about };
}

export interface Decision<R> {
  readonly checks: readonly CheckRecord[];
  readonly logs: readonly ServerLog[];
  /** The first refusal; absent when everything passed. */
  readonly refusal?: Refused<R> & { readonly by: string };
}

/** Runs the checks in order up to the first refusal. */
export async function decide<C, R>(checks: readonly Check<C, R>[], context: C): Promise<Decision<R>> {
  const steps = new Steps<R>();
  for (const check of checks) {
    const running = check.run(context);
    const verdict = running instanceof Promise ? await running : running;
    if (steps.add(check.id, verdict, check.wants?.(context))) break;
  }
  return steps.decision();
}

/** A check that need not wait for anything, for decisions that must be made before the next message arrives. */
export interface PromptCheck<C, R> extends Check<C, R> {
  run(context: C): Verdict<R>;
}

/** Like `decide`, at once. */
export function decideNow<C, R>(checks: readonly PromptCheck<C, R>[], context: C): Decision<R> {
  const steps = new Steps<R>();
  for (const check of checks) {
    if (steps.add(check.id, check.run(context), check.wants?.(context))) break;
  }
  return steps.decision();
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

class Steps<R> {
  readonly #checks: CheckRecord[] = [];
  readonly #logs: ServerLog[] = [];
  #refusal: (Refused<R> & { readonly by: string }) | undefined;

  /** @returns whether the check refused */
  add(id: string, verdict: Verdict<R>, wanted: string | undefined): boolean {
    if (verdict.log !== undefined) this.#logs.push(verdict.log);
    const record: Writable<CheckRecord> = { id, outcome: verdict.outcome };
    if (wanted !== undefined) record.wanted = wanted;
    if ("got" in verdict) record.got = verdict.got;
    if (verdict.note !== undefined) record.note = verdict.note;
    if ("remedy" in verdict) record.remedy = verdict.remedy;
    this.#checks.push(record);
    if (verdict.outcome !== "refused") return false;
    this.#refusal = { ...verdict, by: id };
    return true;
  }

  decision(): Decision<R> {
    return {
      checks: this.#checks,
      logs: this.#logs,
      ...(this.#refusal !== undefined && { refusal: this.#refusal }),
    };
  }
}
