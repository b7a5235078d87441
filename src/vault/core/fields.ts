import { goQuote } from "../../runtime/index.js";
import type { Field, FieldData } from "./backend.js";
import { CONVERT, ZERO } from "./convert.js";
import { goPrint } from "./go.js";

type Schema = Readonly<Record<string, Field>>;

/** Does an error repeat the refused value: wholly, only in the reason, or nowhere? */
export type ErrorStyle = "full" | "reason" | "hidden";

/** mapstructure's reason as its later releases word it, without the value. */
function hide(why: string): string {
  return why
    .replace(
      /^('[^']*') expected a map, got '([^']*)'$/s,
      "$1 expected type 'map[string]interface {}', got unconvertible type '$2'",
    )
    .replace(/^\d+ error\(s\) decoding:(?=\n\n\* cannot parse)/, "decoding failed due to the following error(s):")
    .replace(
      /^\* cannot parse ('[^']*') as (\w+): (strconv\.\w+): parsing .*: invalid syntax$/gm,
      "$1 cannot parse value as '$2': $3: invalid syntax",
    )
    .replace(/^could not parse time from input$/, "could not parse string as date and time")
    .replace(/^('' expected type '[^']*', got unconvertible type '[^']*'), value: '.*'$/s, "$1")
    .replace(
      /^cannot parse '' as (\w+): (strconv\.\w+): parsing .*: invalid syntax$/s,
      "'' cannot parse value as '$1': $2: invalid syntax",
    );
}

/** A sent value that does not fit its field; the message has the framework's words. */
export class FieldError extends Error {
  override readonly name = "FieldError";
}

/** The framework's FieldData: what was sent, converted by the path's schema. (sdk/framework/field_data.go) */
export class Fields implements FieldData {
  readonly #schema: Schema;
  readonly #values = new Map<string, unknown>();

  /**
   * @param style how the error speaks of the refused value
   * @throws FieldError
   */
  constructor(schema: Schema, raw: Readonly<Record<string, unknown>>, style: ErrorStyle = "full") {
    this.#schema = schema;
    for (const name of Object.keys(raw)) {
      const field = schema[name];
      if (field === undefined) continue;
      try {
        this.#set(name, field, raw[name]);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const input = style === "full" ? ` ${goPrint(raw[name])}` : "";
        throw new FieldError(
          `error converting input${input} for field ${goQuote(name)}: ${style === "hidden" ? hide(why) : why}`,
        );
      }
    }
  }

  #set(name: string, field: Field, value: unknown): void {
    // A null is no value at all for spans and times, and the type's zero value for all others.
    if (value === null && (field.type === "duration" || field.type === "signed-duration" || field.type === "time"))
      return;
    this.#values.set(name, CONVERT[field.type](value));
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  value(name: string): unknown {
    if (this.#values.has(name)) return this.#values.get(name);
    const field = this.#schema[name];
    if (field === undefined) throw new Error(`field ${name} not in the schema`);
    return field.default ?? ZERO[field.type];
  }

  string(name: string): string {
    const value = this.value(name);
    return typeof value === "string" ? value : "";
  }

  number(name: string): number {
    const value = this.value(name);
    return typeof value === "number" ? value : 0;
  }

  bool(name: string): boolean {
    return this.value(name) === true;
  }

  list(name: string): string[] {
    const value = this.value(name);
    return Array.isArray(value) ? value.map(String) : [];
  }

  map(name: string): Record<string, unknown> {
    const value = this.value(name);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  }
}
