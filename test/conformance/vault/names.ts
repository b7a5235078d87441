import { substitute, substituteAll } from "../match.js";

/** What `${…}` stands for in one transcript; captured values keep their JSON type where they stand alone. */
export class NameTable {
  readonly #values = new Map<string, unknown>();

  set(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  /** For inside of texts. */
  readonly lookup = (name: string): string | undefined => {
    const value = this.#values.get(name);
    return value === undefined || typeof value === "string" ? value : JSON.stringify(value);
  };

  text(text: string): string {
    return substitute(text, this.lookup);
  }

  /** Everything replaced, in requests. */
  all(value: unknown): unknown {
    return substituteAll(this.typed(value), this.lookup);
  }

  /** Only what stands alone and is no text replaced, in expectations. */
  typed(value: unknown): unknown {
    if (typeof value === "string") {
      const found = this.#values.get(/^\$\{([^}]+)\}$/.exec(value)?.[1] ?? "");
      return found === undefined || typeof found === "string" ? value : found;
    }
    if (Array.isArray(value)) return value.map((item) => this.typed(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.typed(item)]));
  }
}
