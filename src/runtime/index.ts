export { type Clock, LabClock, type LabClockOptions } from "./clock.js";
export { formatGoDuration, parseGoDuration } from "./duration.js";
export { type ErrorCode, ERRORS, MistrustError, type MistrustErrorOptions, type Place } from "./errors.js";
export { goJsonError } from "./go-json.js";
export { goJson, goQuote, goQuoteList } from "./go-text.js";
export { Ids } from "./ids.js";
export { nearest } from "./nearest.js";
export { Seed } from "./seed.js";
export { compareVersions, inRange, parseVersion, type Version } from "./version.js";
