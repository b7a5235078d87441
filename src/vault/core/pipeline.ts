import { goQuote } from "../../runtime/index.js";
import { auditRequest, auditResponse, type Observed } from "../audit/index.js";
import { admit, filterKeys, findToken } from "./access.js";
import type { Core } from "./core.js";
import { type Call, callOf, dispatch, settleWrite } from "./dispatch.js";
import { fail, type LogicalRequest, type LogicalResponse, type LogicalResult, type RawReply } from "./logical.js";
import { hasQuirk } from "../release.js";
import { namespaceOf } from "../token/format.js";
import { Trail } from "./trail.js";

const WRITES: ReadonlySet<string> = new Set(["update", "create", "patch"]);

/** What a success becomes when the caller asked for a wrapped reply: the reply as bytes. */
export type Encode = (request: LogicalRequest, response: LogicalResponse) => string;

/**
 * Answers a request in the order of the real server: seal, path, token, policy, mount, backend, token's last use, wrapping.
 * (vault/request_handling.go: switchedLockHandleRequest)
 */
export async function handle(core: Core, request: LogicalRequest, encode: Encode): Promise<LogicalResult> {
  const trail = new Trail(request.exchange);
  if (core.seal.sealed) {
    trail.refused("seal", {
      wanted: "an unsealed Vault",
      got: core.seal.initialized ? "a sealed one" : "one that was never initialised",
    });
    return fail(503, "Vault is sealed");
  }
  trail.unsealed();
  if (request.path.endsWith("/") && WRITES.has(request.operation)) {
    trail.refused("path", { wanted: "a path that does not end in a slash", got: request.path });
    return fail(400, "cannot write to a path ending in '/'");
  }
  const foreign = findToken(core, request, trail);
  if (foreign !== undefined) return foreign;
  const unwrappable = checkWrappingToken(core, request, trail);
  if (unwrappable !== undefined) return unwrappable;
  const call = route(core, request);
  const observed: Observed = { request, call, denied: undefined };
  const result =
    call?.login === true
      ? await unauthenticated(core, call, observed, trail)
      : await authenticated(core, call, observed, trail);
  const reply = result.ok ? wrap(core, request, result, encode) : result;
  if (!core.audit.on) return reply;
  const outcome = { result, reply, raw: (response: LogicalResponse) => encode(request, response) };
  return (await auditResponse(core, observed, outcome)) ?? reply;
}

/** A path that is a mount's name without its slash means the mount, too. (vault/router.go: routeCommon) */
function route(core: Core, request: LogicalRequest): Call | undefined {
  const mounted = core.mounts.match(request.path);
  if (mounted !== undefined) return callOf(request, mounted);
  const bare = request.path.endsWith("/") ? undefined : core.mounts.get(`${request.path}/`);
  return bare === undefined ? undefined : callOf(request, bare);
}

async function unauthenticated(core: Core, call: Call, observed: Observed, trail: Trail): Promise<LogicalResult> {
  trail.skipped("token", "the path needs none");
  const badField = await settleWrite(core, call);
  trail.done();
  if (badField !== undefined) return badField;
  const unheard = core.audit.on ? await auditRequest(core, observed) : undefined;
  return unheard ?? ofNoMount(await dispatch(core, call));
}

/** What needs no token does not say which mount answered. (vault/request_handling.go: handleLoginRequest) */
function ofNoMount(result: LogicalResult): LogicalResult {
  if (!result.ok || result.response === undefined) return result;
  return { ok: true, response: { ...result.response, mountType: "" } };
}

async function authenticated(
  core: Core,
  call: Call | undefined,
  observed: Observed,
  trail: Trail,
): Promise<LogicalResult> {
  const { request } = observed;
  const refused = await admit(core, call, request, trail);
  if (refused !== undefined) {
    if (!refused.ok) observed.denied = refused.failure;
    if (core.audit.on) await auditRequest(core, observed);
    lastUse(core, request);
    return refused;
  }
  const unheard = core.audit.on ? await auditRequest(core, observed) : undefined;
  if (unheard !== undefined) return unheard;
  if (call === undefined) {
    trail.refused("mount", { wanted: "a mount for the path", got: request.path });
    return fail(404, `no handler for route ${goQuote(request.path)}. route entry not found.`);
  }
  trail.done();
  const result = filterKeys(core, request, readWrapped(core, request) ?? (await dispatch(core, call)));
  lastUse(core, request);
  return result;
}

const DEPRECATED_READ =
  "Reading from 'cubbyhole/response' is deprecated. Please use sys/wrapping/unwrap to unwrap responses, as it provides additional security checks and other benefits.";

/** A wrapped reply lies in the cubbyhole of its token, where it used to be read. (vault/logical_cubbyhole.go: handleRead) */
function readWrapped(core: Core, { path, operation, token }: LogicalRequest): LogicalResult | undefined {
  if (path !== "cubbyhole/response" || operation !== "read" || token === undefined) return undefined;
  const wrapped = core.wrapping.peek(token);
  if (wrapped === undefined) return undefined;
  const data = { response: wrapped.body.toString() };
  return { ok: true, response: { data, warnings: [DEPRECATED_READ], mountType: "cubbyhole" } };
}

function lastUse(core: Core, { token }: LogicalRequest): void {
  if (token !== undefined && token.numUses < 0 && !token.revoked) core.tokens.revoke(token);
}

const UNWRAPPING: ReadonlySet<string> = new Set(["sys/wrapping/lookup", "sys/wrapping/rewrap", "sys/wrapping/unwrap"]);

function wrappingTokenProblem(core: Core, sent: unknown, id: string): string | undefined {
  if (sent !== undefined && sent !== null && typeof sent !== "string") return "could not decode token in request body";
  if (sent === "") return "empty token in request body";
  if (id === "") return "token is empty";
  const foreign = namespaceOf(id) !== undefined && hasQuirk(core.release, "foreign-namespace-token-is-500");
  return foreign ? "failed to look up namespace from the token: no namespace" : undefined;
}

/** The token that is to be unwrapped is looked at first of all. (vault/wrapping.go: validateWrappingToken) */
function checkWrappingToken(core: Core, request: LogicalRequest, trail: Trail): LogicalResult | undefined {
  if (!UNWRAPPING.has(request.path)) return undefined;
  const sent = request.data.token;
  const handed = typeof sent === "string" && sent !== "" ? sent : request.clientToken;
  const read = core.wrapping.idOf(handed);
  const id = "id" in read ? read.id : "";
  const problem = "problem" in read ? read.problem : wrappingTokenProblem(core, sent, id);
  if (problem !== undefined) {
    trail.refused("wrapping-token", { wanted: "a wrapping token", got: "none" });
    return fail(403, `error validating wrapping token: ${problem}`);
  }
  const token = core.tokens.lookup(id);
  if (core.wrapping.isWrapping(token)) {
    if (token !== undefined && handed === request.clientToken) request.token = token;
    return undefined;
  }
  trail.refused("wrapping-token", { wanted: "a wrapping token", got: "one that is unknown, used, expired or none" });
  return fail(400, "wrapping token is not valid or does not exist");
}

function wrap(core: Core, request: LogicalRequest, result: LogicalResult, encode: Encode): LogicalResult {
  if (!result.ok || request.wrapTtl <= 0) return result;
  const { response } = result;
  // An empty list is not found, but wrapping finds that out before HTTP does.
  if ((request.operation === "list" || request.operation === "scan") && isEmpty(response))
    return fail(404, "unsupported path");
  if (response === undefined || response.wrapInfo !== undefined) return result;
  const wrapInfo = core.wrapping.wrap({
    ...wrappable(request, response, encode),
    creationPath: request.path,
    ttl: request.wrapTtl,
    asJwt: request.headers["x-vault-wrap-format"] === "jwt",
    ...wrappedAccessor(response),
  });
  return { ok: true, response: { wrapInfo, warnings: [], mountType: response.mountType } };
}

/** What unwrapping is to hand out: the envelope, or the bytes that the backend answered with. */
function wrappable(request: LogicalRequest, response: LogicalResponse, encode: Encode): RawReply {
  const { raw, status = 200 } = response;
  if (raw !== undefined) return raw;
  const nested = status === 200 ? response : { ...response, mountType: "" };
  return { status, contentType: "application/json", body: encode(request, nested).trimEnd() };
}

function isEmpty(response: LogicalResponse | undefined): boolean {
  if (response === undefined) return true;
  const { data, warnings, raw, status } = response;
  if (raw !== undefined || status !== undefined) return false;
  if (data === undefined || data === null || Object.keys(data).length === 0) return warnings.length === 0;
  return Array.isArray(data.keys) && data.keys.length === 0;
}

/** The accessor of what is in the reply: a token, or the secret of an AppRole. (vault/wrapping.go: wrapInCubbyhole) */
function wrappedAccessor({ auth, data, mountType }: LogicalResponse): { readonly wrappedAccessor?: string } {
  if (auth !== undefined) return auth.accessor === "" ? {} : { wrappedAccessor: auth.accessor };
  const accessor = data?.secret_id_accessor;
  return mountType === "approle" && typeof accessor === "string" ? { wrappedAccessor: accessor } : {};
}
