import { goJson, goQuote } from "../runtime/index.js";
import type { HttpReply, HttpRequest } from "../transport/index.js";
import { type Attributes, refusalText } from "./access/authorizer.js";
import { impersonation } from "./access/impersonation.js";
import type { Answer, Call } from "./api/call.js";
import { replyEncoding, wantsPretty } from "./api/media.js";
import { route } from "./api/routes.js";
import type { Cluster } from "./cluster.js";
import type { JsonObject } from "./objects.js";
import { requestInfo, type RequestInfo } from "./request-info.js";
import { ApiError, forbidden, unauthorized } from "./status.js";
import { ANONYMOUS, type User } from "./tokens/authenticator.js";
import { bearerOf } from "./tokens/bearer.js";

type Headers = Readonly<Record<string, string>>;
/** The headers of one answer, to which each step adds its own. */
type Written = Record<string, string>;

const NO_SNIFFING = { "X-Content-Type-Options": "nosniff" } as const;

/** kube-apiserver's chain of filters: who is it, may they, and only then what do they want. */
export class ApiServer {
  readonly #cluster: Cluster;
  readonly #flowIds = new Map<string, string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async handle(request: HttpRequest): Promise<HttpReply> {
    const info = requestInfo(request.method, request.target);
    const headers: Written = {
      "Audit-Id": request.headers["audit-id"] ?? this.#cluster.ids.uuid(),
      "Cache-Control": "no-cache, private",
    };
    const bearer = bearerOf(request.headers.authorization);
    const caller = await this.#authenticate(request, bearer.token);
    if (caller === undefined) return this.#failure(request, info, unauthorized(), headers);
    Object.assign(headers, this.#flowHeaders(caller));
    try {
      const user = this.#impersonate(request, caller);
      if (typeof user === "string") return internalError(request, user, headers);
      const call: Call = {
        cluster: this.#cluster,
        request,
        info,
        user,
        warnings: bearer.warning === undefined ? [] : [bearer.warning],
      };
      const refusal = this.#authorize(call);
      if (refusal !== undefined) return this.#failure(request, info, refusal, Object.assign(headers, NO_SNIFFING));
      const answer = await route(call);
      return await this.#reply(request, info, answer, Object.assign(headers, warningHeader(call.warnings)));
    } catch (error) {
      if (error instanceof ApiError) return this.#failure(request, info, error, headers);
      throw error;
    }
  }

  /** The caller, `system:anonymous` without a bearer, `undefined` for a bearer that nobody vouches for. */
  async #authenticate(request: HttpRequest, token: string | undefined): Promise<User | undefined> {
    const { exchange } = request;
    if (token === undefined) {
      const note = "no bearer token: the caller is system:anonymous";
      exchange.checked("authenticate", [{ id: "bearer", outcome: "skipped", note }]);
      return ANONYMOUS;
    }
    const result = await this.#cluster.authenticator.authenticate(token, this.#cluster.apiAudiences, "bearer");
    exchange.checked("authenticate", result.checks, result.refusedBy);
    if (result.user === undefined) {
      exchange.log("error", `"Unable to authenticate the request" err=${goQuote(result.error ?? "")}`);
    }
    return result.user;
  }

  /** Who the caller is from here on, or why nobody can tell. @throws ApiError 403 */
  #impersonate({ headers, exchange }: HttpRequest, caller: User): User | string {
    let asked;
    try {
      asked = impersonation(headers);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    if (asked === undefined) return caller;
    for (const wanted of asked.wanted) {
      const verdict = this.#cluster.authorizer.authorize(caller, wanted);
      if (verdict.allowed) continue;
      const text = refusalText(caller, wanted);
      exchange.checked("impersonate", [{ id: "rbac", outcome: "refused", got: text, remedy: remedy(wanted) }], "rbac");
      const { resource = "", subresource = "", group = "", name = "" } = wanted;
      const plural = subresource === "" ? resource : `${resource}/${subresource}`;
      throw forbidden({ group, plural }, name, verdict.reason === "" ? text : `${text}: ${verdict.reason}`);
    }
    exchange.checked("impersonate", [{ id: "rbac", outcome: "passed", got: asked.user.username }]);
    return asked.user;
  }

  #authorize(call: Call): ApiError | undefined {
    const { info, user, request } = call;
    const path = info.resource;
    const wanted: Attributes =
      path === undefined ? { verb: info.verb, path: info.path } : { verb: info.verb, resource: path.plural, ...path };
    const verdict = this.#cluster.authorizer.authorize(user, wanted);
    const text = refusalText(user, wanted);
    if (verdict.allowed) {
      const got = verdict.reason === "" ? "member of system:masters" : verdict.reason;
      request.exchange.checked("authorize", [{ id: "rbac", outcome: "passed", got }]);
      return undefined;
    }
    request.exchange.checked(
      "authorize",
      [{ id: "rbac", outcome: "refused", got: text, remedy: remedy(wanted) }],
      "rbac",
    );
    return forbidden(path, path?.name ?? "", verdict.reason === "" ? text : `${text}: ${verdict.reason}`);
  }

  /** Priority and fairness names the flow that a request was put into. */
  #flowHeaders(user: User): Headers {
    const flow = user.groups.includes("system:masters")
      ? "exempt"
      : user.groups.includes("system:serviceaccounts")
        ? "service-accounts"
        : user === ANONYMOUS
          ? "catch-all"
          : "global-default";
    return {
      "X-Kubernetes-Pf-Flowschema-Uid": this.#flowId(`schema ${flow}`),
      "X-Kubernetes-Pf-Prioritylevel-Uid": this.#flowId(`level ${flow}`),
    };
  }

  #flowId(name: string): string {
    const known = this.#flowIds.get(name);
    if (known !== undefined) return known;
    const made = this.#cluster.ids.uuid();
    this.#flowIds.set(name, made);
    return made;
  }

  async #reply(request: HttpRequest, info: RequestInfo, answer: Answer, headers: Written): Promise<HttpReply> {
    if (answer.object === undefined)
      return { status: answer.status, headers: Object.assign(headers, answer.headers), body: answer.text ?? "" };
    const yaml = replyEncoding(request.headers.accept) === "yaml";
    const body = yaml
      ? (await import("../runtime/yaml.js")).stringify(answer.object)
      : jsonText(answer.object, request, info);
    const type = yaml ? "application/yaml" : "application/json";
    headers["Content-Type"] = type;
    return { status: answer.status, headers: Object.assign(headers, answer.headers), body };
  }

  #failure(request: HttpRequest, info: RequestInfo, error: ApiError, headers: Written): HttpReply {
    const body = jsonText(error.status(), request, info);
    headers["Content-Type"] = "application/json";
    return { status: error.code, headers, body };
  }
}

function jsonText(object: JsonObject, request: HttpRequest, info: RequestInfo): string {
  if (!wantsPretty(info.query, request.headers["user-agent"])) return `${goJson(object)}\n`;
  return JSON.stringify(object, undefined, 2);
}

/** (responsewriters.InternalError) */
function internalError({ target }: HttpRequest, why: string, headers: Written): HttpReply {
  const type = { "Content-Type": "text/plain; charset=utf-8", ...NO_SNIFFING };
  return {
    status: 500,
    headers: Object.assign(headers, type),
    body: `Internal Server Error: ${goQuote(target)}: ${why}\n`,
  };
}

function warningHeader(warnings: readonly string[]): Headers {
  if (warnings.length === 0) return {};
  return { Warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(", ") };
}

function remedy(wanted: Attributes): string {
  if (wanted.path !== undefined) return `bind a ClusterRole that allows ${wanted.verb} on ${wanted.path}`;
  if (wanted.resource === "tokenreviews")
    return "bind the ClusterRole system:auth-delegator to this user with a ClusterRoleBinding";
  const { resource = "", subresource = "" } = wanted;
  return `bind a role that allows ${wanted.verb} on ${subresource === "" ? resource : `${resource}/${subresource}`}`;
}
