import type { HttpRequest } from "../../transport/index.js";
import type { Cluster } from "../cluster.js";
import type { JsonObject } from "../objects.js";
import type { RequestInfo } from "../request-info.js";
import type { User } from "../tokens/authenticator.js";
import { decodeBody, type Expected, type FieldValidation } from "./decode.js";
import { bodyEncoding } from "./media.js";
import { TYPES } from "./types.js";

/** An authenticated and authorized request on its way to its handler. */
export interface Call {
  readonly cluster: Cluster;
  readonly request: HttpRequest;
  readonly info: RequestInfo;
  readonly user: User;
  /** Texts for `Warning: 299` headers; handlers add to it. */
  readonly warnings: string[];
}

/** What a handler answers. */
export interface Answer {
  readonly status: number;
  /** Written as JSON (or YAML) where it is an object. */
  readonly object?: JsonObject;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type CallHandler = (call: Call) => Answer | Promise<Answer>;

/**
 * The request's body as an object of that kind.
 * @throws ApiError 400 or 415
 */
export async function readObject(call: Call, expected: Expected): Promise<JsonObject> {
  const { request, info } = call;
  const encoding = bodyEncoding(request.headers["content-type"]);
  const { group, version, kind } = expected;
  const type = TYPES[kind];
  const { object, warnings } = await decodeBody(
    request.body,
    encoding,
    { group, version, kind, ...(type !== undefined && { type }) },
    fieldValidation(info.query),
  );
  call.warnings.push(...warnings);
  return object;
}

/** The body of a deletion, if it has one: DeleteOptions. Nothing of those in protobuf. */
export async function readDeleteOptions({ request }: Call): Promise<JsonObject> {
  if (request.body.length === 0 || bodyEncoding(request.headers["content-type"]) !== "json") return {};
  const { object } = await decodeBody(request.body, "json", DELETE_OPTIONS, "Ignore");
  return object;
}

const DELETE_OPTIONS = { group: "", version: "v1", kind: "DeleteOptions" } as const;

function fieldValidation(query: URLSearchParams): FieldValidation {
  const asked = query.get("fieldValidation");
  return asked === "Strict" || asked === "Ignore" ? asked : "Warn";
}
