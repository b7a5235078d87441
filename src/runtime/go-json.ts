/**
 * What Go's `encoding/json` says about a text that is not JSON, e.g. `unexpected end of JSON input` or
 * `invalid character 'x' looking for beginning of value`; `undefined` for valid JSON. Bytes need not be UTF-8.
 * (Go: encoding/json scanner)
 */
export function goJsonError(json: string | Buffer): string | undefined {
  const scan = new Scan(typeof json === "string" ? Buffer.from(json).toString("latin1") : json.toString("latin1"));
  try {
    scan.value();
    scan.end();
    return undefined;
  } catch (error) {
    if (error instanceof GoJsonError) return error.message;
    throw error;
  }
}

class GoJsonError extends Error {}

const LITERALS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };

class Scan {
  #at = 0;
  /** @param text one character for each byte, as Go goes through it */
  constructor(readonly text: string) {}

  value(): void {
    const c = this.#skipSpace();
    if (c === "{") this.#members("}", () => this.#member());
    else if (c === "[") this.#members("]", () => this.value());
    else if (c === '"') this.#string();
    else if (c === "-" || isDigit(c)) this.#number();
    else if (LITERALS[c] !== undefined) this.#literal(LITERALS[c]);
    else this.#fail("looking for beginning of value");
  }

  end(): void {
    if (this.#peekSpace() !== undefined) this.#fail("after top-level value");
  }

  #members(close: "}" | "]", one: () => void): void {
    this.#at++;
    if (this.#skipSpace() === close) {
      this.#at++;
      return;
    }
    for (;;) {
      one();
      const c = this.#skipSpace();
      if (c !== "," && c !== close) this.#fail(close === "}" ? "after object key:value pair" : "after array element");
      this.#at++;
      if (c === close) return;
    }
  }

  #member(): void {
    if (this.#skipSpace() !== '"') this.#fail("looking for beginning of object key string");
    this.#string();
    if (this.#skipSpace() !== ":") this.#fail("after object key");
    this.#at++;
    this.value();
  }

  #string(): void {
    this.#at++;
    for (;;) {
      const c = this.#need();
      if (c < " ") this.#fail("in string literal");
      this.#at++;
      if (c === '"') return;
      if (c === "\\") this.#escape();
    }
  }

  #escape(): void {
    const inEscape = "in string escape code";
    const c = this.#need(inEscape);
    if (!'bfnrt\\/"u'.includes(c)) this.#fail(inEscape);
    this.#at++;
    const inHex = "in \\u hexadecimal character escape";
    for (let i = 0; c === "u" && i < 4; i++, this.#at++) {
      if (!/[0-9a-fA-F]/.test(this.#need(inHex))) this.#fail(inHex);
    }
  }

  #number(): void {
    if (this.text[this.#at] === "-") this.#at++;
    if (this.#digit("in numeric literal") === "0") this.#at++;
    else this.#digits();
    if (this.text[this.#at] === ".") {
      this.#at++;
      this.#digit("after decimal point in numeric literal");
      this.#digits();
    }
    if (/[eE]/.test(this.text[this.#at] ?? "")) {
      this.#at++;
      const inExponent = "in exponent of numeric literal";
      if (/[+-]/.test(this.#need(inExponent))) this.#at++;
      this.#digit(inExponent);
      this.#digits();
    }
  }

  #digit(context: string): string {
    const c = this.#need(context);
    if (!isDigit(c)) this.#fail(context);
    return c;
  }

  #digits(): void {
    while (isDigit(this.text[this.#at] ?? "")) this.#at++;
  }

  #literal(word: string): void {
    for (const letter of word) {
      const context = `in literal ${word} (expecting '${letter}')`;
      if (this.#need(context) !== letter) this.#fail(context);
      this.#at++;
    }
  }

  #peekSpace(): string | undefined {
    while (" \t\r\n".includes(this.text[this.#at] ?? "x")) this.#at++;
    return this.text[this.#at];
  }

  #skipSpace(): string {
    this.#peekSpace();
    return this.#need();
  }

  /** The next character. Go ends a text by a blank of its own, and names it in the middle of a literal or an escape. */
  #need(context?: string): string {
    const c = this.text[this.#at];
    if (c !== undefined) return c;
    throw new GoJsonError(context === undefined ? "unexpected end of JSON input" : `invalid character ' ' ${context}`);
  }

  #fail(context: string): never {
    throw new GoJsonError(`invalid character ${quoteByte(this.text.charCodeAt(this.#at))} ${context}`);
  }
}

function isDigit(c: string): boolean {
  return c >= "0" && c <= "9" && c.length === 1;
}

/** (Go: encoding/json quoteChar) */
function quoteByte(byte: number): string {
  const char = String.fromCharCode(byte);
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  const named: Readonly<Record<string, string>> = {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\\": "\\\\",
    "\b": "\\b",
    "\f": "\\f",
  };
  if (named[char] !== undefined) return `'${named[char]}'`;
  if (char === "\u0007") return "'\\a'";
  if (char === "\v") return "'\\v'";
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, "0")}'`;
  if (byte >= 0x80 && byte < 0xa1) return `'\\u${byte.toString(16).padStart(4, "0")}'`;
  return `'${char}'`;
}
