/** What a request is about, read from method and path. (apiserver: endpoints/request RequestInfoFactory) */
export interface RequestInfo {
  /** `get list watch create update patch delete deletecollection`, or the lower-case method off the API. */
  readonly verb: string;
  /** Path without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Present for `/api/…` and `/apis/…` paths that name a resource. */
  readonly resource?: ResourcePath;
}

export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string;
  readonly subresource: string;
  /** Number of segments from the plural on. */
  readonly depth: number;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(["status", "finalize"]);

export function requestInfo(method: string, target: string): RequestInfo {
  const cut = target.indexOf("?");
  const path = cut === -1 ? target : target.slice(0, cut);
  const query = new URLSearchParams(cut === -1 ? "" : target.slice(cut + 1));
  const resource = resourcePath(path);
  if (resource === undefined) return { verb: method.toLowerCase(), path, query };
  return { verb: resourceVerb(VERBS[method] ?? "", resource, query), path, query, resource };
}

function resourceVerb(verb: string, resource: ResourcePath, query: URLSearchParams): string {
  if (resource.name !== "") return verb;
  if (verb === "get") return ["1", "true"].includes(query.get("watch") ?? "") ? "watch" : "list";
  return verb === "delete" ? "deletecollection" : verb;
}

function resourcePath(path: string): ResourcePath | undefined {
  const parts = path
    .replace(/^\/+|\/+$/g, "")
    .split("/")
    .map(decode);
  const prefix = parts.shift();
  if ((prefix !== "api" && prefix !== "apis") || parts.length < (prefix === "api" ? 2 : 3)) return undefined;
  const group = prefix === "api" ? "" : (parts.shift() ?? "");
  const version = parts.shift() ?? "";
  let namespace = "";
  if (parts[0] === "namespaces" && parts[1] !== undefined) {
    namespace = parts[1];
    if (parts[2] !== undefined && !NAMESPACE_SUBRESOURCES.has(parts[2])) parts.splice(0, 2);
  }
  const [plural = "", name = "", subresource = ""] = parts;
  return { group, version, namespace, plural, name, subresource, depth: parts.length };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
