import { MistrustError, nearest } from "../runtime/index.js";
import type { Cluster } from "./cluster.js";
import { isObject, type JsonObject, type KubernetesObject, textAt } from "./objects.js";
import { createObject, deleteObject, replaceObject } from "./registry.js";
import { groupVersion, type Resource, RESOURCES, resources } from "./resources.js";
import { ApiError } from "./status.js";

/** Where a manifest comes from, for error texts. */
export interface ManifestSource {
  /** The manifest's name in the scenario. */
  readonly key?: string;
}

const FIELD_MANAGER = "mistrust";

/**
 * What `kubectl apply` would do: creates the object or replaces it. A namespace that is missing is made on the way.
 * @throws MISTRUST_MANIFEST_UNKNOWN_KIND, MISTRUST_MANIFEST_INVALID
 */
export async function applyManifest(
  cluster: Cluster,
  manifest: unknown,
  source: ManifestSource,
): Promise<KubernetesObject> {
  const { resource, namespace, name, object } = readManifest(manifest, source);
  try {
    if (resource.namespaced && cluster.objects.get(RESOURCES.namespace, "", namespace) === undefined) {
      await createObject(cluster, RESOURCES.namespace, "", { metadata: { name: namespace } }, FIELD_MANAGER);
    }
    if (cluster.objects.get(resource, namespace, name) !== undefined) {
      return replaceObject(cluster, resource, namespace, name, object);
    }
    return await createObject(cluster, resource, namespace, object, FIELD_MANAGER);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new MistrustError("MISTRUST_MANIFEST_INVALID", `${title(source, object)}: ${error.message}`, {
      cause: error,
    });
  }
}

/**
 * What `kubectl delete` would do; an object that is not there is no error.
 * @throws MISTRUST_MANIFEST_UNKNOWN_KIND, MISTRUST_MANIFEST_INVALID
 */
export function removeManifest(cluster: Cluster, manifest: unknown, source: ManifestSource): boolean {
  const { resource, namespace, name } = readManifest(manifest, source);
  if (cluster.objects.get(resource, namespace, name) === undefined) return false;
  deleteObject(cluster, resource, namespace, name);
  return true;
}

/** The kinds that `applyManifest` takes. */
export function knownKinds(): readonly string[] {
  return stored().map((resource) => resource.kind);
}

function stored(): readonly Resource[] {
  return resources().filter((resource) => resource.mode === "stored");
}

interface ReadManifest {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
}

function readManifest(manifest: unknown, source: ManifestSource): ReadManifest {
  if (!isObject(manifest)) throw new MistrustError("MISTRUST_MANIFEST_INVALID", `${title(source, {})} is no object`);
  const kind = textAt(manifest, "kind");
  const resource = stored().find((candidate) => candidate.kind === kind);
  if (resource === undefined) {
    const guess = nearest(kind, knownKinds());
    throw new MistrustError(
      "MISTRUST_MANIFEST_UNKNOWN_KIND",
      `${title(source, manifest)} has the kind ${JSON.stringify(kind)}, which the fake API server does not know; ` +
        `it knows ${knownKinds().join(", ")}`,
      guess === undefined ? {} : { remedy: `did you mean ${guess}?` },
    );
  }
  const apiVersion = textAt(manifest, "apiVersion");
  if (apiVersion !== groupVersion(resource)) {
    const text = `${title(source, manifest)} has the apiVersion ${JSON.stringify(apiVersion)}`;
    throw new MistrustError("MISTRUST_MANIFEST_INVALID", text, { remedy: `a ${kind} is of ${groupVersion(resource)}` });
  }
  const name = textAt(manifest, "metadata", "name");
  if (name === "")
    throw new MistrustError("MISTRUST_MANIFEST_INVALID", `${title(source, manifest)} has no metadata.name`);
  const namespace = resource.namespaced ? textAt(manifest, "metadata", "namespace") || "default" : "";
  return { resource, namespace, name, object: manifest };
}

function title(source: ManifestSource, manifest: JsonObject): string {
  if (source.key !== undefined) return `manifest "${source.key}"`;
  const name = textAt(manifest, "metadata", "name");
  return name === "" ? "the manifest" : `the manifest of "${name}"`;
}
