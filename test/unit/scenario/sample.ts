/** Parts of the sample, in YAML's flow style, that a test sets. Whatever is set, lines stay where they are. */
export interface SampleParts {
  readonly vault?: string;
  readonly role?: string;
  readonly version?: string;
  readonly client?: string;
  readonly kubernetesAuth?: string;
  readonly expect?: string;
  readonly variants?: string;
}

/** A small scenario in which everything is right but for what the parts bring. Variants start in line 30. */
export function scenarioWith(parts: SampleParts = {}): string {
  return `id: cert-manager/sample
title: A sample
summary: For tests.
sources: [{url: "https://github.com/cert-manager/cert-manager/issues/6150"}]
world:
  vault:
    ${parts.vault ?? "version: 1.15.6"}
    write:
      sys/auth/kubernetes: {type: kubernetes}
      auth/kubernetes/role/app: {bound_service_account_names: app, ${parts.role ?? "audience: vault"}}
  kubernetes: {}
client:
  product: cert-manager
  version: ${parts.version ?? "1.14.4"}
  ${parts.client ?? ""}
  manifests:
    issuer:
      apiVersion: cert-manager.io/v1
      kind: Issuer
      metadata: {namespace: sandbox, name: app}
      spec:
        vault:
          path: pki/sign/app
          auth: {kubernetes: {role: app, mountPath: /v1/auth/kubernetes, secretRef: {name: app}, ${parts.kubernetesAuth ?? ""}}}
          server: "{{vault.url}}"
expect:
  outcome: failure
  ${parts.expect ?? ""}
variants:
${parts.variants ?? "  []"}
`;
}
