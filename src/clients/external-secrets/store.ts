import { MistrustError } from "../../runtime/index.js";
import { type Cluster, namespaceOf } from "../cluster.js";
import type { Fields } from "../fields.js";

/** A SecretStore or ClusterSecretStore that uses Vault. */
export interface VaultStore {
  readonly kind: "SecretStore" | "ClusterSecretStore";
  readonly name: string;
  /** Empty for a ClusterSecretStore. */
  readonly namespace: string;
  /** spec.provider.vault */
  readonly vault: Fields;
  readonly manifest: Fields;
}

/** The first store among the manifests. @throws MISTRUST_MANIFEST_INVALID if there is none for Vault */
export function findStore(cluster: Cluster): VaultStore {
  for (const kind of ["SecretStore", "ClusterSecretStore"] as const) {
    const manifest = cluster.all(kind).find((one) => one.at("spec", "provider", "vault").exists);
    if (manifest === undefined) continue;
    return {
      kind,
      name: manifest.at("metadata", "name").text,
      namespace: kind === "SecretStore" ? namespaceOf(manifest) : "",
      vault: manifest.at("spec", "provider", "vault"),
      manifest,
    };
  }
  throw new MistrustError(
    "MISTRUST_MANIFEST_INVALID",
    "there is no SecretStore or ClusterSecretStore with spec.provider.vault among the client's manifests",
    {
      remedy: "add one under client.manifests",
    },
  );
}

/** References whose namespace decides, when it is missing, that a ClusterSecretStore works in its users' namespaces. */
const REFERENCES = [
  ["tokenSecretRef"],
  ["appRole", "secretRef"],
  ["kubernetes", "secretRef"],
  ["kubernetes", "serviceAccountRef"],
  ["ldap", "secretRef"],
  ["userPass", "secretRef"],
  ["jwt", "secretRef"],
  ["jwt", "kubernetesServiceAccountToken", "serviceAccountRef"],
  ["cert", "secretRef"],
] as const;

/** Such a store cannot be validated on its own and is always ready. (provider isReferentSpec) */
export function isReferent({ kind, vault }: VaultStore): boolean {
  if (kind !== "ClusterSecretStore") return false;
  return REFERENCES.some((path) => {
    const reference = vault.at("auth", ...path);
    return reference.exists && !reference.at("namespace").exists;
  });
}
