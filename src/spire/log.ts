import type { LogLevel, ServerLog } from "../journal/index.js";
import { goQuote } from "../runtime/index.js";

export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/**
 * A line of the agent's log as logrus' text formatter writes it, without its time: level, message, then the fields
 * in the order of their names. (sirupsen/logrus text_formatter.go)
 */
export function logLine(level: LogLevel, message: string, fields: LogFields): ServerLog {
  const rest = Object.entries(fields)
    .filter((field): field is [string, string | number | boolean | readonly string[]] => field[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ` ${key}=${quoted(typeof value === "object" ? `[${value.join(" ")}]` : String(value))}`);
  return { level, line: `level=${level === "warn" ? "warning" : level} msg=${quoted(message)}${rest.join("")}` };
}

function quoted(text: string): string {
  return /^[A-Za-z0-9\-._/@^+]*$/.test(text) ? text : goQuote(text);
}
