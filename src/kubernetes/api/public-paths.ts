import { createHash } from "node:crypto";
import { groupVersion, type Resource, resources } from "../resources.js";
import { methodNotAllowed, notProduced } from "../status.js";
import type { Answer, Call, CallHandler } from "./call.js";
import { openapiIndex, openapiOf } from "./openapi.js";

/** `/version`: always indented, as the real server writes it. */
function version(call: Call): Answer {
  const { release } = call.cluster;
  const [major, minor] = release.version;
  const body = {
    major: String(major),
    minor: String(minor),
    ...(release.quirk("version-emulation") && {
      emulationMajor: String(major),
      emulationMinor: String(minor),
      minCompatibilityMajor: String(major),
      minCompatibilityMinor: String(minor - 1),
    }),
    gitVersion: release.gitVersion,
    gitCommit: createHash("sha1").update(release.gitVersion).digest("hex"),
    gitTreeState: "clean",
    buildDate: "2026-01-01T00:00:00Z",
    goVersion: "go1.26.8",
    compiler: "gc",
    platform: "linux/amd64",
  };
  return raw(JSON.stringify(body, undefined, 2), "application/json");
}

/** `/.well-known/openid-configuration`. (pkg/serviceaccount/openidmetadata.go) */
async function openidConfiguration(call: Call): Promise<Answer> {
  const { cluster, request } = call;
  const scheme = request.tls === undefined ? "http" : "https";
  const key = await cluster.signingKey();
  const body = {
    issuer: cluster.issuerName,
    jwks_uri: cluster.jwksUrl ?? `${scheme}://${request.headers.host ?? ""}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [key.algorithm],
  };
  return raw(JSON.stringify(body), "application/json", CACHEABLE);
}

/** `/openid/v1/jwks`. */
async function keySet(call: Call): Promise<Answer> {
  const key = await call.cluster.signingKey();
  return raw(JSON.stringify({ keys: [key.jwk()] }), JWK_SET, CACHEABLE);
}

const JWK_SET = "application/jwk-set+json";

/** Does a client that sends this Accept header take that type? The router asks it of the key set too. (go-restful) */
function accepts(accept: string | undefined, type: string): boolean {
  const wanted = (accept ?? "").split(",").map((item) => (item.split(";")[0] ?? "").trim());
  return wanted.some((one) => ["", "*/*", "application/*", type].includes(one));
}

const CACHEABLE = { "Cache-Control": "public, max-age=3600" } as const;

function raw(text: string, contentType: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, text, headers: { "Content-Type": contentType, ...headers } };
}

/** `/api` and `/apis` and what is right below them: which kinds there are, for kubectl and its like. */
function discovery(call: Call): Answer | undefined {
  const path = call.info.path.replace(/\/+$/, "");
  if (path === "/api") {
    const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress: call.request.headers.host ?? "" }];
    return { status: 200, object: { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs } };
  }
  const groups = [...new Set(resources().map((resource) => resource.group))].filter((group) => group !== "");
  if (path === "/apis") {
    return { status: 200, object: { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupOf) } };
  }
  const group = groups.find((name) => path === `/apis/${name}`);
  if (group !== undefined) return { status: 200, object: { kind: "APIGroup", apiVersion: "v1", ...groupOf(group) } };
  const listed = resources().filter(
    (resource) => path === `/${resource.group === "" ? "api" : "apis"}/${groupVersion(resource)}`,
  );
  const [first] = listed;
  if (first === undefined) return undefined;
  const list = listed.flatMap(listing);
  return {
    status: 200,
    object: { kind: "APIResourceList", apiVersion: "v1", groupVersion: groupVersion(first), resources: list },
  };
}

/** `/openapi/v3` and the documents below it. */
function openapi(path: string): Answer | undefined {
  if (path === "/openapi/v3") return { status: 200, object: openapiIndex() };
  const document = path.startsWith("/openapi/v3/") ? openapiOf(path.slice("/openapi/v3/".length)) : undefined;
  return document && { status: 200, object: document };
}

function groupOf(name: string): Readonly<Record<string, unknown>> {
  const version = { groupVersion: `${name}/v1`, version: "v1" };
  return { name, versions: [version], preferredVersion: version };
}

function listing(resource: Resource): readonly Readonly<Record<string, unknown>>[] {
  const { plural, kind, namespaced, shortNames, mode } = resource;
  const verbs = mode === "review" ? ["create"] : ["create", "delete", "get", "list", "patch", "update"];
  const row = {
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced,
    kind,
    verbs,
    ...(shortNames && { shortNames }),
  };
  if (plural !== "serviceaccounts") return [row];
  const token = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", verbs: ["create"] };
  return [row, { name: "serviceaccounts/token", singularName: "", namespaced, ...token }];
}

const GET_ONLY: Readonly<Record<string, CallHandler>> = {
  "/version": version,
  "/.well-known/openid-configuration": openidConfiguration,
  "/openid/v1/jwks": keySet,
};

/** The handler of a path that is no resource; `undefined` where there is none. @throws ApiError 405, 406 */
export function publicPath(call: Call): CallHandler | undefined {
  const { path } = call.info;
  const handler = GET_ONLY[path.replace(/\/$/, "")];
  const document = handler === undefined ? (discovery(call) ?? openapi(path)) : undefined;
  const found = handler ?? (document && (() => document));
  if (found === undefined) return undefined;
  if (call.request.method !== "GET") throw methodNotAllowed();
  const produced = path.startsWith("/openid/v1/jwks") ? JWK_SET : "application/json";
  if (!accepts(call.request.headers.accept, produced)) throw notProduced(produced);
  return found;
}
