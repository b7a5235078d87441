import { goJsonError } from "../../runtime/index.js";
import { isObject, type JsonObject, textAt } from "../objects.js";
import { groupVersion, isRegisteredKind } from "../resources.js";
import { badRequest } from "../status.js";
import { type Encoding, unsupportedBody } from "./media.js";
import { type StructType, typeErrors } from "./types.js";

export interface Decoded {
  readonly object: JsonObject;
  /** What the server says about odd fields, for `Warning` headers. */
  readonly warnings: readonly string[];
}

export interface Expected {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The kind's Go type, where it is known. */
  readonly type?: StructType;
}

/** `Ignore`, `Warn` (default) or `Strict`: what happens with unknown fields. */
export type FieldValidation = "Ignore" | "Warn" | "Strict";

/**
 * Reads a request's body as an object of the expected kind; apiVersion and kind may be missing.
 * @throws ApiError 400 in the words of apimachinery's decoder
 */
export async function decodeBody(
  body: Buffer,
  encoding: Encoding | "protobuf",
  expected: Expected,
  strictness: FieldValidation,
): Promise<Decoded> {
  const value = (await parse(body, encoding, expected.kind)) ?? {};
  const stray = kindError(value);
  if (stray !== undefined || !isObject(value)) throw unrecognized(expected.kind, stray ?? "", body);
  const kind = textAt(value, "kind") || expected.kind;
  const apiVersion = textAt(value, "apiVersion") || groupVersion(expected);
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  const cannot = (why: string): Error =>
    badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${why}`);
  if (!isRegisteredKind(apiVersion, kind)) {
    // unverified: the scheme's place in the source, from error reports about other releases
    throw cannot(
      `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  }
  if (kind !== expected.kind) {
    throw cannot(
      `converting (${version}.${kind}) to (${internalPackage(expected)}.${expected.kind}): unknown conversion`,
    );
  }
  const { first, unknown } = expected.type === undefined ? { unknown: [] } : typeErrors(value, expected.type);
  if (first !== undefined) throw cannot(first);
  const odd = unknown.map((field) => `unknown field "${field}"`);
  if (strictness === "Strict" && odd.length > 0) throw cannot(`strict decoding error: ${odd.join(", ")}`);
  if (apiVersion !== groupVersion(expected)) {
    const wanted = groupVersion(expected);
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`);
  }
  const known = expected.type === undefined ? value : onlyKnown(value, expected.type);
  return { object: known, warnings: strictness === "Warn" ? odd : [] };
}

/** Fields that the kind does not have are dropped where it is decoded. */
function onlyKnown(value: JsonObject, { fields }: StructType): JsonObject {
  if (Object.keys(value).every((name) => name in fields)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name in fields));
}

async function parse(body: Buffer, encoding: Encoding | "protobuf", kind: string): Promise<unknown> {
  if (encoding === "protobuf") return await parseProtobuf(body, kind);
  return encoding === "yaml" ? await parseYaml(body.toString()) : parseJson(body, kind);
}

/** Fields of kinds that the fake does not know are not read, so that it says that it takes no protobuf. */
async function parseProtobuf(body: Buffer, kind: string): Promise<JsonObject> {
  const { decodeProtobuf } = await import("./protobuf.js");
  let decoded;
  try {
    decoded = decodeProtobuf(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(body)})`);
  }
  if (!decoded.known) throw unsupportedBody();
  return decoded.object;
}

function parseJson(body: Buffer, kind: string): unknown {
  const text = body.toString();
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw unrecognized(kind, goJsonError(text) ?? String(error), body);
  }
}

async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import("../../runtime/yaml.js");
  try {
    return parse(text) as unknown;
  } catch (error) {
    // unverified: go-yaml's own wording differs
    throw badRequest(`error converting YAML to JSON: yaml: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const KIND_TYPE =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** What Go says when it only looks for apiVersion and kind. (runtime/serializer/json/meta.go) */
function kindError(value: unknown): string | undefined {
  if (!isObject(value)) return `json: cannot unmarshal ${goKind(value)} into Go value of type ${KIND_TYPE}`;
  for (const field of ["apiVersion", "kind"] as const) {
    const found = value[field];
    if (found === undefined || found === null || typeof found === "string") continue;
    return `json: cannot unmarshal ${goKind(found)} into Go struct field .${field} of type string`;
  }
  return undefined;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function unrecognized(kind: string, why: string, body: Buffer): Error {
  const text = `couldn't get version/kind; json parse error: ${why} (${summary(body)})`;
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${text}`);
}

/** The first bytes of a body: as text if it looks like JSON, else in hex. (endpoints/handlers/rest.go summarizeData) */
function summary(body: Buffer): string {
  if (body.length === 0) return "<empty>";
  const show = (part: Buffer): string => (body[0] === 0x7b ? part.toString() : part.toString("hex"));
  return body.length > 30 ? `${show(body.subarray(0, 30))} ...` : show(body);
}

/** The Go package of the internal types: `core`, `rbac`, `authentication`… */
function internalPackage(expected: Expected): string {
  return expected.group === "" ? "core" : (expected.group.split(".")[0] ?? "");
}
