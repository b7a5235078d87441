/** A way through a manifest that never trips over what is not there. */
export class Fields {
  constructor(readonly value: unknown) {}

  at(...path: readonly string[]): Fields {
    let value = this.value;
    for (const key of path) value = isRecord(value) ? value[key] : undefined;
    return new Fields(value);
  }

  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** The field as text; empty if it is not there. */
  get text(): string {
    return typeof this.value === "string" ? this.value : typeof this.value === "number" ? String(this.value) : "";
  }

  get list(): readonly Fields[] {
    return Array.isArray(this.value) ? this.value.map((item: unknown) => new Fields(item)) : [];
  }

  get texts(): readonly string[] {
    return this.list.map(({ text }) => text);
  }

  get entries(): readonly (readonly [string, Fields])[] {
    return isRecord(this.value)
      ? Object.entries(this.value).map(([key, value]) => [key, new Fields(value)] as const)
      : [];
  }

  get isTrue(): boolean {
    return this.value === true;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
