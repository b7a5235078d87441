import type { HttpReply, HttpRequest } from "../../transport/index.js";
import { JsonNumber } from "../core/json.js";
import { type Data, readJson } from "./body.js";
import { errorReply } from "./reply.js";

type GoType = "int" | "string" | "bool" | "[]string";

/** A struct of package http, into which the handlers beside the logical API decode their bodies. */
export interface Struct {
  readonly name: string;
  readonly fields: Readonly<Record<string, GoType>>;
  /** It has no tags for JSON: errors call its fields as Go does. */
  readonly untagged?: true;
}

export type StructBody = { readonly data: Data } | { readonly refusal: HttpReply };

/** The body of such a handler, whose errors are the decoder's own. (http/handler.go: parseJSONRequest) */
export function structBody(request: HttpRequest, struct: Struct): StructBody {
  if (request.body.length === 0) return { refusal: errorReply({ status: 400, text: "EOF" }) };
  const read = readJson(request.body.toString("utf8"));
  const why = "data" in read ? mismatch(read.data, struct) : nameStruct(read.problem.why, struct);
  if (why !== undefined) return { refusal: errorReply({ status: 400, text: `failed to parse JSON input: ${why}` }) };
  return "data" in read ? read : { data: {} };
}

function nameStruct(why: string, { name }: Struct): string {
  return why.replace(/^(json: cannot unmarshal \w+ into Go value of type ).*$/, `$1http.${name}`);
}

/** The first value that does not go into its field. (encoding/json: UnmarshalTypeError) */
function mismatch(data: Data, { name, fields, untagged }: Struct): string | undefined {
  for (const [field, type] of Object.entries(fields)) {
    const value = data[field];
    if (value === undefined || value === null) continue;
    const wrong = wrongKind(value, type);
    if (wrong !== undefined) {
      const said = untagged === true ? field.charAt(0).toUpperCase() + field.slice(1) : field;
      return `json: cannot unmarshal ${wrong.kind} into Go struct field ${name}.${said} of type ${wrong.type}`;
    }
  }
  return undefined;
}

function wrongKind(value: unknown, type: GoType): { readonly kind: string; readonly type: GoType } | undefined {
  if (type === "[]string") {
    if (!Array.isArray(value)) return { kind: kindOf(value), type };
    const bad: unknown = value.find((item) => item !== null && typeof item !== "string");
    return bad === undefined ? undefined : { kind: kindOf(bad), type: "string" };
  }
  const kind = kindOf(value);
  if (type !== "int") return kind === type ? undefined : { kind, type };
  if (kind !== "number") return { kind, type };
  const text = value instanceof JsonNumber ? value.text : String(value);
  return /^-?\d+$/.test(text) ? undefined : { kind: `number ${text}`, type };
}

function kindOf(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" || value instanceof JsonNumber ? "number" : "object";
}
