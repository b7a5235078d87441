import { goQuote } from "../../runtime/index.js";

/**
 * A JSON number whose text says more than a JavaScript number can hold (`1.0`, `12345678901234567890`).
 * Vault keeps numbers as they were sent (Go: json.Number); all others are plain numbers.
 */
export class JsonNumber {
  constructor(readonly text: string) {}

  toJSON(): number {
    return Number(this.text);
  }

  toString(): string {
    return this.text;
  }
}

/** What Go's decoder says about bytes that are not JSON, word for word (Go: encoding/json). */
export class JsonError extends Error {
  override readonly name = "JsonError";
}

/** A number that a JavaScript number may change: fractions, exponents and long ones. It may stand in a string, too. */
const ODD_NUMBER = /(?:^|[\s:,[])(?:-0|-?(?:\d+[.eE]|\d{16}))/;

/**
 * The first JSON value of a text. Whatever follows it is ignored and the last of equal keys wins, as in Go's stream decoder.
 * @returns `undefined` for a blank text (Go: io.EOF)
 * @throws JsonError with Go's words
 */
export function decodeJson(text: string, options: DecodeOptions = {}): unknown {
  if (!ODD_NUMBER.test(text)) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // The slow way knows what follows a value and how Go words an error.
    }
  }
  const reader = new Reader(text, options.whole ?? false);
  if (reader.blank()) return undefined;
  const value = reader.value();
  if (options.whole === true && !reader.blank()) reader.value();
  return value;
}

export interface DecodeOptions {
  /** Something that is not JSON after the value is an error, too, and keys are read as values are (OpenBao). */
  readonly whole?: boolean;
}

class Reader {
  #at = 0;

  constructor(
    readonly text: string,
    readonly keysAreValues: boolean,
  ) {}

  blank(): boolean {
    return this.#peek() === undefined;
  }

  value(): unknown {
    const char = this.#peek();
    if (char === "{") return this.#object();
    if (char === "[") return this.#array();
    if (char === '"') return this.#string();
    if (char === "t") return this.#literal("true", true);
    if (char === "f") return this.#literal("false", false);
    if (char === "n") return this.#literal("null", null);
    if (char !== undefined && /[-\d]/.test(char)) return this.#number();
    return this.#fail("looking for beginning of value");
  }

  #peek(): string | undefined {
    while (this.#at < this.text.length && " \t\r\n".includes(this.text.charAt(this.#at))) this.#at++;
    return this.text[this.#at];
  }

  #fail(where: string): never {
    const char = this.text[this.#at];
    if (char === undefined) throw new JsonError("unexpected EOF");
    throw new JsonError(
      `invalid character ${char === "'" ? `'\\''` : `'${goQuote(char).slice(1, -1).replace('\\"', '"')}'`} ${where}`,
    );
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#at++;
    if (this.#peek() === "}") {
      this.#at++;
      return object;
    }
    for (;;) {
      if (this.#peek() !== '"') {
        this.#fail(
          this.keysAreValues ? "looking for beginning of value" : "looking for beginning of object key string",
        );
      }
      const key = this.#string();
      if (this.#peek() !== ":") this.#fail("after object key");
      this.#at++;
      const value = this.value();
      if (key === "__proto__")
        Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
      else object[key] = value;
      const next = this.#peek();
      if (next !== "," && next !== "}") this.#fail("after object key:value pair");
      this.#at++;
      if (next === "}") return object;
    }
  }

  #array(): unknown[] {
    const list: unknown[] = [];
    this.#at++;
    if (this.#peek() === "]") {
      this.#at++;
      return list;
    }
    for (;;) {
      list.push(this.value());
      const next = this.#peek();
      if (next !== "," && next !== "]") this.#fail("after array element");
      this.#at++;
      if (next === "]") return list;
    }
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const char = this.text[this.#at];
      if (char === undefined || char < " ") this.#fail("in string literal");
      this.#at++;
      if (char === '"') return JSON.parse(this.text.slice(start, this.#at)) as string;
      if (char === "\\") this.#escape();
    }
  }

  #escape(): void {
    const char = this.text[this.#at];
    if (char === undefined || !'"\\/bfnrtu'.includes(char)) this.#fail("in string escape code");
    this.#at++;
    if (char !== "u") return;
    for (const end = this.#at + 4; this.#at < end; this.#at++) {
      if (!/[\da-fA-F]/.test(this.text.charAt(this.#at))) this.#fail("in \\u hexadecimal character escape");
    }
  }

  #literal<T>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.text[this.#at] !== word[i]) this.#fail(`in literal ${word} (expecting '${word.charAt(i)}')`);
    }
    return value;
  }

  #number(): number | JsonNumber {
    const rest = this.text.slice(this.#at);
    const text = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/.exec(rest)?.[0];
    if (text === undefined) {
      this.#at++;
      return this.#fail("in numeric literal");
    }
    this.#at += text.length;
    return String(Number(text)) === text ? Number(text) : new JsonNumber(text);
  }
}

/** What cannot stand in a JSON string as it is. */
const SPECIAL = /["\\<>&\x00-\x1f\u2028\u2029\ud800-\udfff]/;
const ESCAPED_ALL = /[<>&\u2028\u2029]|\\\\|\\[bf]/g;

/** A string as Go's encoder writes it (Go: encoding/json with HTML escaping). */
export function encodeString(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(ESCAPED_ALL, (found) => {
    if (found === "\\\\") return found;
    const char = found === "\\b" ? "\b" : found === "\\f" ? "\f" : found;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A value as Go's encoder writes maps: keys sorted, HTML escaped, bytes as base64. Keys without a value are left out. */
export function encodeJson(value: unknown): string {
  switch (typeof value) {
    case "string":
      return encodeString(value);
    case "number":
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : encodeObject(value);
    default:
      return "null";
  }
}

function encodeObject(value: object): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(",")}]`;
  if (Buffer.isBuffer(value)) return `"${value.toString("base64")}"`;
  const record = value as Readonly<Record<string, unknown>>;
  let text = "";
  for (const key of Object.keys(record).sort()) {
    const item = record[key];
    if (item === undefined) continue;
    text += `${text === "" ? "" : ","}${encodeString(key)}:${encodeJson(item)}`;
  }
  return `{${text}}`;
}
