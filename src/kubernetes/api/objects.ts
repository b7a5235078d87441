import { fieldManager } from "../managed-fields.js";
import { type JsonObject, type KubernetesObject, textAt } from "../objects.js";
import { createObject, deleteObject, replaceObject } from "../registry.js";
import type { ResourcePath } from "../request-info.js";
import { groupVersion, type Resource, RESOURCES } from "../resources.js";
import {
  badRequest,
  conflict,
  forbidden,
  invalid,
  methodNotAllowed,
  notFound,
  otherNamespace,
  requiredValue,
} from "../status.js";
import { type Answer, type Call, readDeleteOptions, readObject } from "./call.js";
import { limitOf } from "./options.js";
import { patch, patchKind } from "./patch.js";
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
      return await patched(call, resource, path);
    case "delete":
      return { status: 200, object: await remove(call, resource, path) };
    case "deletecollection":
      if (resource.keepsCollection === true) throw methodNotAllowed();
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
  const limit = limitOf(call.info);
  const from = Number(Buffer.from(call.info.query.get("continue") ?? "", "base64").toString() || 0);
  const all = selected(call, resource, path).slice(from);
  const items = limit === 0 ? all : all.slice(0, limit);
  const left = all.length - items.length;
  const more = { continue: Buffer.from(String(from + items.length)).toString("base64"), remainingItemCount: left };
  return {
    kind: `${resource.kind}List`,
    apiVersion: groupVersion(resource),
    metadata: { resourceVersion: String(call.cluster.objects.revision), ...(left > 0 && more) },
    items: items.map(asItem),
  };
}

/** Items of a list do not repeat its kind. */
function asItem(object: KubernetesObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== "kind" && name !== "apiVersion"));
}

async function create(call: Call, resource: Resource, path: ResourcePath): Promise<JsonObject> {
  const { cluster, info, request } = call;
  if (path.name !== "" || (resource.namespaced && path.namespace === "")) throw methodNotAllowed();
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
    throw named === "" ? badRequest("name must be provided") : otherName(named, path.name);
  }
  return replaceObject(call.cluster, resource, path.namespace, path.name, object);
}

function otherName(named: string, name: string): Error {
  return badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`);
}

/** A patch of the kind that the content type says; only an applied object may be new. */
async function patched(call: Call, resource: Resource, path: ResourcePath): Promise<Answer> {
  const { cluster, info, request } = call;
  const kind = patchKind(request.headers["content-type"]);
  const manager = info.query.get("fieldManager") ?? "";
  if (kind === "apply" && manager === "") {
    throw invalid("meta.k8s.io", "PatchOptions", "", [requiredValue("fieldManager", "is required for apply patch")]);
  }
  const old = cluster.objects.get(resource, path.namespace, path.name);
  if (old === undefined && kind === "apply") {
    const object = await patch(kind, {}, request.body);
    return { status: 201, object: await createObject(cluster, resource, path.namespace, object, manager) };
  }
  const object = await patch(kind, existing(call, resource, path), request.body);
  const named = textAt(object, "metadata", "name");
  if (named !== path.name) throw otherName(named, path.name);
  return { status: 200, object: replaceObject(cluster, resource, path.namespace, path.name, object) };
}

/** (plugin/pkg/admission/namespace/lifecycle) */
const IMMORTAL: ReadonlySet<string> = new Set(["default", "kube-public", "kube-system"]);

async function remove(call: Call, resource: Resource, path: ResourcePath): Promise<JsonObject> {
  const { uid } = existing(call, resource, path).metadata;
  const wanted = textAt(await readDeleteOptions(call), "preconditions", "uid");
  if (wanted !== "" && wanted !== uid) {
    const record = `the UID in record (${uid}). The object might have been deleted and then recreated`;
    const why = `the UID in the precondition (${wanted}) does not match ${record}`;
    throw conflict({ group: resource.group, plural: resource.kind }, path.name, why);
  }
  if (resource === RESOURCES.namespace && IMMORTAL.has(path.name)) {
    throw forbidden(resource, path.name, "this namespace may not be deleted");
  }
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
