/** A place in a policy; lines and columns count from 1. */
export interface Pos {
  readonly line: number;
  readonly column: number;
}

export type TokenType =
  | "EOF"
  | "ILLEGAL"
  | "IDENT"
  | "NUMBER"
  | "FLOAT"
  | "BOOL"
  | "STRING"
  | "HEREDOC"
  | "LBRACK"
  | "RBRACK"
  | "LBRACE"
  | "RBRACE"
  | "COMMA"
  | "PERIOD"
  | "ASSIGN"
  | "ADD"
  | "SUB"
  | "COMMENT";

export interface Token {
  readonly type: TokenType;
  readonly pos: Pos;
  readonly text: string;
}

/** A policy that is not HCL, in the words of hashicorp/hcl v1. */
export class HclError extends Error {
  override readonly name = "HclError";
  constructor(pos: Pos, text: string) {
    super(`At ${pos.line}:${pos.column}: ${text}`);
  }
}

const PUNCTUATION: Readonly<Record<string, TokenType>> = {
  "[": "LBRACK",
  "]": "RBRACK",
  "{": "LBRACE",
  "}": "RBRACE",
  ",": "COMMA",
  "=": "ASSIGN",
  "+": "ADD",
};

const isLetter = (char: string): boolean => /^[\p{L}_]$/u.test(char);
const isDigit = (char: string): boolean => char >= "0" && char <= "9" && char.length === 1;

/**
 * Cuts HCL into tokens. Columns move as in hashicorp/hcl's scanner, which goes on counting beyond the end of the text, because
 * its error messages show them. (hashicorp/hcl v1: hcl/scanner)
 */
export class Scanner {
  readonly #chars: readonly string[];
  #at = 0;
  #line = 1;
  #column = 0;
  #lastLineLength = 0;
  #before = { line: 1, column: 0 };
  /** The first error; the parser reports it instead of its own. */
  error: HclError | undefined;

  constructor(text: string) {
    this.#chars = Array.from(text.replaceAll("\r\n", "\n"));
  }

  scan(): Token {
    let char = this.#next();
    while (char !== "" && " \t\n\r".includes(char)) char = this.#next();
    const start = this.#at - (char === "" ? 0 : 1);
    const pos = this.#position();
    const type = this.#type(char);
    return { type, pos, text: this.#chars.slice(start, this.#at).join("") };
  }

  #type(char: string): TokenType {
    if (char === "") return "EOF";
    if (isLetter(char)) return this.#identifier(char);
    if (isDigit(char)) return this.#number();
    const punctuation = PUNCTUATION[char];
    if (punctuation !== undefined) return punctuation;
    if (char === '"') return this.#string();
    if (char === "#" || char === "/") return this.#comment(char);
    if (char === "<") return this.#heredoc();
    if (char === ".") return "PERIOD";
    if (char === "-") return isDigit(this.#peek()) ? this.#number() : "SUB";
    this.#fail("illegal char");
    return "ILLEGAL";
  }

  #identifier(first: string): TokenType {
    let word = first;
    for (
      let char = this.#peek();
      isLetter(char) || isDigit(char) || char === "-" || char === ".";
      char = this.#peek()
    ) {
      word += this.#next();
    }
    // The reader notices the end of the text here and once more after it.
    if (this.#peek() === "") this.#column++;
    return word === "true" || word === "false" ? "BOOL" : "IDENT";
  }

  #number(): TokenType {
    let text = "";
    while (
      /^[\da-fA-FxX.+-]$/.test(this.#peek()) &&
      /^-?[\da-fA-FxX]*\.?\d*(?:[eE][+-]?\d*)?$/.test(text + this.#peek())
    ) {
      text += this.#next();
    }
    return /[.eE]/.test(text) && !/^x/i.test(text) ? "FLOAT" : "NUMBER";
  }

  #string(): TokenType {
    let braces = 0;
    for (;;) {
      const char = this.#next();
      if (char === "" || (char === "\n" && braces === 0)) {
        this.#fail("literal not terminated");
        return "STRING";
      }
      if (char === '"' && braces === 0) return "STRING";
      if (braces === 0 && char === "$" && this.#peek() === "{") {
        braces++;
        this.#next();
      } else if (braces > 0 && char === "{") braces++;
      if (braces > 0 && char === "}") braces--;
      if (char === "\\") this.#escape();
    }
  }

  #escape(): void {
    const char = this.#next();
    if (!/^[abfnrtv\\"0-7xuU]$/.test(char)) this.#fail("illegal char escape");
  }

  #comment(first: string): TokenType {
    if (first === "/" && this.#peek() === "*") return this.#blockComment();
    if (first === "/" && this.#peek() !== "/") this.#fail("expected '/' for comment");
    while (this.#peek() !== "\n" && this.#peek() !== "") this.#next();
    return "COMMENT";
  }

  #blockComment(): TokenType {
    this.#next();
    for (;;) {
      const char = this.#next();
      if (char === "") {
        this.#fail("comment not terminated");
        return "COMMENT";
      }
      if (char === "*" && this.#peek() === "/") {
        this.#next();
        return "COMMENT";
      }
    }
  }

  #heredoc(): TokenType {
    if (this.#next() !== "<") {
      this.#fail("heredoc expected second '<', didn't see it");
      return "HEREDOC";
    }
    let anchor = "";
    for (let char = this.#next(); char !== "\n" && char !== ""; char = this.#next()) anchor += char;
    const word = anchor.replace(/^-/, "").trim();
    if (word === "") {
      this.#fail("zero-length heredoc anchor");
      return "HEREDOC";
    }
    for (let line = ""; ;) {
      const char = this.#next();
      if (line.trim() === word && (char === "\n" || char === "")) return "HEREDOC";
      if (char === "") {
        this.#fail("heredoc not terminated");
        return "HEREDOC";
      }
      line = char === "\n" ? "" : line + char;
    }
  }

  #peek(): string {
    return this.#chars[this.#at] ?? "";
  }

  #next(): string {
    const char = this.#chars[this.#at];
    this.#before = { line: this.#line, column: this.#column };
    this.#column++;
    if (char === undefined) return "";
    this.#at++;
    if (char === "\n") {
      this.#line++;
      this.#lastLineLength = this.#column;
      this.#column = 0;
    }
    return char;
  }

  #position(): Pos {
    if (this.#column > 0) return { line: this.#line, column: this.#column };
    return { line: Math.max(1, this.#before.line), column: this.#lastLineLength };
  }

  #fail(text: string): void {
    this.error ??= new HclError(this.#position(), text);
  }
}
