import type { KubernetesObject } from "./objects.js";
import type { Resource } from "./resources.js";

/** The objects of a cluster, in memory. */
export class ObjectStore {
  readonly #kinds = new Map<string, Map<string, KubernetesObject>>();
  #revision = 0;

  /** Rises with every change; what is computed from objects can be kept until it does. */
  get revision(): number {
    return this.#revision;
  }

  /** The resourceVersion that the next stored object gets. */
  nextVersion(): string {
    return String(this.#revision + 1);
  }

  get(resource: Resource, namespace: string, name: string): KubernetesObject | undefined {
    return this.#kinds.get(resource.plural)?.get(key(resource, namespace, name));
  }

  /** Objects in order of their names; of all namespaces if `namespace` is empty. */
  list(resource: Resource, namespace = ""): KubernetesObject[] {
    const all = [...(this.#kinds.get(resource.plural)?.entries() ?? [])];
    return all
      .filter(([, object]) => namespace === "" || object.metadata.namespace === namespace)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  put(resource: Resource, object: KubernetesObject): void {
    this.#revision++;
    const kind = this.#kinds.get(resource.plural) ?? new Map<string, KubernetesObject>();
    this.#kinds.set(resource.plural, kind);
    kind.set(key(resource, object.metadata.namespace ?? "", object.metadata.name), object);
  }

  delete(resource: Resource, namespace: string, name: string): void {
    this.#revision++;
    this.#kinds.get(resource.plural)?.delete(key(resource, namespace, name));
  }
}

function key(resource: Resource, namespace: string, name: string): string {
  return resource.namespaced ? `${namespace}/${name}` : name;
}
