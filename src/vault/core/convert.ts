import { goQuote } from "../../runtime/index.js";
import type { FieldType } from "./backend.js";
import { goPrint, goType, parseDurationSeconds } from "./go.js";
import { JsonNumber } from "./json.js";

/**
 * Weak conversions of sent values into field types, with the words of the libraries that Vault uses for it
 * (mapstructure 1.5 WeakDecode, go-secure-stdlib parseutil). Every function throws an Error with those words.
 */
type Convert = (value: unknown) => unknown;

function unconvertible(name: string, wanted: string, value: unknown): Error {
  return new Error(
    `'${name}' expected type '${wanted}', got unconvertible type '${goType(value)}', value: '${goPrint(value)}'`,
  );
}

function isNumber(value: unknown): value is number | JsonNumber {
  return typeof value === "number" || value instanceof JsonNumber;
}

function toText(value: unknown, name = ""): string {
  if (typeof value === "string") return value;
  if (isNumber(value)) return String(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value === null || value === undefined) return "";
  throw unconvertible(name, "string", value);
}

const INT_BASES: Readonly<Record<string, number>> = { "0x": 16, "0o": 8, "0b": 2 };

/** An int as strconv.ParseInt reads it where the text's prefix says the base; `undefined` where it reads none. */
function parseInt64(text: string): number | undefined {
  const [, sign = "", prefix = "", digits = ""] = /^([-+]?)(0[xob]|0(?=\d))?(.*)$/is.exec(text) ?? [];
  const base = prefix === "" ? 10 : (INT_BASES[prefix.toLowerCase()] ?? 8);
  const allowed = { 2: /^[01]+$/, 8: /^[0-7]+$/, 10: /^\d+$/, 16: /^[\da-f]+$/i }[base];
  if (allowed?.test(digits) !== true) return undefined;
  return Number.parseInt(digits, base) * (sign === "-" ? -1 : 1);
}

function toInt(value: unknown, name = ""): number {
  if (typeof value === "string" || isNumber(value)) {
    const text = String(value);
    if (text === "") return 0;
    const int = parseInt64(text);
    const why = int === undefined ? "invalid syntax" : Math.abs(int) > 2 ** 63 ? "value out of range" : undefined;
    if (int !== undefined && why === undefined) return int;
    throw new Error(`cannot parse '${name}' as int: strconv.ParseInt: parsing ${goQuote(text)}: ${why ?? ""}`);
  }
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === null || value === undefined) return 0;
  throw unconvertible(name, "int", value);
}

const TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE: ReadonlySet<string> = new Set(["", "0", "f", "F", "FALSE", "false", "False"]);

function toBool(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (value === null || value === undefined) return false;
  if (typeof value === "string" || isNumber(value)) {
    const text = String(value);
    if (TRUE.has(text)) return true;
    if (FALSE.has(text)) return false;
    throw new Error(`cannot parse '' as bool: strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`);
  }
  throw unconvertible("", "bool", value);
}

function toFloat(value: unknown): number {
  if (isNumber(value)) return Number(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === null || value === undefined || value === "") return 0;
  if (typeof value !== "string") throw unconvertible("", "float64", value);
  if (Number.isNaN(Number(value))) {
    throw new Error(`cannot parse '' as float: strconv.ParseFloat: parsing ${goQuote(value)}: invalid syntax`);
  }
  return Number(value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

function toMap(value: unknown, wanted = "a map", name = ""): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (isMap(value)) return value;
  if (Array.isArray(value))
    return Object.assign({}, ...value.map((item, at) => toMap(item, wanted, `[${at}]`))) as Record<string, unknown>;
  throw new Error(`'${name}' expected ${wanted}, got '${typeof value === "boolean" ? "bool" : "string"}'`);
}

function toSlice(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value as unknown[];
  if (isMap(value)) return Object.keys(value).length === 0 ? [] : [value];
  return [value];
}

/** Converts each element; the errors of all of them are listed together (mapstructure.Error). */
function each<T>(value: unknown, convert: (item: unknown, name: string) => T): T[] {
  const errors: string[] = [];
  const list: T[] = [];
  for (const [index, item] of toSlice(value).entries()) {
    try {
      list.push(convert(item, `[${index}]`));
    } catch (error) {
      errors.push(`* ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (errors.length > 0) throw new Error(`${errors.length} error(s) decoding:\n\n${errors.sort().join("\n")}`);
  return list;
}

function splitComma(value: unknown): unknown {
  const text = isNumber(value) ? String(value) : value;
  if (typeof text !== "string") return text;
  return text === "" ? [] : text.split(",");
}

function toStrings(value: unknown): string[] {
  return value === "" ? [] : each(value, toText).map((text) => text.trim());
}

/** A map of texts, or a list of such maps laid over each other; null is none. (mapstructure: decodeMap) */
function toTexts(value: unknown): Record<string, string> | null {
  if (value === null || value === undefined) return null;
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toText(item)]));
  if (!Array.isArray(value)) throw new Error("no map");
  if (value.length === 0) return {};
  return value.map(toTexts).reduce((all, some) => (some === null ? all : { ...all, ...some }), null);
}

function toPairs(value: unknown): Record<string, string> | null {
  try {
    return toTexts(value);
  } catch {
    // What is no map is read as a list of pairs, which then says why it is none.
  }
  const pairs: Record<string, string> = {};
  for (const pair of each(value, toText)) {
    const at = pair.indexOf("=");
    if (at < 1) throw new Error(`invalid key pair ${goQuote(pair)}`);
    pairs[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return pairs;
}

function toSpan(value: unknown): number {
  return Math.trunc(parseDurationSeconds(value));
}

function toPositiveSpan(value: unknown): number {
  const seconds = toSpan(value);
  if (seconds < 0) throw new Error(`cannot provide negative value '${seconds}'`);
  return seconds;
}

/** A moment in ms since the epoch, from RFC 3339 or from seconds. (parseutil.ParseAbsoluteTime) */
function toTime(value: unknown): number {
  if (isNumber(value)) return Number(value) * 1000;
  if (typeof value === "string") {
    if (/^\d+$/.test(value)) return Number(value) * 1000;
    const ms = Date.parse(value);
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value) && !Number.isNaN(ms)) return ms;
    if (value === "") return 0;
  }
  throw new Error("could not parse time from input"); // unverified: newer releases may name the value
}

export const CONVERT: Readonly<Record<FieldType, Convert>> = {
  string: (value) => toText(value),
  "lower-string": (value) => toText(value).toLowerCase(),
  int: (value) => toInt(value),
  bool: toBool,
  float: toFloat,
  duration: toPositiveSpan,
  "signed-duration": toSpan,
  slice: toSlice,
  "string-list": toStrings,
  "comma-list": (value) => toStrings(splitComma(value)),
  "comma-int-list": (value) => each(splitComma(value), toInt),
  map: (value) => (value === null ? null : toMap(value)),
  "key-values": toPairs,
  any: (value) => value,
  time: toTime,
};

/** What a field of a type is when it was not sent and has no default. */
export const ZERO: Readonly<Record<FieldType, unknown>> = {
  string: "",
  "lower-string": "",
  int: 0,
  bool: false,
  float: 0,
  duration: 0,
  "signed-duration": 0,
  slice: [],
  "string-list": [],
  "comma-list": [],
  "comma-int-list": [],
  map: {},
  "key-values": {},
  any: undefined,
  time: 0,
};
