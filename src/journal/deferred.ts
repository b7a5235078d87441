/** A value that is worked out only when somebody reads the journal: parsing each body at once would cost each request. */
export class Deferred {
  readonly #read: () => unknown;

  constructor(read: () => unknown) {
    this.#read = read;
  }

  value(): unknown {
    return this.#read();
  }
}

/** A body for the journal: parsed where it is JSON, text where it is text, else the bytes. */
export function deferredBody(body: Buffer | string): Deferred {
  return new Deferred(() => {
    const text = typeof body === "string" ? body : body.toString("utf8");
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return typeof body !== "string" && text.includes("\uFFFD") ? body : text;
    }
  });
}
