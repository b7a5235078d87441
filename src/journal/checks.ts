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
  const records: CheckRecord[] = [];
  const logs: ServerLog[] = [];
  for (const check of checks) {
    const running = check.run(context);
    const verdict = running instanceof Promise ? await running : running;
    const wanted = check.wants?.(context);
    if (verdict.log !== undefined) logs.push(verdict.log);
    records.push({
      id: check.id,
      outcome: verdict.outcome,
      ...(wanted !== undefined && { wanted }),
      ...("got" in verdict && { got: verdict.got }),
      ...(verdict.note !== undefined && { note: verdict.note }),
      ...("remedy" in verdict && { remedy: verdict.remedy }),
    });
    if (verdict.outcome === "refused") return { checks: records, logs, refusal: { ...verdict, by: check.id } };
  }
  return { checks: records, logs };
}
