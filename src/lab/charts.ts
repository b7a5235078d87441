import type { Manifest } from "../scenario/index.js";

/** What a product's Helm chart puts into a cluster, as far as its requests to the API server depend on it. */
export interface Chart {
  /** NAMESPACE/NAME of the service account that its controller runs as. */
  readonly account: string;
  readonly manifests: readonly Manifest[];
}

/**
 * Products that run in a cluster, by name.
 * cert-manager's chart lets the controller ask for no tokens: its documentation has the user add a Role for each
 * account. External Secrets' lets it ask for any. (charts/cert-manager, deploy/charts/external-secrets templates/rbac.yaml)
 */
export const CHARTS: Readonly<Record<string, Chart>> = {
  "cert-manager": { account: "cert-manager/cert-manager", manifests: accountManifests("cert-manager", "cert-manager") },
  "external-secrets": {
    account: "external-secrets/external-secrets",
    manifests: [
      ...accountManifests("external-secrets", "external-secrets"),
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "external-secrets-controller" },
        rules: [{ apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] }],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "external-secrets-controller" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "external-secrets-controller" },
        subjects: [{ kind: "ServiceAccount", namespace: "external-secrets", name: "external-secrets" }],
      },
    ],
  },
};

function accountManifests(namespace: string, name: string): Manifest[] {
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } },
  ];
}
