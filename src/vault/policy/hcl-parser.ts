import { HclError, type Pos, Scanner, type Token, type TokenType } from "./hcl-scanner.js";

export type Node = ObjectNode | ListNode | LiteralNode;

export interface LiteralNode {
  readonly kind: "literal";
  readonly pos: Pos;
  readonly type: "NUMBER" | "FLOAT" | "BOOL" | "STRING" | "HEREDOC";
  readonly value: string | number | boolean;
}

export interface ListNode {
  readonly kind: "list";
  readonly pos: Pos;
  readonly items: readonly Node[];
}

export interface ObjectNode {
  readonly kind: "object";
  readonly pos: Pos;
  readonly items: readonly Item[];
}

export interface Key {
  readonly name: string;
  readonly pos: Pos;
  /** As it was written; absent in JSON. */
  readonly text?: string;
}

export interface Item {
  readonly keys: readonly Key[];
  /** Where the `=` stands; absent for blocks. */
  readonly assignedAt: Pos | undefined;
  readonly value: Node;
}

/** The end of the text where something was still expected. */
const END = Symbol("end of text");
type OrEnd<T> = T | typeof END;

/**
 * Reads HCL into a tree with places.
 * @throws HclError in the words of hashicorp/hcl v1 (hcl/parser)
 */
export function parseHcl(text: string): ObjectNode {
  return new Parser(text).parse();
}

class Parser {
  readonly #scanner: Scanner;
  #token: Token = { type: "EOF", pos: { line: 1, column: 0 }, text: "" };
  #again = false;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  parse(): ObjectNode {
    let items: Item[] = [];
    try {
      items = this.#items(false);
    } catch (error) {
      throw this.#scanner.error ?? error;
    }
    if (this.#scanner.error !== undefined) throw this.#scanner.error;
    return { kind: "object", pos: { line: 1, column: 1 }, items };
  }

  #items(inObject: boolean): Item[] {
    const items: Item[] = [];
    for (;;) {
      if (inObject) {
        const next = this.#scan();
        this.#again = true;
        if (next.type === "RBRACE") return items;
      }
      const item = this.#item();
      if (item === END) return items;
      items.push(item);
      if (this.#scan().type !== "COMMA") this.#again = true;
    }
  }

  #item(): OrEnd<Item> {
    const keys = this.#keys();
    if (keys === END) return END;
    const { type, pos } = this.#token;
    if (type === "ASSIGN") {
      const value = this.#value();
      return value === END ? END : { keys, assignedAt: pos, value };
    }
    if (type === "LBRACE") return { keys, assignedAt: undefined, value: this.#object() };
    const names = keys.map((key) => key.text ?? key.name).join(" ");
    throw new HclError(pos, `key '${names}' expected start of object ('{') or assignment ('=')`);
  }

  #keys(): OrEnd<Item["keys"]> {
    const keys: Key[] = [];
    for (;;) {
      const { type, pos, text } = this.#scan();
      switch (type) {
        case "IDENT":
          keys.push({ name: text, pos, text });
          continue;
        case "STRING":
          keys.push({ name: unquote(text), pos, text });
          continue;
        case "EOF":
          return keys.length === 0 ? END : keys;
        case "ASSIGN":
          if (keys.length > 1) throw new HclError(pos, "nested object expected: LBRACE got: ASSIGN");
          if (keys.length === 0) throw new HclError(pos, "expected to find at least one object key");
          return keys;
        case "LBRACE":
          if (keys.length === 0) throw new HclError(pos, "expected: IDENT | STRING got: LBRACE");
          return keys;
        case "RBRACE":
          if (keys.length > 0) return keys;
          break;
        case "ILLEGAL":
          throw new HclError(pos, "illegal character");
      }
      throw new HclError(pos, `expected: IDENT | STRING | ASSIGN | LBRACE got: ${type}`);
    }
  }

  #value(): OrEnd<Node> {
    const token = this.#scan();
    if (isLiteral(token.type)) return literal(token, token.type);
    if (token.type === "LBRACE") return this.#object();
    if (token.type === "LBRACK") return this.#list();
    if (token.type === "EOF") return END;
    throw new HclError(token.pos, `Unknown token: ${token.pos.line}:${token.pos.column} ${token.type} ${token.text}`);
  }

  #object(): ObjectNode {
    const { pos } = this.#token;
    const items = this.#items(true);
    const end = this.#scan();
    if (end.type !== "RBRACE") throw new HclError(end.pos, `object expected closing RBRACE got: ${end.type}`);
    return { kind: "object", pos, items };
  }

  #list(): ListNode {
    const { pos } = this.#token;
    const items: Node[] = [];
    for (let needsComma = false; ;) {
      const token = this.#scan();
      if (needsComma && token.type !== "COMMA" && token.type !== "RBRACK") {
        throw new HclError(token.pos, `error parsing list, expected comma or list end, got: ${token.type}`);
      }
      if (token.type === "RBRACK") return { kind: "list", pos, items };
      needsComma = token.type !== "COMMA";
      if (!needsComma) continue;
      if (isLiteral(token.type)) items.push(literal(token, token.type));
      else if (token.type === "LBRACE") items.push(this.#object());
      else if (token.type === "LBRACK") items.push(this.#list());
      else throw new HclError(token.pos, `unexpected token while parsing list: ${token.type}`);
    }
  }

  #scan(): Token {
    if (this.#again) {
      this.#again = false;
      return this.#token;
    }
    do this.#token = this.#scanner.scan();
    while (this.#token.type === "COMMENT");
    return this.#token;
  }
}

function isLiteral(type: TokenType): type is LiteralNode["type"] {
  return type === "NUMBER" || type === "FLOAT" || type === "BOOL" || type === "STRING" || type === "HEREDOC";
}

function literal(token: Token, type: LiteralNode["type"]): LiteralNode {
  return { kind: "literal", pos: token.pos, type, value: literalValue(token.text, type) };
}

function literalValue(text: string, type: LiteralNode["type"]): string | number | boolean {
  if (type === "BOOL") return text === "true";
  if (type === "NUMBER" || type === "FLOAT") return Number(text);
  return type === "STRING" ? unquote(text) : heredoc(text);
}

const SIMPLE: Readonly<Record<string, string>> = { a: "\u0007", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/gs, (_, escape: string) => {
      const kind = escape.charAt(0);
      if (escape.length > 1) {
        const code = /\d/.test(kind) ? Number.parseInt(escape, 8) : Number.parseInt(escape.slice(1), 16);
        return String.fromCodePoint(Math.min(code, 0x10ffff));
      }
      return SIMPLE[kind] ?? kind;
    });
}

/** The lines between the anchors; with `<<-` the indentation of the closing anchor is taken off. */
function heredoc(text: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const indented = lines[0]?.startsWith("<<-") ?? false;
  const body = lines.slice(1, -1);
  const indent = indented ? (/^\s*/.exec(lines.at(-1) ?? "")?.[0] ?? "") : "";
  return body.map((line) => `${line.startsWith(indent) ? line.slice(indent.length) : line}\n`).join("");
}
