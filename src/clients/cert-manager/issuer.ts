import { MistrustError } from "../../runtime/index.js";
import { byteFieldError, type Cluster, namespaceOf } from "../cluster.js";
import { Fields } from "../fields.js";

/** Where a ClusterIssuer's Secrets and service accounts are looked for (--cluster-resource-namespace). */
const CLUSTER_RESOURCE_NAMESPACE = "cert-manager";

/** An Issuer or ClusterIssuer that uses Vault. */
export interface VaultIssuer {
  readonly kind: string;
  readonly name: string;
  /** Empty for a ClusterIssuer. */
  readonly namespace: string;
  /** Where its Secrets and service accounts are. */
  readonly resourceNamespace: string;
  /** spec.vault */
  readonly vault: Fields;
  readonly manifest: Fields;
}

/** The first issuer among the manifests. @throws MISTRUST_MANIFEST_INVALID if there is none for Vault */
export function findIssuer(cluster: Cluster): VaultIssuer {
  const manifest = [...cluster.all("Issuer"), ...cluster.all("ClusterIssuer")].find(
    (one) => one.at("spec", "vault").exists,
  );
  if (manifest === undefined) {
    throw new MistrustError(
      "MISTRUST_MANIFEST_INVALID",
      "there is no Issuer or ClusterIssuer with spec.vault among the client's manifests",
      {
        remedy: "add one under client.manifests",
      },
    );
  }
  const kind = manifest.at("kind").text;
  const namespace = kind === "Issuer" ? namespaceOf(manifest) : "";
  return {
    kind,
    name: manifest.at("metadata", "name").text,
    namespace,
    resourceNamespace: namespace || CLUSTER_RESOURCE_NAMESPACE,
    vault: manifest.at("spec", "vault"),
    manifest,
  };
}

/** What the API server says of an issuer that it does not take; nothing if it does. */
export function refusedByApiServer(
  { manifest, vault, kind, name }: VaultIssuer,
  secretRefRequired: boolean,
): string | undefined {
  const kubernetes = vault.at("auth", "kubernetes");
  const missing = ["role", ...(secretRefRequired ? ["secretRef"] : [])].find(
    (key) => kubernetes.exists && !kubernetes.at(key).exists,
  );
  if (missing !== undefined) {
    return `${kind}.cert-manager.io "${name}" is invalid: spec.vault.auth.kubernetes.${missing}: Required value`;
  }
  return byteFieldError(manifest, "cert-manager.io", "spec.vault.caBundle");
}

interface Rule {
  readonly broken: (vault: Fields) => boolean;
  readonly says: string;
}

type Method = "tokenSecretRef" | "appRole" | "clientCertificate" | "kubernetes" | "aws";

/** Which of the auth methods that the release knows are set. */
export function methodsSet(vault: Fields, known: readonly Method[]): readonly Method[] {
  return known.filter((method) => vault.at("auth", method).exists);
}

/**
 * The checks of pkg/issuer/vault/setup.go in their order, as far as the CRD lets them be broken.
 * @returns the condition's message for the first one that fails
 */
export function setupError(
  vault: Fields,
  known: readonly Method[],
  quirks: { readonly serviceAccountRef: boolean; readonly appRoleKey: boolean },
): string | undefined {
  const empty = (...path: readonly string[]): boolean => vault.at(...path).text === "";
  const has = (...path: readonly string[]): boolean => vault.at(...path).exists;
  const rules: readonly Rule[] = [
    { broken: () => empty("server") || empty("path"), says: "Vault server and path are required fields" },
    { broken: () => methodsSet(vault, known).length === 0, says: `Vault ${required(known)} is required` },
    {
      broken: () => methodsSet(vault, known).length > 1,
      says: "Multiple auth methods cannot be set on the same Vault issuer",
    },
    {
      broken: () => has("auth", "tokenSecretRef") && empty("auth", "tokenSecretRef", "name"),
      says: "Vault Token auth requires tokenSecretRef.name",
    },
    {
      broken: () =>
        has("auth", "appRole") && (empty("auth", "appRole", "roleId") || empty("auth", "appRole", "secretRef", "name")),
      says: "Vault AppRole auth requires both roleId and tokenSecretRef.name",
    },
    {
      broken: () => quirks.appRoleKey && has("auth", "appRole") && empty("auth", "appRole", "secretRef", "key"),
      says: "Vault AppRole auth requires secretRef.key",
    },
    ...(quirks.serviceAccountRef ? KUBERNETES_RULES : OLD_KUBERNETES_RULES),
  ];
  return rules.find(({ broken }) => broken(vault))?.says;
}

const KUBERNETES_RULES: readonly Rule[] = [
  {
    broken: (vault) => kubernetes(vault).exists && kubernetes(vault).at("role").text === "",
    says: "Vault Kubernetes auth requires a role to be set",
  },
  {
    broken: (vault) =>
      kubernetes(vault).exists && !hasSecretRef(vault) && !kubernetes(vault).at("serviceAccountRef").exists,
    says: "Vault Kubernetes auth requires either secretRef.name or serviceAccountRef.name to be set",
  },
  {
    broken: (vault) => hasSecretRef(vault) && kubernetes(vault).at("serviceAccountRef").exists,
    says: "Vault Kubernetes auth cannot be used with both secretRef.name and serviceAccountRef.name",
  },
];

const OLD_KUBERNETES_RULES: readonly Rule[] = [
  {
    broken: (vault) => kubernetes(vault).exists && (!hasSecretRef(vault) || kubernetes(vault).at("role").text === ""),
    says: "Vault Kubernetes auth requires both role and secretRef.name",
  },
];

function kubernetes(vault: Fields): Fields {
  return vault.at("auth", "kubernetes");
}

function hasSecretRef(vault: Fields): boolean {
  return kubernetes(vault).at("secretRef", "name").text !== "";
}

/** The names as the release's message lists them: `tokenSecretRef, appRole, or kubernetes`. */
function required(known: readonly Method[]): string {
  return `${known.slice(0, -1).join(", ")}, or ${known.at(-1) ?? ""}`;
}
