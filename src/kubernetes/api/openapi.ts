import { groupVersion, type Resource, resources } from "../resources.js";

/**
 * The least of an OpenAPI document with which kubectl lets the server check fields: the paths and verbs of each kind and
 * the query parameters of writes. The real server's has a schema for every kind beside it.
 * (kubectl: pkg/util/openapi, cli-runtime query_param_verifier_v3.go)
 */

type Json = Readonly<Record<string, unknown>>;

/** `/openapi/v3`: where the document of each group and version is. */
export function openapiIndex(): Json {
  const groups = [...new Set(resources().map(folder))];
  return { paths: Object.fromEntries(groups.map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}` }])) };
}

/** `/openapi/v3/api/v1` and the like; `undefined` for a group or version that is not served. */
export function openapiOf(name: string): Json | undefined {
  const served = resources().filter((resource) => folder(resource) === name);
  if (served.length === 0) return undefined;
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "unversioned" },
    paths: Object.fromEntries(served.flatMap((resource) => pathsOf(resource, name))),
    components: { schemas: {} },
  };
}

function folder(resource: Resource): string {
  return `${resource.group === "" ? "api" : "apis"}/${groupVersion(resource)}`;
}

function pathsOf(resource: Resource, name: string): [path: string, item: Json][] {
  const all = `/${name}/${resource.namespaced ? "namespaces/{namespace}/" : ""}${resource.plural}`;
  const create = operation(resource, "post");
  if (resource.mode === "review") return [[all, { post: create }]];
  const verbs = ["get", "put", "patch", "delete"].map((verb) => [verb, operation(resource, verb)] as const);
  return [
    [all, { get: operation(resource, "list"), post: create }],
    [`${all}/{name}`, Object.fromEntries(verbs)],
  ];
}

const WRITES: readonly string[] = ["post", "put", "patch"];

function operation({ group, version, kind }: Resource, action: string): Json {
  const parameter = (name: string): Json => ({ name, in: "query", schema: { type: "string", uniqueItems: true } });
  return {
    ...(WRITES.includes(action) && { parameters: ["dryRun", "fieldManager", "fieldValidation"].map(parameter) }),
    responses: { 200: { description: "OK" } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  };
}
