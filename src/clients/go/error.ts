/** What kind of failure an error is; retry policies look at it. */
export type GoErrorKind = "certificate" | "network" | "timeout" | "other";

/** An error whose message is the text that the Go program prints. */
export class GoError extends Error {
  override readonly name = "GoError";
  constructor(
    message: string,
    readonly kind: GoErrorKind = "other",
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The same failure with more words before it, as fmt.Errorf("…: %w") makes it. */
  wrap(prefix: string): GoError {
    return new GoError(`${prefix}${this.message}`, this.kind, { cause: this });
  }
}

/** What was thrown, as a GoError; anything else is a fault of mistrust and is thrown on. */
export function asGoError(thrown: unknown): GoError {
  if (thrown instanceof GoError) return thrown;
  throw thrown;
}
