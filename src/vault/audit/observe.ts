import type { Core } from "../core/core.js";
import type { Call } from "../core/dispatch.js";
import { multiError } from "../core/go.js";
import { decodeJson } from "../core/json.js";
import { type Failure, fail, type LogicalRequest, type LogicalResponse, type LogicalResult } from "../core/logical.js";
import { logLine } from "../log-line.js";
import type { IssuedAuth, StoredToken } from "../token/entry.js";
import type { Audited, AuditedAuth, AuditedResponse, PolicyResults } from "./entry.js";

/** A request on its way, as far as the audit log can know it. */
export interface Observed {
  readonly request: LogicalRequest;
  readonly call: Call | undefined;
  /** Why the core let the request in no further. */
  denied: Failure | undefined;
}

const FAILED = "internal error";

/**
 * Notes a request before its backend sees it.
 * @returns the refusal of a request that no device could note
 */
export async function auditRequest(core: Core, observed: Observed): Promise<LogicalResult | undefined> {
  const { call, request, denied } = observed;
  const existed = call?.match?.route.path.exists !== undefined && request.operation !== "read";
  const noted = await core.audit.note({
    ...common(core, observed),
    type: "request",
    auth: call?.login === true ? undefined : tokenAuth(core, request.token),
    policyResults: policyResults(observed),
    routed: call?.login === true || existed,
    error: denied?.text,
  });
  if (noted) return undefined;
  request.exchange.log(
    "error",
    logLine("core", "failed to audit request", { path: request.path, error: none("request") }),
  );
  return call?.login === true ? fail(500, FAILED) : fail(500, multiError([FAILED]));
}

/**
 * Notes what a request has come to.
 * @param reply as it goes out; may be a wrapped one
 * @param result as the backend gave it
 * @returns the refusal that takes the place of a reply that no device could note
 */
export async function auditResponse(
  core: Core,
  observed: Observed,
  outcome: {
    readonly result: LogicalResult;
    readonly reply: LogicalResult;
    readonly raw: (response: LogicalResponse) => string;
  },
): Promise<LogicalResult | undefined> {
  const { call, request, denied } = observed;
  const { result, reply } = outcome;
  const auth = result.ok ? result.response?.auth : undefined;
  const login = call?.login === true;
  const noted = await core.audit.note({
    ...common(core, observed),
    type: "response",
    auth: login ? auth && issuedAuth(core, auth) : tokenAuth(core, request.token),
    policyResults: login && auth !== undefined ? undefined : policyResults(observed),
    routed: denied === undefined,
    response: reply.ok
      ? successData(core, reply.response, outcome.raw)
      : failureData(reply.failure, denied !== undefined || call === undefined),
    error: reply.ok ? undefined : outerError(reply.failure, observed),
  });
  if (noted) return undefined;
  const about = { request_path: request.path, error: none("response") };
  request.exchange.log("error", logLine("core", "failed to audit response", about));
  return fail(500, FAILED);
}

function none(what: string): string {
  return multiError([`no audit backend succeeded in logging the ${what}`]);
}

function common(
  core: Core,
  { call, request }: Observed,
): Pick<Audited, "time" | "request" | "namespace" | "mount" | "headers"> {
  const headers: Record<string, { value: string; hashed: boolean }> = {};
  for (const [name, hashed] of core.audit.headers) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = { value, hashed };
  }
  return { time: core.clock.now(), request, namespace: core.namespace, mount: call?.mounted.mount, headers };
}

function policyResults({ call, request, denied }: Observed): PolicyResults | undefined {
  if (call?.login === true) return { allowed: true, by: [] };
  if (request.token === undefined) return undefined;
  return { allowed: denied === undefined, by: denied === undefined ? (request.grantedBy ?? []) : [] };
}

function tokenAuth(core: Core, token: StoredToken | undefined): AuditedAuth | undefined {
  if (token === undefined) return undefined;
  const identityPolicies = token.entityId === "" ? [] : core.identity.policiesOf(token.entityId);
  return {
    clientToken: token.id,
    accessor: token.accessor,
    displayName: token.displayName,
    policies: [...new Set([...token.policies, ...identityPolicies])].sort(),
    tokenPolicies: token.policies,
    identityPolicies,
    metadata: token.meta,
    entityId: token.entityId,
    ...(token.numUses > 0 && { remainingUses: token.numUses }),
    tokenType: token.type,
    ttl: token.creationTtl,
    issuedAt: token.createdAt,
  };
}

function issuedAuth(core: Core, auth: IssuedAuth): AuditedAuth {
  const { policies, tokenPolicies, identityPolicies, metadata, entityId, entityCreated, tokenType } = auth;
  return {
    clientToken: auth.clientToken,
    accessor: auth.accessor,
    displayName: core.tokens.lookup(auth.clientToken)?.displayName ?? "",
    policies,
    tokenPolicies,
    identityPolicies,
    metadata,
    entityId,
    ...(entityCreated === true && { entityCreated }),
    numUses: auth.numUses,
    tokenType,
    ttl: auth.leaseDuration,
  };
}

/** The reply's parts as plugins know them: bytes are data under names of their own. (sdk/logical: HTTPRawBody) */
function successData(
  core: Core,
  response: LogicalResponse | undefined,
  encode: (response: LogicalResponse) => string,
): AuditedResponse {
  if (response === undefined) return {};
  const { raw, auth, lease, warnings, wrapInfo, status } = response;
  const body = raw === undefined ? undefined : unwrapped(raw.body.toString());
  const rawData = (code: number, type: string | undefined, text: string): Record<string, unknown> => ({
    ...(type !== undefined && { http_content_type: type }),
    http_raw_body: text,
    http_status_code: code,
  });
  const data =
    raw !== undefined
      ? (body ?? rawData(raw.status, raw.contentType, raw.body.toString()))
      : status !== undefined
        ? rawData(status, "application/json", encode(response))
        : (response.data ?? undefined);
  return {
    ...(auth !== undefined && { auth: { ...issuedAuth(core, auth), entityCreated: false } }),
    ...(lease !== undefined && lease.id !== "" && { leaseId: lease.id }),
    ...(data !== undefined && { data }),
    warnings,
    ...(wrapInfo !== undefined && { wrapInfo }),
  };
}

/** What was wrapped is audited as itself, though it goes out as the bytes that were put away. */
function unwrapped(body: string): Readonly<Record<string, unknown>> | undefined {
  if (!body.startsWith('{"request_id":')) return undefined;
  const parsed = decodeJson(body) as { readonly data?: Readonly<Record<string, unknown>> | null };
  return parsed.data ?? {};
}

function isList(data: Failure["data"]): data is readonly unknown[] {
  return Array.isArray(data);
}

/** An error response is data to Vault; an error is not. */
function failureData({ isResponse, text, data }: Failure, denied: boolean): AuditedResponse {
  if (isResponse !== true && !denied) return {};
  const details = isList(data) ? { data } : data;
  return { data: { ...details, ...(text !== undefined && { error: text }) } };
}

function outerError({ isResponse, text, status }: Failure, { denied, call }: Observed): string | undefined {
  if (call === undefined && denied === undefined) return multiError(["unsupported path"]);
  if (isResponse === true) return undefined;
  if (denied === undefined || text === undefined) return text;
  if (status === 400) return multiError(["invalid request"]);
  return /^\d+ errors? occurred:/.test(text) ? text : multiError([text]);
}
