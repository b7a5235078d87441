import type { HttpHandler, HttpReply, HttpRequest } from "../../transport/index.js";
import type { Core } from "../core/core.js";
import type { LogicalRequest, LogicalResponse } from "../core/logical.js";
import { handle } from "../core/pipeline.js";
import { hasQuirk } from "../release.js";
import { generateRoot, generateRootUpdate, rekey, rekeyUpdate, rekeyVerify } from "../sys/ceremonies.js";
import { init, sealNow, stepDown, unseal } from "../sys/operator.js";
import { health, leader, sealStatus } from "../sys/state.js";
import { initialRoot } from "../token/root.js";
import { cors } from "./cors.js";
import {
  asksForHelp,
  type Asked,
  headerProblem,
  type OperationOptions,
  operationOf,
  tokenOf,
  wrapTtlOf,
} from "./operation.js";
import { jsonLimitProblem } from "./json-limits.js";
import { placeOf, withNamespace } from "./namespace.js";
import { cleanPath, escapePath, isUnprintable, splitTarget, type Target } from "./path.js";
import { COMMON_HEADERS, envelope, errorReply, inject, JSON_HEADERS, NO_CONTENT } from "./reply.js";
import { rateLimited } from "./rate-limit.js";
import { besideTheLeader, withIndex } from "./standby.js";

/** `sys` paths that repeat their data beside the envelope. (http/handler.go: injectDataIntoTopRoutes) */
const INJECTED: ReadonlySet<string> = new Set([
  "sys/audit",
  "sys/auth",
  "sys/config/cors",
  "sys/config/auditing/request-headers",
  "sys/capabilities",
  "sys/capabilities-accessor",
  "sys/capabilities-self",
  "sys/ha-status",
  "sys/key-status",
  "sys/mounts",
  "sys/policy",
  "sys/rekey/backup",
  "sys/rekey/recovery-key-backup",
  "sys/remount",
  "sys/rotate",
  "sys/wrapping/wrap",
]);
const INJECTED_BELOW = /^sys\/(?:audit|audit-hash|auth|config\/auditing\/request-headers|mounts|policy)\//;

/** Paths that are answered beside the logical API, sealed or not. */
const OPERATOR: Readonly<Record<string, (core: Core, request: HttpRequest, query: string) => HttpReply>> = {
  "/v1/sys/health": health,
  "/v1/sys/seal-status": (core, request) => (request.method === "GET" ? sealStatus(core) : errorReply({ status: 405 })),
  "/v1/sys/leader": (core, request) => (request.method === "GET" ? leader(core) : errorReply({ status: 405 })),
  "/v1/sys/init": (core, request) => init(core, request, initialRoot),
  "/v1/sys/unseal": unseal,
  "/v1/sys/generate-root/attempt": generateRoot,
  "/v1/sys/generate-root/update": generateRootUpdate,
  "/v1/sys/rekey/init": rekey,
  "/v1/sys/rekey/update": rekeyUpdate,
  "/v1/sys/rekey/verify": rekeyVerify,
  "/v1/sys/step-down": (_, request) => stepDown(request),
  "/v1/sys/seal": (core, request) => sealNow(core, request, tokenOf(request.headers)),
};

const NOT_FOUND_PAGE: HttpReply = {
  status: 404,
  headers: { ...COMMON_HEADERS, "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
  body: "404 page not found\n",
};

/** The HTTP API of a Vault as a function. (http/handler.go) */
export function httpHandler(core: Core): HttpHandler {
  const redirectStatus = hasQuirk(core.release, "redirects-are-307") ? 307 : 301;
  return async (request) => {
    const target = splitTarget(request.target);
    if (target === undefined)
      return { status: 400, headers: { "Content-Type": "text/plain; charset=utf-8" }, body: "400 Bad Request" };
    if (isUnprintable(target.path)) return { status: 400 };
    return withNamespace(request, await answer(core, request, target, redirectStatus));
  };
}

async function answer(core: Core, request: HttpRequest, target: Target, redirectStatus: 301 | 307): Promise<HttpReply> {
  const { path, query } = target;
  if (!path.startsWith("/v1/")) return outside(core, request, path);
  const place = placeOf(core, request, path, path in OPERATOR);
  if ("status" in place) return place;
  const limited = rateLimited(core, request, path.slice("/v1/".length));
  if (limited !== undefined) return limited;
  const broken = hasQuirk(core.release, "json-is-checked-first") ? jsonLimitProblem(request.body) : undefined;
  if (broken !== undefined) return errorReply({ status: 500, text: broken });
  const allowed = cors(request, core.settings);
  if ("reply" in allowed) return allowed.reply;
  const reply = await routed(place.core, request, { path: place.path, query }, redirectStatus);
  return allowed.headers === undefined ? reply : { ...reply, headers: { ...reply.headers, ...allowed.headers } };
}

async function routed(core: Core, request: HttpRequest, target: Target, redirectStatus: 301 | 307): Promise<HttpReply> {
  const clean = cleaned(core, request, target);
  if (clean !== undefined)
    return typeof clean === "string" ? redirect(request, redirectStatus, clean, target.query) : clean;
  const operator = asksForHelp(request, target) ? undefined : operatorOf(core, target.path);
  if (operator !== undefined) return operator(core, request, target.query);
  const refused = besideTheLeader(core, request, target.path);
  return refused ?? withIndex(core, request, await logical(core, request, target));
}

function operatorOf(core: Core, path: string): (typeof OPERATOR)[string] | undefined {
  const isCeremony = path.startsWith("/v1/sys/generate-root/") || path.startsWith("/v1/sys/rekey/");
  return isCeremony && hasQuirk(core.release, "ceremonies-need-a-token") ? undefined : OPERATOR[path];
}

/** Where the path should go instead, or the refusal of one that cannot be cleaned. */
function cleaned(core: Core, request: HttpRequest, { path }: Target): string | HttpReply | undefined {
  const clean = path === "/v1/sys" ? "/v1/sys/" : cleanPath(path);
  if (clean === path) return undefined;
  const sent = request.target.split("?")[0] ?? "";
  const encoded = /%2f/i.test(sent) && cleanPath(sent) === sent;
  if (encoded && hasQuirk(core.release, "encoded-paths-are-kept")) return undefined;
  if (encoded && hasQuirk(core.release, "encoded-dots-are-refused"))
    return errorReply({ status: 400, text: "relative paths not supported" });
  return clean;
}

/** (Go: http.Redirect writes a body for GET and HEAD only) */
function redirect({ method }: HttpRequest, status: 301 | 307, path: string, query: string): HttpReply {
  const location = `${escapePath(path)}${query === "" ? "" : `?${query}`}`;
  const headers = { ...COMMON_HEADERS, Location: location };
  if (method !== "GET" && method !== "HEAD") return { status, headers };
  const words = status === 301 ? "Moved Permanently" : "Temporary Redirect";
  const html = location
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&#34;");
  const body = method === "GET" ? { body: `<a href="${html}">${words}</a>.\n\n` } : {};
  return { status, headers: { ...headers, "Content-Type": "text/html; charset=utf-8" }, ...body };
}

function outside(core: Core, request: HttpRequest, path: string): HttpReply {
  const page = path === "/" || path.startsWith("/ui") || path === "/robots.txt";
  if (!page) return errorReply({ status: 404 });
  if (!core.settings.ui) return NOT_FOUND_PAGE;
  if (path === "/" || path === "/ui") return redirect(request, 307, "/ui/", "");
  const body = "<!DOCTYPE html>\n<title>Vault UI</title>\n<p>Vault UI is not available in this binary.</p>\n";
  return { status: 200, headers: { ...COMMON_HEADERS, "Content-Type": "text/html; charset=utf-8" }, body };
}

async function logical(core: Core, request: HttpRequest, target: Target): Promise<HttpReply> {
  const asked = operationOf(request, target, {
    explainJson: explanationOf(core),
    scans: hasQuirk(core.release, "paths-are-scanned"),
  });
  if ("status" in asked) return errorReply(asked);
  const unserved = core.release.product === "vault" ? headerProblem(request.headers) : undefined;
  if (unserved !== undefined) return errorReply({ status: 400, text: unserved });
  const wrapTtl = wrapTtlOf(request.headers);
  if (typeof wrapTtl === "string")
    return errorReply({ status: 400, text: `error parsing X-Vault-Wrap-TTL header: ${wrapTtl}` });
  const logicalRequest = logicalOf(core, request, asked, wrapTtl);
  const result = await handle(core, logicalRequest, (ask, response) => `${encoded(core, ask, response)}\n`);
  if (!result.ok) return errorReply(result.failure);
  return respond(core, logicalRequest, result.response);
}

function explanationOf({ release }: Core): OperationOptions["explainJson"] {
  if (hasQuirk(release, "json-errors-are-explained")) return "only";
  return hasQuirk(release, "json-errors-are-explained-too") ? "in-full" : "no";
}

function logicalOf(core: Core, request: HttpRequest, asked: Asked, wrapTtl: number): LogicalRequest {
  return {
    id: core.ids.uuid(),
    operation: asked.operation,
    path: asked.path,
    data: asked.data,
    headers: request.headers,
    remoteAddress: request.remoteAddress,
    remotePort: request.remotePort,
    ...(request.tls !== undefined && { tls: request.tls }),
    exchange: request.exchange,
    clientToken: tokenOf(request.headers),
    wrapTtl,
  };
}

function encoded(core: Core, { id }: LogicalRequest, response: LogicalResponse): string {
  const mountType = hasQuirk(core.release, "reply-has-mount-type") ? response.mountType : undefined;
  return envelope(response, { requestId: id, mountType });
}

/** (http/logical.go: respondLogical; sdk/logical: RespondErrorCommon) */
function respond(core: Core, request: LogicalRequest, response: LogicalResponse | undefined): HttpReply {
  const { operation } = request;
  if (response === undefined) {
    return operation === "read" || operation === "header" || operation === "list" || operation === "scan"
      ? errorReply({ status: 404 })
      : NO_CONTENT;
  }
  const { raw } = response;
  if (raw !== undefined) {
    const type = raw.contentType === undefined ? {} : { "Content-Type": raw.contentType };
    return { status: raw.status, headers: { ...COMMON_HEADERS, ...type }, body: raw.body };
  }
  if (response.status !== undefined) return rawEnvelope(core, request, response, response.status);
  if (operation === "list" && response.wrapInfo === undefined && isEmptyList(response))
    return errorReply({ status: 404 });
  const id = response.wrapInfo === undefined ? request : { ...request, id: "" };
  const body = encoded(core, id, response.wrapInfo === undefined ? response : { ...response, mountType: "" });
  const injected = INJECTED.has(request.path) || INJECTED_BELOW.test(request.path);
  return { status: 200, headers: JSON_HEADERS, body: `${injected ? inject(body, response.data) : body}\n` };
}

/** A reply that the backend gave a status of its own: raw bytes to the server, which end without a newline. */
function rawEnvelope(core: Core, request: LogicalRequest, response: LogicalResponse, status: number): HttpReply {
  const empty = (response.data === null || response.data === undefined) && response.warnings.length === 0;
  const body = empty ? "" : encoded(core, request, { ...response, mountType: "" });
  return { status, headers: JSON_HEADERS, body };
}

function isEmptyList({ data, warnings }: LogicalResponse): boolean {
  if (data === undefined || data === null || Object.keys(data).length === 0) return warnings.length === 0;
  const { keys } = data;
  return Array.isArray(keys) && keys.length === 0;
}
