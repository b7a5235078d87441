import type { HttpRequest } from "../../transport/index.js";
import { goQuote } from "../../runtime/index.js";
import { parseDurationSeconds } from "../core/go.js";
import type { Failure, LogicalRequest } from "../core/logical.js";
import { type Data, readBody, type ReadBody, readQuery } from "./body.js";
import type { Target } from "./path.js";

type Operation = LogicalRequest["operation"];

export interface Asked {
  readonly operation: Operation;
  /** Below `/v1/`; lists end in a slash. */
  readonly path: string;
  readonly data: Data;
}

const TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);
const MERGE_PATCH = "application/merge-patch+json";

export interface OperationOptions {
  /** Is it said in the decoder's own words what is wrong with a body: not at all, after Vault's words, or instead of them? */
  readonly explainJson: "no" | "in-full" | "only";
  /** Is there a SCAN, and `?scan=true` for it? */
  readonly scans: boolean;
}

/** What a method, a path, a query and a body ask for in Vault's terms. (http/logical.go: buildLogicalRequestNoAuth) */
export function operationOf(request: HttpRequest, target: Target, options: OperationOptions): Asked | Failure {
  const path = target.path.slice("/v1/".length);
  if (asksForHelp(request, target)) return { operation: "help", path, data: {} };
  switch (request.method) {
    case "GET":
      return get(path, target.query, options);
    case "SCAN":
      if (!options.scans) return { status: 405 };
      return { operation: "scan", path: withSlash(path), data: readQuery(target.query) };
    case "LIST":
      return { operation: "list", path: withSlash(path), data: readQuery(target.query) };
    case "POST":
    case "PUT":
      return asked(
        "update",
        path,
        readBody(request, request.headers["content-type"], { whole: options.explainJson === "only" }),
        options,
      );
    case "PATCH":
      return patch(request, path, options);
    case "DELETE":
      return { operation: "delete", path, data: readQuery(target.query) };
    case "HEAD":
      return { operation: "header", path, data: readQuery(target.query) };
    case "OPTIONS":
      return { operation: "other", path, data: {} };
    default:
      return { status: 405 };
  }
}

/** (http/help.go: wrapHelpHandler) */
export function asksForHelp({ method }: HttpRequest, { query }: Target): boolean {
  if (method === "HELP") return true;
  return query.includes("help=") && (new URLSearchParams(query).get("help") ?? "") !== "";
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

function get(path: string, query: string, { scans }: OperationOptions): Asked | Failure {
  const data = readQuery(query);
  const list = flag(data, "list");
  const scan = scans && flag(data, "scan");
  if (list === undefined || scan === undefined || (list && scan)) return { status: 400 };
  if (!list && !scan) return { operation: "read", path, data };
  const operation = list ? "list" : "scan";
  const rest = Object.fromEntries(Object.entries(data).filter(([name]) => name !== operation));
  return { operation, path: withSlash(path), data: rest };
}

/** Nothing: neither true nor false. */
function flag(data: Data, name: string): boolean | undefined {
  const value = Array.isArray(data[name]) ? String(data[name][0]) : (data[name] ?? "");
  if (typeof value !== "string" || value === "" || FALSE.has(value)) return false;
  return TRUE.has(value) ? true : undefined;
}

function patch(request: HttpRequest, path: string, options: OperationOptions): Asked | Failure {
  const header = request.headers["content-type"] ?? "";
  const type = header.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "") return { status: 400, text: "mime: no media type" };
  if (/;\s*(?:;|[^;=]+(?:;|$))/.test(header)) return { status: 400, text: "mime: invalid media parameter" };
  if (type !== MERGE_PATCH)
    return { status: 415, text: `PATCH requires Content-Type of ${MERGE_PATCH}, provided ${type}` };
  return asked("patch", path, readBody(request, undefined, { whole: options.explainJson === "only" }), options);
}

function asked(operation: Operation, path: string, body: ReadBody, { explainJson }: OperationOptions): Asked | Failure {
  if ("data" in body) return { operation, path, data: body.data };
  const { status, why, form } = body.problem;
  if (form === true) return { status, text: "error parsing form data" };
  if (explainJson === "in-full" && operation !== "patch") {
    return { status, text: `error parsing JSON: failed to parse JSON input: ${why}` };
  }
  if (explainJson !== "only") return { status, text: "error parsing JSON" };
  return { status, text: status === 413 ? why : `failed to decode JSON input: ${why}` };
}

/** The token of a request: its own header, else a bearer (the word is case-sensitive). */
export function tokenOf(headers: HttpRequest["headers"]): string {
  const token = headers["x-vault-token"];
  if (token !== undefined && token !== "") return token;
  const authorization = headers.authorization ?? "";
  return authorization.startsWith("Bearer ") ? authorization.slice("Bearer ".length) : "";
}

/** What the headers ask for that this server does not do. (http/logical.go: requestPolicyOverride; forwardBasedOnHeaders) */
export function headerProblem(headers: HttpRequest["headers"]): string | undefined {
  const override = headers["x-vault-policy-override"] ?? "";
  if (override !== "" && !TRUE.has(override) && !FALSE.has(override)) {
    const why = `cannot parse '' as bool: strconv.ParseBool: parsing ${goQuote(override)}: invalid syntax`;
    return `failed to parse X-Vault-Policy-Override header: ${why}`;
  }
  if ((headers["x-vault-forward"] ?? "") !== "") {
    return "forwarding via header X-Vault-Forward disabled in configuration";
  }
  return headers["x-vault-inconsistent"] === "forward-active-node"
    ? "forwarding via header X-Vault-Inconsistent=forward-active-node disabled in configuration"
    : undefined;
}

/** Seconds for which the reply shall be wrapped; a text says what is wrong with the header. (http: requestWrapInfo) */
export function wrapTtlOf(headers: HttpRequest["headers"]): number | string {
  const wrap = headers["x-vault-wrap-ttl"];
  if (wrap === undefined || wrap === "") return 0;
  try {
    const seconds = Math.trunc(parseDurationSeconds(wrap));
    return seconds < 0 ? "requested wrap ttl cannot be negative" : seconds;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
