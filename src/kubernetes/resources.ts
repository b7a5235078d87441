/** A kind that the fake serves. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  /** `stored`: kept and listed; `review`: can only be created and answers at once. */
  readonly mode: "stored" | "review";
  /** Is there no way to delete all of them with one request? */
  readonly keepsCollection?: boolean;
  /** Does a deletion answer with the object instead of a Status? (registry stores with ReturnDeletedObject) */
  readonly returnsDeleted?: boolean;
}

const CORE = { group: "", version: "v1", mode: "stored" } as const;
const RBAC = { group: "rbac.authorization.k8s.io", version: "v1", mode: "stored" } as const;
const AUTHENTICATION = { group: "authentication.k8s.io", version: "v1", namespaced: false, mode: "review" } as const;
const AUTHORIZATION = { group: "authorization.k8s.io", version: "v1", mode: "review" } as const;

export const RESOURCES = {
  configMap: { ...CORE, plural: "configmaps", kind: "ConfigMap", namespaced: true, shortNames: ["cm"] },
  namespace: {
    ...CORE,
    plural: "namespaces",
    kind: "Namespace",
    namespaced: false,
    shortNames: ["ns"],
    keepsCollection: true,
    returnsDeleted: true,
  },
  node: { ...CORE, plural: "nodes", kind: "Node", namespaced: false, shortNames: ["no"] },
  pod: { ...CORE, plural: "pods", kind: "Pod", namespaced: true, shortNames: ["po"], returnsDeleted: true },
  secret: { ...CORE, plural: "secrets", kind: "Secret", namespaced: true },
  service: {
    ...CORE,
    plural: "services",
    kind: "Service",
    namespaced: true,
    shortNames: ["svc"],
    returnsDeleted: true,
  },
  serviceAccount: {
    ...CORE,
    plural: "serviceaccounts",
    kind: "ServiceAccount",
    namespaced: true,
    shortNames: ["sa"],
    returnsDeleted: true,
  },
  clusterRoleBinding: { ...RBAC, plural: "clusterrolebindings", kind: "ClusterRoleBinding", namespaced: false },
  clusterRole: { ...RBAC, plural: "clusterroles", kind: "ClusterRole", namespaced: false },
  roleBinding: { ...RBAC, plural: "rolebindings", kind: "RoleBinding", namespaced: true },
  role: { ...RBAC, plural: "roles", kind: "Role", namespaced: true },
  selfSubjectReview: { ...AUTHENTICATION, plural: "selfsubjectreviews", kind: "SelfSubjectReview" },
  tokenReview: { ...AUTHENTICATION, plural: "tokenreviews", kind: "TokenReview" },
  localSubjectAccessReview: {
    ...AUTHORIZATION,
    plural: "localsubjectaccessreviews",
    kind: "LocalSubjectAccessReview",
    namespaced: true,
  },
  selfSubjectAccessReview: {
    ...AUTHORIZATION,
    plural: "selfsubjectaccessreviews",
    kind: "SelfSubjectAccessReview",
    namespaced: false,
  },
  selfSubjectRulesReview: {
    ...AUTHORIZATION,
    plural: "selfsubjectrulesreviews",
    kind: "SelfSubjectRulesReview",
    namespaced: false,
  },
  subjectAccessReview: {
    ...AUTHORIZATION,
    plural: "subjectaccessreviews",
    kind: "SubjectAccessReview",
    namespaced: false,
  },
} as const satisfies Record<string, Resource>;

const ALL: readonly Resource[] = Object.values(RESOURCES);
const BY_PATH = new Map(ALL.map((resource) => [`${resource.group}/${resource.version}/${resource.plural}`, resource]));

export function resources(): readonly Resource[] {
  return ALL;
}

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return BY_PATH.get(`${group}/${version}/${plural}`);
}

/** `v1`, `rbac.authorization.k8s.io/v1`. */
export function groupVersion(of: { readonly group: string; readonly version: string }): string {
  return of.group === "" ? of.version : `${of.group}/${of.version}`;
}

/** The API groups of a default 1.34 server. The router answers unknown paths below them with a Status, others in plain text. */
export const SERVED_GROUPS: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);

/**
 * Kinds that a real server knows how to decode, by group/version, beyond those of `RESOURCES`: they decide between
 * "unknown conversion" and "no kind … is registered" when a body has the wrong kind.
 */
const OTHER_KINDS: Readonly<Record<string, readonly string[]>> = {
  v1: [
    "Binding",
    "DeleteOptions",
    "Endpoints",
    "Event",
    "LimitRange",
    "List",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodTemplate",
    "ReplicationController",
    "ResourceQuota",
    "Status",
  ],
  "apps/v1": ["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"],
  "authentication.k8s.io/v1": ["TokenRequest"],
  "authentication.k8s.io/v1alpha1": ["SelfSubjectReview"],
  "authentication.k8s.io/v1beta1": ["SelfSubjectReview", "TokenReview"],
  "authorization.k8s.io/v1": ["SelfSubjectRulesReview"],
  "batch/v1": ["CronJob", "Job"],
  "networking.k8s.io/v1": ["Ingress", "IngressClass", "NetworkPolicy"],
  "rbac.authorization.k8s.io/v1beta1": ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
  "storage.k8s.io/v1": ["CSIDriver", "StorageClass"],
};

export function isRegisteredKind(apiVersion: string, kind: string): boolean {
  return (
    ALL.some((resource) => groupVersion(resource) === apiVersion && resource.kind === kind) ||
    (OTHER_KINDS[apiVersion]?.includes(kind) ?? false)
  );
}
