import type { ClientReport, Condition, KubeEvent, Targets } from "./model.js";
import type { Call } from "./go/http-client.js";

/** Collects what a product shows while it works. A condition of the same object and type replaces the older one. */
export class ReportBuilder {
  readonly #conditions = new Map<string, Condition>();
  readonly #events: KubeEvent[] = [];
  readonly #logs: string[] = [];
  readonly #calls: string[] = [];
  #connections = 0;

  constructor(
    readonly product: string,
    readonly targets: Targets,
  ) {}

  condition(condition: Condition): void {
    this.#conditions.set(`${condition.object}/${condition.name}/${condition.type}`, condition);
  }

  /** Takes a condition back, as controllers do with one that no longer says anything. */
  dropCondition(object: string, name: string, type: string): void {
    this.#conditions.delete(`${object}/${name}/${type}`);
  }

  event(event: KubeEvent): void {
    // Kubernetes counts repeated events instead of listing them.
    const same = (other: KubeEvent): boolean =>
      other.object === event.object &&
      other.name === event.name &&
      other.reason === event.reason &&
      other.message === event.message;
    if (!this.#events.some(same)) this.#events.push(event);
  }

  log(line: string): void {
    this.#logs.push(line);
  }

  /** Adds what a client did on the wire. */
  traffic(calls: readonly Call[], connections: number): void {
    this.#connections += connections;
    for (const { method, url, status } of calls) {
      const { pathname, search } = new URL(url);
      this.#calls.push(`${method} ${pathname}${search} -> ${status ?? "no reply"}`);
    }
  }

  /** @param where the object and field in which the user finds the text */
  finish(outcome: ClientReport["outcome"], says: string, where: string): ClientReport {
    this.targets.journal?.append({ server: "client" }, { type: "says", product: this.product, where, text: says });
    return {
      outcome,
      says,
      conditions: [...this.#conditions.values()],
      events: this.#events,
      logs: this.#logs,
      requests: this.#calls.length,
      connections: this.#connections,
      calls: this.#calls,
    };
  }
}
