export {
  type Check,
  type Decision,
  decide,
  decideNow,
  pass,
  type PromptCheck,
  type Refused,
  refuse,
  type ServerLog,
  skip,
  type Verdict,
} from "./checks.js";
export type {
  CheckRecord,
  ClientHelloRecord,
  EventBody,
  EventHead,
  EventOf,
  EventType,
  JournalEvent,
  LogLevel,
  ServerName,
} from "./events.js";
export { type Episode, episodes, isGrpc } from "./episodes.js";
export { DeferredBody } from "./deferred.js";
export { Exchange } from "./exchange.js";
export { Journal, type JournalOptions } from "./journal.js";
export { type Matcher, matches } from "./match.js";
export { fingerprint, redact } from "./redact.js";
