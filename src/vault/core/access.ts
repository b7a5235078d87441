import { filteredPath } from "../policy/index.js";
import { hasQuirk } from "../release.js";
import { withinCidrs } from "../token/cidr.js";
import type { StoredToken } from "../token/entry.js";
import { looksLikeJwt, namespaceOf } from "../token/format.js";
import type { Core } from "./core.js";
import { type Call, settleWrite } from "./dispatch.js";
import { multiError } from "./go.js";
import { fail, type LogicalRequest, type LogicalResult } from "./logical.js";
import type { Mounted } from "./mounts.js";
import { homeOf } from "./namespaces.js";
import type { Trail } from "./trail.js";

const DENIED = multiError(["permission denied"]);
const DENIED_BY_NAME = multiError(["permission denied", "invalid token"]);

/** Looks the sent token up; only one that names a foreign namespace is an error by now. (vault: PopulateTokenEntry) */
export function findToken(core: Core, request: LogicalRequest, trail: Trail): LogicalResult | undefined {
  if (request.clientToken === "") return undefined;
  const token = core.tokens.lookup(request.clientToken);
  if (token !== undefined && token.numUses >= 0) {
    request.token = token;
    return undefined;
  }
  const { clientToken } = request;
  const foreign = namespaceOf(clientToken) !== undefined && !looksLikeJwt(clientToken);
  if (!foreign || !hasQuirk(core.release, "foreign-namespace-token-is-500")) return undefined;
  trail.refused("token", { wanted: "a valid token", got: "a token that names a namespace which does not exist" });
  return fail(500, "error performing token check: failed to look up namespace from the token: no namespace");
}

/**
 * May the token do this? Checks it, its entity, the write's kind and the policies, and counts the use, also of a request that
 * is refused. (vault/request_handling.go: CheckToken, handleRequest)
 */
export async function admit(
  core: Core,
  call: Call | undefined,
  request: LogicalRequest,
  trail: Trail,
): Promise<LogicalResult | undefined> {
  const refusal = checkToken(core, request, trail);
  const { token } = request;
  if (token === undefined || refusal?.final === true) return refusal?.result;
  const denied = refusal?.result ?? (await checkPolicy(core, call, request, token, trail));
  if (!core.tokens.use(token)) {
    trail.refused("token", { wanted: "a use left", got: "none" });
    return fail(403, DENIED);
  }
  return denied;
}

interface TokenRefusal {
  readonly result: LogicalResult;
  /** There is no token whose use could be counted. */
  readonly final: boolean;
}

function checkToken(core: Core, request: LogicalRequest, trail: Trail): TokenRefusal | undefined {
  const { token, clientToken } = request;
  if (clientToken === "") {
    trail.refused("token", { wanted: "a token", got: "none", remedy: "send X-Vault-Token, or Authorization: Bearer" });
    const old = hasQuirk(core.release, "missing-token-is-400");
    return { result: old ? fail(400, "missing client token") : fail(403, "permission denied"), final: true };
  }
  if (token === undefined) {
    trail.refused("token", { wanted: "a valid token", got: "a token that is unknown, expired, revoked or used up" });
    const named = hasQuirk(core.release, "invalid-token-is-named");
    return { result: fail(403, named ? DENIED_BY_NAME : "permission denied"), final: true };
  }
  if (token.creationTtl !== 0 && !withinCidrs(request.remoteAddress, token.boundCidrs)) {
    trail.refused("token-bound-cidrs", { wanted: token.boundCidrs.join(", "), got: request.remoteAddress });
    return { result: fail(403, "permission denied"), final: true };
  }
  return checkEntity(homeOf(core, token).home, token, trail);
}

function checkEntity(core: Core, token: StoredToken, trail: Trail): TokenRefusal | undefined {
  if (token.entityId === "") return undefined;
  const entity = core.identity.get(token.entityId);
  if (entity?.disabled === false) return undefined;
  const state = entity === undefined ? "invalid" : "disabled";
  trail.refused("entity", { wanted: "an enabled entity", got: `one that is ${state}` });
  trail.exchange.log("warn", `core: permission denied as the entity on the token is ${state}`);
  return { result: fail(403, "permission denied"), final: false };
}

async function checkPolicy(
  core: Core,
  call: Call | undefined,
  request: LogicalRequest,
  token: StoredToken,
  trail: Trail,
): Promise<LogicalResult | undefined> {
  trail.passed("token");
  // Help is nobody's secret. (vault/acl.go: AllowOperation)
  if (request.operation === "help") return undefined;
  const badField = call === undefined ? undefined : await settleWrite(core, call);
  if (badField !== undefined) {
    trail.refused("parameters", {
      wanted: "values that fit their fields",
      got: badField.ok ? "" : (badField.failure.text ?? ""),
    });
    return badField;
  }
  const { home, prefix } = homeOf(core, token);
  const verdict = home.policies
    .acl(token)
    .decide(prefix === "" ? request : { ...request, operation: request.operation, path: prefix + request.path });
  if (!verdict.allowed) {
    const rule = verdict.by.map(({ policy, line }) => `${policy}:${line}`).join(", ");
    trail.refused("policy", {
      wanted: verdict.wanted,
      got: verdict.got,
      note: `policies of the token: ${token.policies.join(", ")}${rule === "" ? "" : `; decided by ${rule}`}`,
    });
    return fail(403, DENIED);
  }
  if (!verdict.root && !verdict.sudo && call !== undefined && needsSudo(call.mounted, call.path)) {
    trail.refused("sudo", { wanted: `sudo on "${request.path}"`, got: "a rule without sudo" });
    return fail(403, DENIED);
  }
  if (verdict.limit !== undefined) request.data = { ...request.data, limit: verdict.limit };
  if (verdict.keysFilter !== undefined) request.keysFilter = verdict.keysFilter;
  request.grantedBy = verdict.root ? ["root"] : [...new Set(verdict.by.map(({ policy }) => policy))];
  trail.passed("policy", verdict.root ? "root" : verdict.by.map(({ policy, line }) => `${policy}:${line}`).join(", "));
  return undefined;
}

/** Leaves in a list what the token may read, where a policy says so. (OpenBao: request_handling_list_filtering.go) */
export function filterKeys(core: Core, request: LogicalRequest, result: LogicalResult): LogicalResult {
  const { keysFilter, token, path } = request;
  if (keysFilter === undefined || token === undefined || !result.ok) return result;
  const { response } = result;
  if (!Array.isArray(response?.data?.keys)) return result;
  const { home, prefix } = homeOf(core, token);
  const acl = home.policies.acl(token);
  const keys = (response.data.keys as readonly string[]).filter((key) => {
    const operation = key.endsWith("/") ? "list" : "read";
    const wanted = `${prefix}${filteredPath(keysFilter, path, key)}`;
    return acl.decide({ operation, path: wanted, data: {}, wrapTtl: 0 }).allowed;
  });
  const info = response.data.key_info as Readonly<Record<string, unknown>> | undefined;
  const kept = info && { key_info: Object.fromEntries(keys.flatMap((key) => (key in info ? [[key, info[key]]] : []))) };
  return { ok: true, response: { ...response, data: { keys, ...kept } } };
}

function needsSudo({ framework }: Mounted, path: string): boolean {
  return framework.sudo.has(path);
}
