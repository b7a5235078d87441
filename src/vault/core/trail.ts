import type { CheckRecord, Exchange } from "../../journal/index.js";

const PASSED: Readonly<Record<"seal", CheckRecord>> = { seal: { id: "seal", outcome: "passed" } };

/** The steps by which the core lets a request through or not, journaled once as the decision `access`. */
export class Trail {
  readonly #checks: CheckRecord[] = [];
  #written = false;

  constructor(readonly exchange: Exchange) {}

  unsealed(): void {
    this.#checks.push(PASSED.seal);
  }

  passed(id: string, got?: string, note?: string): void {
    this.#checks.push({
      id,
      outcome: "passed",
      ...(got !== undefined && { got }),
      ...(note !== undefined && { note }),
    });
  }

  skipped(id: string, note: string): void {
    this.#checks.push({ id, outcome: "skipped", note });
  }

  /** Adds the refusal and writes all to the journal. */
  refused(id: string, about: Omit<CheckRecord, "id" | "outcome">): void {
    this.#checks.push({ id, outcome: "refused", ...about });
    this.#write(id);
  }

  /** Writes the checks to the journal, unless a refusal has done so. */
  done(): void {
    if (!this.#written) this.#write();
  }

  #write(refusedBy?: string): void {
    this.#written = true;
    this.exchange.checked("access", this.#checks, refusedBy);
  }
}
