/** A kubeconfig for one cluster and one user with a bearer token, as YAML. */
export function kubeconfigText(url: string, caPem: string | undefined, token: string): string {
  const ca = caPem === undefined ? "" : `\n    certificate-authority-data: ${Buffer.from(caPem).toString("base64")}`;
  return `apiVersion: v1
kind: Config
clusters:
- name: mistrust
  cluster:
    server: ${url}${ca}
users:
- name: admin
  user:
    token: ${token}
contexts:
- name: mistrust
  context:
    cluster: mistrust
    user: admin
current-context: mistrust
`;
}
