import { goQuote } from "../../runtime/index.js";
import { hasQuirk } from "../release.js";
import type { IssuedAuth } from "../token/entry.js";
import { loginToken } from "../token/login.js";
import type { BackendReply, BackendRequest } from "./backend.js";
import { VaultError } from "./backend.js";
import type { Core } from "./core.js";
import { type ErrorStyle, FieldError, Fields } from "./fields.js";
import { handlerOf, type Match } from "./framework.js";
import { multiError } from "./go.js";
import { fail, type LogicalRequest, type LogicalResult } from "./logical.js";
import type { Mounted } from "./mounts.js";
import { pageOf } from "./pages.js";

/** A request on its way into a mounted backend. */
export interface Call {
  readonly request: LogicalRequest;
  readonly mounted: Mounted;
  /** Below the mount. */
  readonly path: string;
  readonly match: Match | undefined;
  /** On a login path errors go out bare and a grant becomes a token. */
  readonly login: boolean;
}

export function callOf(request: LogicalRequest, mounted: Mounted): Call {
  const path = request.path.slice(mounted.mount.path.length);
  const { framework } = mounted;
  return { request, mounted, path, match: framework.match(path), login: framework.unauthenticated.has(path) };
}

/** @throws FieldError */
function backendRequest(core: Core, { request, match, path }: Call): BackendRequest {
  const captures = match?.captures;
  const raw = captures === undefined ? request.data : { ...request.data, ...captures };
  const fields = match?.route.fields ?? {};
  const data = new Fields(fields, raw, errorStyle(core));
  return {
    operation: request.operation as BackendRequest["operation"],
    path,
    data,
    body: request.data,
    headers: request.headers,
    remoteAddress: request.remoteAddress,
    ...(request.tls !== undefined && { tls: request.tls }),
    ...(request.token !== undefined && { token: request.token }),
    exchange: request.exchange,
  };
}

function errorStyle({ release }: Core): ErrorStyle {
  if (hasQuirk(release, "conversion-error-hides-value")) return "hidden";
  return hasQuirk(release, "field-error-hides-value") ? "reason" : "full";
}

/**
 * Is it `create` or `update`? Only a backend with an existence check can tell; without one every write is an update.
 * @returns the refusal of a field that cannot be read, or of a check that failed
 */
export async function settleWrite(core: Core, call: Call): Promise<LogicalResult | undefined> {
  const { request, match } = call;
  if (request.operation !== "create" && request.operation !== "update") return undefined;
  request.operation = "update";
  const exists = match?.route.path.exists;
  if (exists === undefined) return undefined;
  try {
    const found = exists(backendRequest(core, call));
    if (!(found instanceof Promise ? await found : found)) request.operation = "create";
    return undefined;
  } catch (error) {
    if (error instanceof FieldError) return fail(400, error.message);
    if (!(error instanceof VaultError)) throw error;
    request.exchange.log("error", `core: failed to run existence check: error=${goQuote(error.message)}`);
    return fail(500, multiError(["internal error"]));
  }
}

/** Hands the request to its backend and makes a result of the answer. (sdk/framework: HandleRequest) */
export async function dispatch(core: Core, call: Call): Promise<LogicalResult> {
  const { request, match, login } = call;
  if (request.operation === "help") return await help(core, call);
  if (match === undefined) return failed(404, "unsupported path", login);
  const handler = handlerOf(match.route.path, request.operation);
  if (handler === undefined) return failed(405, "unsupported operation", login);
  try {
    const asked = backendRequest(core, call);
    const answer = handler(asked);
    const whole = answer instanceof Promise ? await answer : answer;
    const reply = match.route.paged && asked.operation === "list" ? pageOf(whole, asked.data) : whole;
    return await result(core, call, match, reply);
  } catch (error) {
    if (error instanceof FieldError) return fail(400, `Field validation failed: ${error.message}`);
    if (error instanceof VaultError) return failed(error.status, error.message, login);
    request.exchange.log(
      "error",
      `mistrust failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return failed(500, "internal error", login);
  }
}

/** Few ever ask for help, so that its texts are loaded when somebody does. */
async function help(core: Core, call: Call): Promise<LogicalResult> {
  const { helpReply } = await import("./help-reply.js");
  const reply = helpReply(call, core.release.text);
  if (reply === undefined || !("raw" in reply)) return failed(404, "unsupported path", call.login);
  return { ok: true, response: { raw: reply.raw, warnings: [], mountType: call.mounted.mount.type } };
}

function failed(status: number, text: string, bare: boolean): LogicalResult {
  return fail(status, bare ? text : multiError([text]));
}

/** What the framework warns of: keys that no field has, and keys that the path has taken the place of. */
function inputWarnings({ request }: Call, { route, captures }: Match): string[] {
  const warnings: string[] = [];
  const sent = Object.keys(request.data);
  if (sent.length === 0) return warnings;
  if (route.path.takesArbitraryInput !== true) {
    const ignored = sent.filter((name) => !(name in route.fields)).sort();
    if (ignored.length > 0) warnings.push(`Endpoint ignored these unrecognized parameters: [${ignored.join(" ")}]`);
  }
  const replaced = Object.keys(captures).filter(
    (name) => request.data[name] !== undefined && request.data[name] !== null,
  );
  if (replaced.length > 0) {
    const text = "Endpoint replaced the value of these parameters with the values captured from the endpoint's path";
    warnings.push(`${text}: [${replaced.join(" ")}]`);
  }
  return warnings;
}

async function result(core: Core, call: Call, match: Match, reply: BackendReply): Promise<LogicalResult> {
  const { mount } = call.mounted;
  if (reply === undefined) return { ok: true, response: undefined };
  if ("error" in reply) {
    const { error: text, status = 400, data } = reply;
    const failure = {
      status,
      ...(text !== "" && { text }),
      ...(data !== undefined && { data }),
      isResponse: true as const,
    };
    return { ok: false, failure };
  }
  if ("raw" in reply) return { ok: true, response: { raw: reply.raw, warnings: [], mountType: mount.type } };

  const warnsOfInput = hasQuirk(core.release, "unknown-parameters-are-warned-of");
  const own = reply.warnings ?? [];
  const warnings = warnsOfInput ? [...own, ...inputWarnings(call, match)] : own;
  // What is open to strangers does not say who answers. (request_handling.go: handleLoginRequest)
  const mountType = call.login ? "" : mount.type;
  const base = { warnings, mountType, ...(reply.data !== undefined && { data: reply.data }) };
  if (reply.auth !== undefined) return await loginToken(core, call, reply.auth, base);
  if (reply.issued !== undefined) return { ok: true, response: { ...base, auth: reply.issued satisfies IssuedAuth } };
  if (reply.status !== undefined)
    return { ok: true, response: { ...base, data: reply.data ?? null, status: reply.status } };
  if (reply.lease !== undefined) return { ok: true, response: { ...base, lease: lease(core, call, reply.lease) } };
  if (reply.wrapped !== undefined) return { ok: true, response: { ...base, wrapInfo: reply.wrapped } };
  if (reply.knownLease !== undefined) return { ok: true, response: { ...base, lease: reply.knownLease } };
  return { ok: true, response: base };
}

/** KV says for how long its data is good but registers no lease; all others do. (vault: handleRequest) */
function lease(
  core: Core,
  { mounted, request }: Call,
  grant: NonNullable<Extract<BackendReply, { lease?: unknown }>["lease"]>,
) {
  const { mount } = mounted;
  if (mount.type === "kv" && mount.options?.leased_passthrough !== "true") {
    return { id: "", duration: grant.ttl, renewable: false };
  }
  const ttl = Math.min(
    grant.ttl === 0 ? core.mounts.defaultLeaseTtl(mount) : grant.ttl,
    core.mounts.maxLeaseTtl(mount),
  );
  const registered = core.leases.register(request.path, { ...grant, ttl }, request.token);
  return { id: registered.id, duration: ttl, renewable: grant.renewable };
}
