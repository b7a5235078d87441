/** A body for the journal, which is read only when somebody reads the journal: parsing each at once would cost each request. */
export class DeferredBody {
  constructor(private readonly body: Buffer | string) {}

  /** Parsed where it is JSON, text where it is text, else the bytes. */
  value(): unknown {
    const { body } = this;
    const text = typeof body === "string" ? body : body.toString("utf8");
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return typeof body !== "string" && text.includes("\uFFFD") ? body : text;
    }
  }
}
