import { fieldManager } from "../managed-fields.js";
import { isObject, type JsonObject, type KubernetesObject, textAt } from "../objects.js";
import { createObject, deleteObject, replaceObject } from "../registry.js";
import type { ResourcePath } from "../request-info.js";
import { groupVersion, type Resource, RESOURCES } from "../resources.js";
import { badRequest, methodNotAllowed, notFound, otherNamespace, unsupportedMediaType } from "../status.js";
import { type Answer, type Call, readObject } from "./call.js";
import { selects } from "./selectors.js";

/** `get list create update patch delete deletecollection` on stored objects, as the verb says. */
export async function storedObject(call: Call, resource: Resource, path: ResourcePath): Promise<Answer> {
  switch (call.info.verb) {
    case "get":
      return { status: 200, object: existing(call, resource, path) };
    case "list":
      return { status: 200, object: list(call, resource, path) };
    case "create":
      return { status: 201, object: await create(call, resource, path) };
    case "update":
      return { status: 200, object: await update(call, resource, path) };
    case "patch":
      return { status: 200, object: patch(call, resource, path) };
    case "delete":
      return { status: 200, object: remove(call, resource, path) };
    case "deletecollection":
      return { status: 200, object: removeAll(call, resource, path) };
    default:
      throw methodNotAllowed();
  }
}

function existing(call: Call, resource: Resource, path: ResourcePath): KubernetesObject {
  const object = call.cluster.objects.get(resource, path.namespace, path.name);
  if (object === undefined) throw notFound(resource, path.name);
  return object;
}

function selected(call: Call, resource: Resource, path: ResourcePath): readonly KubernetesObject[] {
  const all = call.cluster.objects.list(resource, resource.namespaced ? path.namespace : "");
  const { query } = call.info;
  return all.filter((object) => selects(query.get("labelSelector") ?? "", query.get("fieldSelector") ?? "", object));
}

function list(call: Call, resource: Resource, path: ResourcePath): JsonObject {
  return {
    kind: `${resource.kind}List`,
    apiVersion: groupVersion(resource),
    metadata: { resourceVersion: String(call.cluster.objects.revision) },
    items: selected(call, resource, path).map(asItem),
  };
}

/** Items of a list do not repeat its kind. */
function asItem(object: KubernetesObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== "kind" && name !== "apiVersion"));
}

async function create(call: Call, resource: Resource, path: ResourcePath): Promise<JsonObject> {
  const { cluster, info, request } = call;
  if (path.name !== "") throw methodNotAllowed();
  const object = await readObject(call, resource);
  const inBody = textAt(object, "metadata", "namespace");
  if (resource.namespaced) {
    if (inBody !== "" && inBody !== path.namespace) throw otherNamespace();
    if (cluster.objects.get(RESOURCES.namespace, "", path.namespace) === undefined) {
      throw notFound(RESOURCES.namespace, path.namespace);
    }
  }
  const manager = fieldManager(info.query, request.headers["user-agent"]);
  return await createObject(cluster, resource, path.namespace, object, manager);
}

async function update(call: Call, resource: Resource, path: ResourcePath): Promise<JsonObject> {
  const object = await readObject(call, resource);
  const named = textAt(object, "metadata", "name");
  if (named !== path.name) {
    const what = "the name of the object";
    throw badRequest(
      named === "" ? "name must be provided" : `${what} (${named}) does not match the name on the URL (${path.name})`,
    );
  }
  return replaceObject(call.cluster, resource, path.namespace, path.name, object);
}

const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/apply-patch+yaml",
  "application/strategic-merge-patch+json",
];

/** JSON merge patch (RFC 7386) only; the other three kinds that a real server takes are refused as unknown. */
function patch(call: Call, resource: Resource, path: ResourcePath): JsonObject {
  if (!(call.request.headers["content-type"] ?? "").startsWith("application/merge-patch+json")) {
    throw unsupportedMediaType(PATCH_TYPES);
  }
  const old = existing(call, resource, path);
  const merged = merge(old, JSON.parse(call.request.body.toString()) as unknown);
  return replaceObject(call.cluster, resource, path.namespace, path.name, isObject(merged) ? merged : old);
}

function merge(target: unknown, change: unknown): unknown {
  if (!isObject(change)) return change;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function remove(call: Call, resource: Resource, path: ResourcePath): JsonObject {
  const object = deleteObject(call.cluster, resource, path.namespace, path.name);
  if (resource.returnsDeleted === true) return object;
  const group = resource.group === "" ? {} : { group: resource.group };
  const details = { name: path.name, ...group, kind: resource.plural, uid: object.metadata.uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

function removeAll(call: Call, resource: Resource, path: ResourcePath): JsonObject {
  const gone = selected(call, resource, path);
  const before = list(call, resource, path);
  for (const { metadata } of gone) deleteObject(call.cluster, resource, metadata.namespace ?? "", metadata.name);
  return before;
}
