import { ERRORS, MistrustError } from "../runtime/index.js";

/** An error as RFC 9457 has it. `code` is stable: one of the MISTRUST_* codes. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
  readonly place?: { readonly file: string; readonly line: number; readonly column: number };
}

export function problemOf(error: unknown): Problem {
  const known = error instanceof MistrustError ? error : wrapped(error);
  const { status, title } = ERRORS[known.code];
  return {
    type: `urn:mistrust:error:${known.code}`,
    title,
    status,
    code: known.code,
    detail: known.message,
    ...(known.remedy !== undefined && { remedy: known.remedy }),
    ...(known.place !== undefined && { place: known.place }),
  };
}

/** Express marks what is wrong with a request itself (bad JSON, a body that is too large) with a 4xx status. */
function wrapped(error: unknown): MistrustError {
  const text = error instanceof Error ? error.message : String(error);
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  const theirs = typeof status === "number" && status >= 400 && status < 500;
  return new MistrustError(theirs ? "MISTRUST_USAGE" : "MISTRUST_INTERNAL", text, { cause: error });
}
