import { BOOTSTRAP_ROLES } from "./access/bootstrap-roles.js";
import type { Cluster } from "./cluster.js";
import { type JsonObject, type KubernetesObject, timestamp } from "./objects.js";
import { groupVersion, type Resource, RESOURCES } from "./resources.js";

const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** What a cluster has from its first moment: namespaces with their default accounts, roles and bindings. */
export function bootstrap(cluster: Cluster): void {
  for (const name of NAMESPACES) {
    const labels = { "kubernetes.io/metadata.name": name };
    put(
      cluster,
      RESOURCES.namespace,
      { name, labels },
      { spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } },
    );
    put(cluster, RESOURCES.serviceAccount, { name: "default", namespace: name }, {});
  }
  const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
  const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "true" };
  for (const [name, role] of Object.entries(BOOTSTRAP_ROLES)) {
    put(cluster, RESOURCES.clusterRole, { name, labels, annotations }, { rules: role.rules });
    if (role.groups === undefined) continue;
    const subjects = role.groups.map((group) => ({ kind: "Group", apiGroup: RESOURCES.role.group, name: group }));
    const roleRef = { apiGroup: RESOURCES.role.group, kind: "ClusterRole", name };
    put(cluster, RESOURCES.clusterRoleBinding, { name, labels, annotations }, { roleRef, subjects });
  }
}

function put(
  cluster: Cluster,
  resource: Resource,
  metadata: { readonly name: string } & JsonObject,
  fields: JsonObject,
): void {
  const object: KubernetesObject = {
    kind: resource.kind,
    apiVersion: groupVersion(resource),
    metadata: {
      ...metadata,
      uid: cluster.ids.uuid(),
      resourceVersion: cluster.objects.nextVersion(),
      creationTimestamp: timestamp(cluster.clock.now()),
    },
    ...fields,
  };
  cluster.objects.put(resource, object);
}
