import { formatGoDuration, goQuote, parseGoDuration } from "../../runtime/index.js";
import { JsonNumber } from "./json.js";

/** A value as Go's `%v` prints it. */
export function goPrint(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goPrint).join(" ")}]`;
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === "object") {
    const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${pairs.map(([key, item]) => `${key}:${goPrint(item)}`).join(" ")}]`;
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The Go type that a decoded JSON value has there. */
export function goType(value: unknown): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number" || value instanceof JsonNumber) return "json.Number";
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}

/** Why Go's time.ParseDuration refuses a text. */
function durationError(text: string): string {
  const digits = /^[-+]?(?:\d+(?:ns|us|µs|ms|s|m|h))*(?:\d+\.?\d*|\.\d+)([^\d.]*)/.exec(text);
  if (text === "" || digits === null) return `time: invalid duration ${goQuote(text)}`;
  const unit = digits[1] ?? "";
  if (unit === "") return `time: missing unit in duration ${goQuote(text)}`;
  return /^(?:ns|us|µs|ms|s|m|h)$/.test(unit)
    ? `time: invalid duration ${goQuote(text)}`
    : `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`;
}

/**
 * A span in seconds (with fractions) from what people send: seconds as number or digits, `1h30m`, `3d`; blank is 0.
 * (go-secure-stdlib: parseutil.ParseDurationSecond)
 * @throws Error with Go's words
 */
export function parseDurationSeconds(input: unknown): number {
  if (input === null || input === undefined || input === "") return 0;
  const text = typeof input === "number" || input instanceof JsonNumber ? String(input) : input;
  if (typeof text !== "string") throw new Error("could not parse duration from input");
  if (/^[-+]?\d+$/.test(text)) return withinInt64(Number(text));
  if (text.endsWith("d")) {
    const days = text.slice(0, -1);
    if (!/^[-+]?\d+$/.test(days)) throw new Error(`strconv.ParseInt: parsing ${goQuote(days)}: invalid syntax`);
    return withinInt64(Number(days) * 86_400);
  }
  const ms = parseGoDuration(text);
  if (ms === undefined) throw new Error(durationError(text));
  return ms / 1000;
}

/** Seconds that fit into Go's nanoseconds. (parseutil 0.2, Vault 1.20; before, they wrapped around) */
function withinInt64(seconds: number): number {
  if (Math.abs(seconds) * 1e9 < 2 ** 63) return seconds;
  throw new Error("multiplication of durations resulted in overflow, one operand may be too large");
}

/** Seconds as Vault's warnings print them, without the zero parts: `768h`, `1h30m`. (sdk/framework: humanDuration) */
export function humanDuration(seconds: number): string {
  return formatGoDuration(seconds * 1000)
    .replace(/m0s$/, "m")
    .replace(/h0m/, "h");
}

/** A moment as Go's time.RFC3339Nano prints it in UTC; `nanos` (0–999999) are those below the millisecond. */
export function rfc3339Nano(ms: number, nanos = 0): string {
  const whole = Math.floor(ms);
  const fraction =
    `${String(((whole % 1000) + 1000) % 1000).padStart(3, "0")}${String(nanos).padStart(6, "0")}`.replace(/0+$/, "");
  return `${new Date(whole).toISOString().slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}Z`;
}

/** Several errors as Go's multierror prints them. (hashicorp/go-multierror: ListFormatFunc) */
export function multiError(texts: readonly string[]): string {
  const head = texts.length === 1 ? "1 error" : `${texts.length} errors`;
  return `${head} occurred:\n${texts.map((text) => `\t* ${text}\n`).join("")}\n`;
}
