import type { Scenario } from "../../../src/scenario/index.js";

/** A Vault that asks a Kubernetes API about logins, with one role that fits the account and one that does not. */
const WORLD: Scenario["world"] = {
  kubernetes: {
    apply: {
      app: { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace: "default", name: "app" } },
      reviewer: {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "review" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
        subjects: [{ kind: "ServiceAccount", namespace: "default", name: "app" }],
      },
    },
  },
  vault: {
    version: "1.21.1",
    write: {
      "sys/policies/acl/app": {
        policy: `path "secret/data/app" { capabilities = ["create", "update", "read"] }
                 path "secret/data/nosuch" { capabilities = ["read"] }
                 path "secret/metadata/" { capabilities = ["list"] }`,
      },
      "sys/auth/kubernetes": { type: "kubernetes" },
      "auth/kubernetes/config": {
        kubernetes_host: "{{kubernetes.url}}",
        kubernetes_ca_cert: "{{kubernetes.ca}}",
        disable_local_ca_jwt: true,
      },
      "auth/kubernetes/role/app": {
        bound_service_account_names: ["app"],
        bound_service_account_namespaces: ["default"],
        token_policies: ["app"],
      },
      "auth/kubernetes/role/elsewhere": {
        bound_service_account_names: ["app"],
        bound_service_account_namespaces: ["default"],
        audience: "somewhere-else",
      },
    },
  },
};
export const HEALTHY_VAULT: Scenario = {
  id: "test/vault-libraries",
  title: "A healthy Vault",
  summary: "For programs with the usual client libraries.",
  sources: [{ url: "https://developer.hashicorp.com/vault/api-docs/libraries", says: "the libraries" }],
  affects: [],
  tags: [],
  world: WORLD,
  expect: { outcome: "success" },
  variants: [],
};
