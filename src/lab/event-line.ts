import type { JournalEvent } from "../journal/index.js";
import { type Paint, plain } from "./paint.js";

/** A journal event as one line for people, cut to `width` columns. */
export function eventLine(event: JournalEvent, paint: Paint = plain, width = 120): string {
  const time = new Date(event.at).toISOString().slice(11, 23);
  const head = `${String(event.seq).padStart(5)} ${time} ${event.server.padEnd(11)} ${event.type.padEnd(10)} `;
  const text = textOf(event).replace(/\s+/g, " ");
  const room = Math.max(20, width - head.length);
  const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  return paint.dim(head) + (isBad(event) ? paint.red(shown) : shown);
}

function textOf(event: JournalEvent): string {
  switch (event.type) {
    case "connection":
      return `${event.remote || "a client"} → ${event.local}${event.tls ? " (TLS)" : ""}`;
    case "handshake":
      return [event.outcome, event.version, event.cipherSuite, event.alert, event.why].filter(Boolean).join(" ");
    case "disconnect":
      return `by the ${event.by}${event.how === undefined ? "" : `, ${event.how}`}`;
    case "request":
      return `${event.method} ${event.path}`;
    case "checks":
      return `${event.decision}: ${event.checks.map((check) => `${MARKS[check.outcome]} ${check.id}`).join("  ")}`;
    case "reply":
      return `${event.status} ${event.details ?? json(event.body)}`;
    case "log":
      return `[${event.level.toUpperCase()}] ${event.line}`;
    case "audit":
      return `${event.device} ${event.line}`;
    case "message":
      return `${event.direction} ${event.method} ${json(event.summary)}`;
    case "fault":
      return `${event.fault}: ${event.note}`;
    case "lab":
      return `${event.what}${event.note === undefined ? "" : ` (${event.note})`}`;
    case "says":
      return `${event.product} (${event.where}): ${event.text}`;
  }
}

const MARKS = { passed: "✓", refused: "✗", skipped: "–" } as const;

function json(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isBad(event: JournalEvent): boolean {
  if (event.type === "checks") return event.refusedBy !== undefined;
  if (event.type === "handshake") return event.outcome === "failed";
  return event.type === "reply" && event.status >= 400;
}
