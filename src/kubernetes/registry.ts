import type { Cluster } from "./cluster.js";
import { changeErrors, creationErrors, defaults } from "./validation.js";
import { metadataErrors } from "./metadata-errors.js";
import { managedFields } from "./managed-fields.js";
import {
  at,
  isObject,
  type JsonObject,
  type KubernetesObject,
  mapAt,
  type ObjectMeta,
  ownMetadata,
  textAt,
  timestamp,
} from "./objects.js";
import { groupVersion, type Resource, RESOURCES, resources } from "./resources.js";
import { alreadyExists, conflict, invalid, notFound } from "./status.js";
import { longLivedClaims, secretAccountName } from "./tokens/claims.js";

/**
 * Creates an object, with all that the server and its controllers add to it.
 * @throws ApiError 409 if it is there, 422 if it is invalid
 */
export async function createObject(
  cluster: Cluster,
  resource: Resource,
  namespace: string,
  body: JsonObject,
  manager: string,
): Promise<KubernetesObject> {
  const errors = creationErrors(resource, body);
  const name = textAt(body, "metadata", "name") || generatedName(cluster, textAt(body, "metadata", "generateName"));
  if (errors.length > 0) throw invalid(resource.group, resource.kind, textAt(body, "metadata", "name"), errors);
  if (cluster.objects.get(resource, namespace, name) !== undefined) throw alreadyExists(resource, name);
  const metadata: ObjectMeta = {
    name,
    ...(resource.namespaced && { namespace }),
    ...userMetadata(resource, body, name),
    uid: cluster.ids.uuid(),
    resourceVersion: cluster.objects.nextVersion(),
    creationTimestamp: timestamp(cluster.clock.now()),
  };
  const object = await completed(cluster, resource, {
    kind: resource.kind,
    apiVersion: groupVersion(resource),
    metadata: withManager(cluster, resource, body, metadata, manager),
    ...without(defaults(resource, body), ["kind", "apiVersion", "metadata"]),
  });
  cluster.objects.put(resource, object);
  if (resource === RESOURCES.namespace) await defaultAccount(cluster, name);
  return object;
}

/**
 * Replaces an object, keeping what identifies it.
 * @throws ApiError 404 if it is not there, 409 if `resourceVersion` is not its last
 */
export function replaceObject(
  cluster: Cluster,
  resource: Resource,
  namespace: string,
  name: string,
  body: JsonObject,
): KubernetesObject {
  const old = cluster.objects.get(resource, namespace, name);
  if (old === undefined) throw notFound(resource, name);
  const version = textAt(body, "metadata", "resourceVersion");
  if (version !== "" && version !== old.metadata.resourceVersion) {
    const why = "the object has been modified; please apply your changes to the latest version and try again";
    throw conflict(resource, name, why);
  }
  const { uid, creationTimestamp, managedFields: managed } = old.metadata;
  const metadata: ObjectMeta = {
    name,
    ...(resource.namespaced && { namespace }),
    ...userMetadata(resource, body, name),
    uid,
    creationTimestamp,
    resourceVersion: cluster.objects.nextVersion(),
    ...(managed !== undefined && { managedFields: managed }),
  };
  const kept = old.status === undefined ? {} : { status: old.status };
  const { kind, apiVersion } = old;
  const fields = without(defaults(resource, body), ["kind", "apiVersion", "metadata"]);
  const errors = [...metadataErrors(body.metadata), ...changeErrors(resource, old, fields)];
  if (errors.length > 0) throw invalid(resource.group, resource.kind, name, errors);
  const object: KubernetesObject = { kind, apiVersion, metadata, ...fields, ...kept };
  cluster.objects.put(resource, object);
  return object;
}

/**
 * Deletes an object at once, and with a namespace all that is in it; Secrets of a service account's tokens go with it.
 * @throws ApiError 404
 */
export function deleteObject(cluster: Cluster, resource: Resource, namespace: string, name: string): KubernetesObject {
  const object = cluster.objects.get(resource, namespace, name);
  if (object === undefined) throw notFound(resource, name);
  cluster.objects.delete(resource, namespace, name);
  for (const [kind, dependent] of dependents(cluster, resource, object)) {
    cluster.objects.delete(kind, dependent.metadata.namespace ?? "", dependent.metadata.name);
  }
  return object;
}

function dependents(
  cluster: Cluster,
  resource: Resource,
  object: KubernetesObject,
): readonly (readonly [Resource, KubernetesObject])[] {
  const { name, namespace } = object.metadata;
  if (resource === RESOURCES.namespace) {
    const kinds = resources().filter((kind) => kind.namespaced);
    return kinds.flatMap((kind) => cluster.objects.list(kind, name).map((item) => [kind, item] as const));
  }
  if (resource !== RESOURCES.serviceAccount) return [];
  const secrets = cluster.objects.list(RESOURCES.secret, namespace);
  return secrets
    .filter((secret) => isTokenSecret(secret) && secretAccountName(secret) === name)
    .map((s) => [RESOURCES.secret, s]);
}

function userMetadata(resource: Resource, body: JsonObject, name: string): JsonObject {
  const kept = without(ownMetadata(body), ["name", "namespace"]);
  if (resource !== RESOURCES.namespace) return kept;
  return { ...kept, labels: { ...mapAt(body, "metadata", "labels"), "kubernetes.io/metadata.name": name } };
}

/** Managed fields count what the client sent and the defaults of the kind, not what admission and controllers add. */
function withManager(
  cluster: Cluster,
  resource: Resource,
  body: JsonObject,
  metadata: ObjectMeta,
  manager: string,
): ObjectMeta {
  const object: Record<string, unknown> = { ...defaults(resource, body) };
  delete object.status;
  if (resource === RESOURCES.namespace) delete object.spec;
  const spec = at(object, "spec");
  if (resource === RESOURCES.pod && isObject(spec) && textAt(body, "spec", "serviceAccountName") === "") {
    object.spec = without(spec, ["serviceAccount", "serviceAccountName"]);
  }
  const managed = managedFields(
    { ...object, metadata },
    { manager, apiVersion: groupVersion(resource), time: timestamp(cluster.clock.now()) },
  );
  return managed.length === 0 ? metadata : { ...metadata, managedFields: managed };
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

const NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

function generatedName(cluster: Cluster, prefix: string): string {
  const letters = Array.from({ length: 5 }, () => NAME_LETTERS.charAt(cluster.ids.seed.int(NAME_LETTERS.length)));
  return prefix + letters.join("");
}

function isTokenSecret(object: KubernetesObject): boolean {
  return object.type === "kubernetes.io/service-account-token";
}

/** The token controller's work: a long-lived token for each Secret of that type. (pkg/controller/serviceaccount) */
async function completed(cluster: Cluster, resource: Resource, object: KubernetesObject): Promise<KubernetesObject> {
  if (resource !== RESOURCES.secret || !isTokenSecret(object)) return object;
  const { namespace = "", annotations } = object.metadata;
  const account = cluster.objects.get(RESOURCES.serviceAccount, namespace, secretAccountName(object));
  if (account === undefined) return object;
  const token = (await cluster.signingKey()).sign(longLivedClaims(account, object));
  const data = {
    ...(cluster.ca !== undefined && { "ca.crt": base64(cluster.ca) }),
    namespace: base64(namespace),
    token: base64(token),
    ...mapAt(object, "data"),
  };
  const marked = { ...annotations, "kubernetes.io/service-account.uid": account.metadata.uid };
  return { ...object, metadata: { ...object.metadata, annotations: marked }, data };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

async function defaultAccount(cluster: Cluster, namespace: string): Promise<void> {
  await createObject(cluster, RESOURCES.serviceAccount, namespace, { metadata: { name: "default" } }, "");
}
