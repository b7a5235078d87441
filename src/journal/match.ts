import { glob } from "../runtime/index.js";
import type { EventType, JournalEvent, ServerName } from "./events.js";

/** What to look for. Every key given must hold; strings may use `*` for any run of characters. */
export interface Matcher {
  readonly type?: EventType;
  readonly server?: ServerName;
  readonly connection?: number;
  readonly exchange?: number;
  /** `METHOD path`, e.g. `POST /v1/auth/*\/login`. Matches request events. */
  readonly request?: string;
  /** Status of a reply event. */
  readonly status?: number;
  /** Id of the check that refused. */
  readonly refusedBy?: string;
  /** A part of a log line. */
  readonly log?: string;
}

export function matches(event: JournalEvent, matcher: Matcher): boolean {
  if (matcher.type !== undefined && event.type !== matcher.type) return false;
  if (matcher.server !== undefined && event.server !== matcher.server) return false;
  if (matcher.connection !== undefined && event.connection !== matcher.connection) return false;
  if (matcher.exchange !== undefined && event.exchange !== matcher.exchange) return false;
  if (
    matcher.request !== undefined &&
    !(event.type === "request" && glob(matcher.request, `${event.method} ${event.path}`))
  )
    return false;
  if (matcher.status !== undefined && !(event.type === "reply" && event.status === matcher.status)) return false;
  if (matcher.refusedBy !== undefined && !(event.type === "checks" && event.refusedBy === matcher.refusedBy))
    return false;
  if (matcher.log !== undefined && !(event.type === "log" && event.line.includes(matcher.log))) return false;
  return true;
}
