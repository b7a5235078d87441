/** A rule of a Role or ClusterRole. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface BootstrapRole {
  readonly rules: readonly PolicyRule[];
  /** Groups that a ClusterRoleBinding of the same name gives it to. */
  readonly groups?: readonly string[];
}

const HEALTH = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
const CORE_READ = ["configmaps", "namespaces", "pods", "serviceaccounts", "services"];
const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];

/**
 * The ClusterRoles that a fresh API server makes, as far as they matter here; `admin`, `edit` and `view` only for the
 * kinds that the fake has. (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go)
 */
export const BOOTSTRAP_ROLES: Readonly<Record<string, BootstrapRole>> = {
  "cluster-admin": {
    rules: [
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
      { verbs: ["*"], nonResourceURLs: ["*"] },
    ],
    groups: ["system:masters"],
  },
  "system:discovery": {
    rules: [
      { verbs: ["get"], nonResourceURLs: [...HEALTH, "/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"] },
    ],
    groups: ["system:authenticated"],
  },
  "system:public-info-viewer": {
    rules: [{ verbs: ["get"], nonResourceURLs: HEALTH }],
    groups: ["system:authenticated", "system:unauthenticated"],
  },
  "system:basic-user": {
    rules: [
      {
        verbs: ["create"],
        apiGroups: ["authorization.k8s.io"],
        resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
      },
      { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
    ],
    groups: ["system:authenticated"],
  },
  "system:service-account-issuer-discovery": {
    rules: [
      {
        verbs: ["get"],
        nonResourceURLs: [
          "/.well-known/openid-configuration",
          "/.well-known/openid-configuration/",
          "/openid/v1/jwks",
          "/openid/v1/jwks/",
        ],
      },
    ],
    groups: ["system:serviceaccounts"],
  },
  "system:monitoring": {
    rules: [
      {
        verbs: ["get"],
        nonResourceURLs: [
          "/healthz",
          "/healthz/*",
          "/livez",
          "/livez/*",
          "/metrics",
          "/metrics/slis",
          "/readyz",
          "/readyz/*",
        ],
      },
    ],
    groups: ["system:monitoring"],
  },
  "system:auth-delegator": {
    rules: [
      { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"] },
      { verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"] },
    ],
  },
  view: { rules: [{ verbs: READ, apiGroups: [""], resources: CORE_READ }] },
  edit: {
    rules: [
      { verbs: READ, apiGroups: [""], resources: [...CORE_READ, "secrets"] },
      { verbs: WRITE, apiGroups: [""], resources: ["configmaps", "pods", "secrets", "serviceaccounts", "services"] },
      { verbs: ["create"], apiGroups: [""], resources: ["serviceaccounts/token"] },
      { verbs: ["impersonate"], apiGroups: [""], resources: ["serviceaccounts"] },
    ],
  },
  admin: {
    rules: [
      { verbs: READ, apiGroups: [""], resources: [...CORE_READ, "secrets"] },
      { verbs: WRITE, apiGroups: [""], resources: ["configmaps", "pods", "secrets", "serviceaccounts", "services"] },
      { verbs: ["create"], apiGroups: [""], resources: ["serviceaccounts/token"] },
      { verbs: ["impersonate"], apiGroups: [""], resources: ["serviceaccounts"] },
      { verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: ["localsubjectaccessreviews"] },
      { verbs: [...READ, ...WRITE], apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings", "roles"] },
    ],
  },
};
