import { goJsonError } from "../../runtime/index.js";

/** What go-jose's own JSON decoder says of a value that it cannot take. */
export class JsonRefused extends Error {
  override readonly name = "JsonRefused";
}

/** The members of a JSON object as they are written, by name, in their order. */
export type Members = ReadonlyMap<string, string>;

/**
 * Takes a JSON object apart as go-jose's fork of encoding/json does for the Go type that is named: names are told apart
 * by case, none may come twice, and `null` is an object without members. (go-jose json/decode.go)
 * @throws JsonRefused
 */
export function membersOf(json: Buffer, goType: string): Members {
  const complaint = goJsonError(json);
  if (complaint !== undefined) throw new JsonRefused(complaint);
  const text = json.toString("utf8");
  const kind = kindOf(text);
  if (kind === "null") return new Map();
  if (kind !== "object") throw unmarshalError(kind, goType);
  const members = new Map<string, string>();
  for (const [quoted, value] of pairsIn(text)) {
    const name = String(JSON.parse(quoted));
    if (members.has(name)) throw new JsonRefused(`json: duplicate key '${name}' in object`);
    members.set(name, value);
  }
  return members;
}

/** The text of a member that Go keeps in a string: none for one that is absent or null. @throws JsonRefused */
export function stringIn(raw: string | undefined): string {
  const kind = raw === undefined ? "null" : kindOf(raw);
  if (raw === undefined || kind === "null") return "";
  if (kind !== "string") throw unmarshalError(kind, "string");
  return String(JSON.parse(raw));
}

/** The texts of a member that Go keeps in a []string. @throws JsonRefused */
export function stringsIn(raw: string | undefined): string[] {
  const kind = raw === undefined ? "null" : kindOf(raw);
  if (raw === undefined || kind === "null") return [];
  if (kind !== "array") throw unmarshalError(kind, "[]string");
  const items = JSON.parse(raw) as unknown[];
  return items.map((item) => stringIn(JSON.stringify(item)));
}

/** Go's word for the kind of a JSON value. */
export function kindOf(raw: string): "object" | "array" | "string" | "number" | "bool" | "null" {
  const first = raw.trimStart()[0];
  if (first === "{") return "object";
  if (first === "[") return "array";
  if (first === '"') return "string";
  if (first === "n") return "null";
  return first === "t" || first === "f" ? "bool" : "number";
}

function unmarshalError(kind: string, goType: string): JsonRefused {
  return new JsonRefused(`json: cannot unmarshal ${kind} into Go value of type ${goType}`);
}

/** Strings, brackets, colons and commas; all that a valid text has beside them are numbers, literals and blanks. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** Names, still quoted, and values of the object that a valid JSON text holds. */
function* pairsIn(text: string): Generator<readonly [string, string]> {
  let depth = 0;
  let from = text.indexOf("{") + 1;
  let name = "";
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const closes = token === "}" || token === "]";
    if (depth === 1 && token === ":") {
      name = text.slice(from, index).trim();
      from = index + 1;
    }
    if (depth === 1 && (token === "," || token === "}") && name !== "") {
      yield [name, text.slice(from, index).trim()];
      name = "";
      from = index + 1;
    }
    if (token === "{" || token === "[") depth++;
    else if (closes) depth--;
  }
}
