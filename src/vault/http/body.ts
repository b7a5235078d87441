import type { HttpRequest } from "../../transport/index.js";
import { decodeJson, type DecodeOptions, JsonError, JsonNumber } from "../core/json.js";

/** Longest body that a listener takes (max_request_size). */
export const MAX_BODY = 32 * 1024 * 1024;

export type Data = Readonly<Record<string, unknown>>;

/** Why a body was not understood, as Go words it. */
export interface BodyProblem {
  readonly status: number;
  /** The body was to be a form; otherwise JSON. */
  readonly form?: true;
  readonly why: string;
}

export type ReadBody = { readonly data: Data } | { readonly problem: BodyProblem };

const NOTHING: Data = Object.freeze({});

/** The body of a write: a form if its type says so and it does not look like JSON, else JSON. (http/logical.go) */
export function readBody(
  { body, truncated }: Pick<HttpRequest, "body" | "truncated">,
  contentType: string | undefined,
  options: DecodeOptions = {},
): ReadBody {
  if (body.length === 0) return { data: NOTHING };
  if (truncated === true || body.length > MAX_BODY)
    return { problem: { status: 413, why: "http: request body too large" } };
  const text = body.toString("utf8");
  return isForm(text, contentType) ? readForm(text) : readJson(text, options);
}

export function readJson(text: string, options: DecodeOptions = {}): ReadBody {
  try {
    const value = decodeJson(text, options);
    if (value === undefined || value === null) return { data: NOTHING };
    if (typeof value === "object" && !Array.isArray(value) && !(value instanceof JsonNumber))
      return { data: value as Data };
    const kind = Array.isArray(value)
      ? "array"
      : typeof value === "boolean"
        ? "bool"
        : typeof value === "string"
          ? "string"
          : "number";
    return {
      problem: { status: 400, why: `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}` },
    };
  } catch (error) {
    if (error instanceof JsonError) return { problem: { status: 400, why: error.message } };
    throw error;
  }
}

function isForm(text: string, contentType: string | undefined): boolean {
  if (contentType === undefined || !/^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType)) return false;
  const first = text.trimStart().charAt(0);
  return first !== "{" && first !== "[";
}

/** Repeated keys are joined with commas. (http: parseFormRequest) */
function readForm(text: string): ReadBody {
  // Go's parser takes neither a percent sign without two digits after it nor a semicolon.
  if (/%(?![\da-f]{2})|;/i.test(text)) return { problem: { status: 400, why: "", form: true } };
  const form = new URLSearchParams(text);
  return { data: Object.fromEntries([...new Set(form.keys())].map((key) => [key, form.getAll(key).join(",")])) };
}

/** The query as data: one value is a text, several are a list; `help` is never data. (http: parseQuery) */
export function readQuery(query: string): Data {
  if (query === "") return NOTHING;
  const values = new URLSearchParams(query);
  const data: Record<string, unknown> = {};
  for (const key of new Set(values.keys())) {
    if (key === "help") continue;
    const all = values.getAll(key);
    data[key] = all.length === 1 ? all[0] : all;
  }
  return data;
}
