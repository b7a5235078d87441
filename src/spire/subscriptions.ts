/** The callers with one set of selectors. */
interface Workload<V> {
  readonly selectors: ReadonlySet<string>;
  readonly listeners: Set<(view: V) => void>;
  view: V | undefined;
}

/** Who looks at what: one view per set of selectors, shared by all its callers and made anew only after a change. */
export class Subscriptions<V> {
  readonly #workloads = new Map<string, Workload<V>>();
  /** The same, by a set that somebody has come with before. */
  #known = new WeakMap<ReadonlySet<string>, Workload<V>>();

  constructor(readonly make: (selectors: ReadonlySet<string>) => V) {}

  view(selectors: ReadonlySet<string>): V {
    const workload = this.#workload(selectors);
    workload.view ??= this.make(selectors);
    return workload.view;
  }

  /** Calls `listener` with each new view; the returned function ends that. */
  subscribe(selectors: ReadonlySet<string>, listener: (view: V) => void): () => void {
    const { listeners } = this.#workload(selectors);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Forgets all views without telling anybody. */
  forget(): void {
    for (const workload of this.#workloads.values()) workload.view = undefined;
  }

  /** Tells the callers whose selectors include one of these sets that something has changed. */
  notify(sets: readonly ReadonlySet<string>[]): void {
    this.#tell(
      [...this.#workloads.values()].filter(({ selectors }) =>
        sets.some((set) => [...set].every((selector) => selectors.has(selector))),
      ),
    );
  }

  notifyAll(): void {
    this.#tell([...this.#workloads.values()]);
  }

  clear(): void {
    this.#workloads.clear();
    this.#known = new WeakMap();
  }

  #tell(workloads: readonly Workload<V>[]): void {
    for (const workload of workloads) workload.view = undefined;
    for (const { selectors, listeners } of workloads) {
      if (listeners.size === 0) continue;
      const view = this.view(selectors);
      for (const listener of [...listeners]) listener(view);
    }
  }

  #workload(selectors: ReadonlySet<string>): Workload<V> {
    const known = this.#known.get(selectors);
    if (known !== undefined) return known;
    const key = JSON.stringify([...selectors].sort());
    const workload = this.#workloads.get(key) ?? { selectors, listeners: new Set(), view: undefined };
    this.#workloads.set(key, workload);
    this.#known.set(selectors, workload);
    return workload;
  }
}
