/**
 * Every error that mistrust itself raises, by its stable code. What the fakes answer on the wire is not in here.
 * `status` is the HTTP status that the control API gives it; `exit` is the CLI's exit code.
 */
export const ERRORS = {
  MISTRUST_USAGE: { status: 400, exit: 2, title: "The command was not understood" },
  MISTRUST_SCENARIO_INVALID: { status: 422, exit: 2, title: "A scenario file has mistakes" },
  MISTRUST_SCENARIO_NOT_FOUND: { status: 404, exit: 2, title: "No scenario has that name" },
  MISTRUST_VARIANT_NOT_FOUND: { status: 404, exit: 2, title: "The scenario has no variant of that name" },
  MISTRUST_TEMPLATE_UNKNOWN: { status: 422, exit: 2, title: "A {{template}} names nothing that exists" },
  MISTRUST_WORLD_REFUSED: { status: 422, exit: 2, title: "A fake refused part of the scenario's world" },
  MISTRUST_MANIFEST_UNKNOWN_KIND: { status: 422, exit: 2, title: "A manifest has a kind that the fake does not know" },
  MISTRUST_MANIFEST_INVALID: { status: 422, exit: 2, title: "A manifest has mistakes" },
  MISTRUST_VERSION_UNKNOWN: { status: 422, exit: 2, title: "A product has no such version" },
  MISTRUST_CONFLICT: { status: 409, exit: 2, title: "Two settings exclude each other" },
  MISTRUST_FAULT_UNUSED: { status: 422, exit: 1, title: "A fault matched nothing" },
  MISTRUST_EXPECTATION_FAILED: { status: 422, exit: 1, title: "Something did not come out as the scenario states" },
  MISTRUST_TIMEOUT: { status: 504, exit: 1, title: "What was waited for did not happen" },
  MISTRUST_LISTEN_FAILED: { status: 500, exit: 3, title: "An address could not be listened on" },
  MISTRUST_SOCKET_PATH_TOO_LONG: { status: 422, exit: 3, title: "A unix socket path is longer than the system allows" },
  MISTRUST_CONTROL_UNREACHABLE: { status: 503, exit: 3, title: "No running lab could be reached" },
  MISTRUST_LAB_NOT_FOUND: { status: 404, exit: 2, title: "No lab has that id" },
  MISTRUST_FAKE_ABSENT: { status: 404, exit: 2, title: "The lab has no such fake" },
  MISTRUST_NOT_FOUND: { status: 404, exit: 2, title: "The control API has no such resource" },
  MISTRUST_FORBIDDEN: { status: 403, exit: 2, title: "The control API refuses foreign hosts and origins" },
  MISTRUST_INTERNAL: { status: 500, exit: 3, title: "mistrust itself failed" },
} as const satisfies Record<string, { status: number; exit: 1 | 2 | 3; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** Where in a file something stands; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface MistrustErrorOptions {
  readonly place?: Place;
  /** What to do about it, one sentence. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** An error with a stable code, a sentence that holds the bad value, and where known the place and the remedy. */
export class MistrustError extends Error {
  override readonly name = "MistrustError";
  readonly code: ErrorCode;
  readonly place: Place | undefined;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, sentence: string, options: MistrustErrorOptions = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.place = options.place;
    this.remedy = options.remedy;
  }

  /** The error as one line of text: `file:line:column sentence; remedy`. */
  override toString(): string {
    const where = this.place === undefined ? "" : `${this.place.file}:${this.place.line}:${this.place.column} `;
    return `${where}${this.message}${this.remedy === undefined ? "" : `; ${this.remedy}`}`;
  }
}
