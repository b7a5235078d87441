/** Where a pod finds its own service account's CA and token. */
export const LOCAL_CA_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
export const LOCAL_TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Go's words for a file that is not there. A fake is in no pod unless its lab says so, wherever it runs. */
export function noSuchFile(path: string): string {
  return `open ${path}: no such file or directory`;
}
