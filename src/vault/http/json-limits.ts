/** The defaults of a listener: max_json_depth, max_json_string_value_length and the others. (http/handler.go) */
const LIMITS = { depth: 300, text: 1024 * 1024, entries: 10_000, elements: 10_000, tokens: 500_000 } as const;

/** Why a body is refused before anything else looks at it; one that does not begin as an object or list is left alone. */
export function jsonLimitProblem(body: Buffer): string | undefined {
  if (body.length === 0) return undefined;
  const text = body.toString("latin1").replace(/^\xef\xbb\xbf/, "");
  const start = text.search(/[^ \t\r\n]/);
  if (text[start] !== "{" && text[start] !== "[") return undefined;
  try {
    new Scanner(text, start).scan();
    return undefined;
  } catch (error) {
    if (error instanceof LimitError) return error.message;
    throw error;
  }
}

class LimitError extends Error {
  override readonly name = "LimitError";
}

function fail(why: string): never {
  throw new LimitError(why);
}

interface Container {
  readonly opened: "{" | "[";
  count: number;
  /** Of an object: is a key next? */
  wantsKey: boolean;
  readonly keys: Set<string>;
}

/** Walks over tokens without making values of them, and forgives what it does not count. (sdk/helper/jsonutil: VerifyMaxDepthStreaming) */
class Scanner {
  readonly #stack: Container[] = [];
  /** As much of a string as means itself. */
  readonly #plain = /[^"\\]*/y;
  #tokens = 0;
  #begun = false;

  constructor(
    readonly text: string,
    private at: number,
  ) {}

  scan(): void {
    let afterComma = false;
    for (;;) {
      this.#skipBlanks();
      const char = this.text[this.at];
      if (char === undefined) break;
      if (afterComma && char === "}") fail("invalid character '}' after object key-value pair");
      if (afterComma && char === "]") fail("invalid character ']' after array element");
      if (this.#begun && this.#stack.length === 0) fail(`invalid character '${char}' after top-level value`);
      if (++this.#tokens > LIMITS.tokens) fail("JSON payload exceeds allowed token count");
      this.#token(char);
      afterComma = char === ",";
    }
    if (this.#stack.length > 0) fail("malformed JSON, unclosed containers");
  }

  #token(char: string): void {
    const around = this.#stack.at(-1);
    if (char === "{" || char === "[") this.#open(char, around);
    else if (char === "}" || char === "]") this.#close(char, around);
    else if (char === '"') this.#string(around);
    else if (char === "t" || char === "f" || char === "n") this.#value(/[^ \t\r\n,}\]]*/y, around);
    else if (/[-\d]/.test(char)) this.#number(around);
    else if (char === "," || char === ":") {
      this.at++;
      if (char === "," && around !== undefined) around.wantsKey = true;
    } else fail(`invalid character '${char}' looking for beginning of value`);
  }

  #skipBlanks(): void {
    while (/[ \t\r\n]/.test(this.text[this.at] ?? "")) this.at++;
  }

  #open(opened: "{" | "[", around: Container | undefined): void {
    this.at++;
    this.#begun = true;
    if (around?.opened === "[") this.#element(around);
    else if (around !== undefined) around.wantsKey = true;
    if (this.#stack.length >= LIMITS.depth) fail("JSON input exceeds allowed nesting depth");
    this.#stack.push({ opened, count: 0, wantsKey: opened === "{", keys: new Set() });
  }

  #close(char: "}" | "]", around: Container | undefined): void {
    if (around?.opened === "{" && !around.wantsKey) fail("invalid character '}' after object key");
    this.at++;
    if (around === undefined) return fail(`malformed JSON: unmatched closing delimiter '${char}'`);
    if ((char === "}") !== (around.opened === "{")) fail(`malformed JSON: mismatched closing delimiter '${char}'`);
    this.#stack.pop();
    const outer = this.#stack.at(-1);
    if (outer?.opened === "{") outer.wantsKey = true;
  }

  #element(list: Container): void {
    if (++list.count > LIMITS.elements) fail("JSON array exceeds allowed element count");
  }

  /** What comes after a value: a key in an object, another element in a list. */
  #settle(around: Container | undefined): void {
    if (around?.opened === "[") this.#element(around);
    else if (around !== undefined) around.wantsKey = true;
  }

  #string(around: Container | undefined): void {
    const key = this.#readString();
    if (around?.opened !== "{" || !around.wantsKey) {
      this.#settle(around);
      return;
    }
    if (around.keys.has(key)) fail(`duplicate key '${key}' in object`);
    around.keys.add(key);
    if (++around.count > LIMITS.entries) fail("JSON object exceeds allowed entry count");
    around.wantsKey = false;
  }

  #readString(): string {
    const start = ++this.at;
    let plain = true;
    for (;;) {
      this.#plain.lastIndex = this.at;
      this.#plain.test(this.text);
      this.at = this.#plain.lastIndex;
      if (this.at - start > LIMITS.text) fail("JSON string value exceeds allowed length");
      const char = this.text[this.at++];
      if (char === undefined) return fail("malformed JSON, unclosed string");
      if (char === '"') break;
      plain = false;
      this.#escape();
    }
    const inner = this.text.slice(start, this.at - 1);
    return plain ? inner : (JSON.parse(`"${inner.replace(/[\0-\x1f]/g, "?")}"`) as string);
  }

  #escape(): void {
    const char = this.text[this.at++];
    if (char === undefined) return fail("malformed JSON, unterminated escape sequence in string");
    if ('"\\/bfnrt'.includes(char)) return;
    if (char !== "u") fail(`invalid character '${char}' in string escape code`);
    const digits = this.text.slice(this.at, this.at + 4);
    if (digits.length < 4) fail("malformed JSON, unterminated unicode escape in string");
    const wrong = /[^\da-fA-F]/.exec(digits)?.[0];
    if (wrong !== undefined) fail(`invalid character '${wrong}' in string escape code`);
    this.at += 4;
    const isHigh = /^d[89ab]/i.test(digits);
    if (isHigh && this.text[this.at] === '"') fail("malformed JSON, unterminated surrogate pair in string");
  }

  #value(shape: RegExp, around: Container | undefined): string {
    shape.lastIndex = this.at;
    const found = shape.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    this.#settle(around);
    return found;
  }

  #number(around: Container | undefined): void {
    const zero = /0(\d)/y;
    zero.lastIndex = this.at;
    const digit = zero.exec(this.text)?.[1];
    if (digit !== undefined) fail(`invalid character '${digit}' after top-level value`);
    const number = this.#value(/[-+.eE\d]*/y, around);
    if (number.length > LIMITS.text) fail("JSON number value exceeds allowed length");
    const isNumber = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(number) && Number.isFinite(Number(number));
    if (!isNumber) fail(`malformed JSON, invalid number syntax for '${number}'`);
  }
}
