import { goQuote, MistrustError } from "../../runtime/index.js";
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

/** Whether a `secretStoreRef` names this store. */
export function isStoreOf(ref: Fields, { kind, name }: VaultStore): boolean {
  return ref.at("name").text === name && (ref.at("kind").text || "SecretStore") === kind;
}

/** What is said of a `secretStoreRef` that names no store; nothing if it names this one. */
export function missingStore(ref: Fields, store: VaultStore): string | undefined {
  if (isStoreOf(ref, store)) return undefined;
  const kind = ref.at("kind").text || "SecretStore";
  const name = goQuote(ref.at("name").text);
  return `could not get ${kind} ${name}, ${kind}.external-secrets.io ${name} not found`;
}

/** Why a ClusterSecretStore's `conditions` keep a namespace out; nothing if they do not. (client_manager.go) */
export function refusedNamespace({ kind, name, manifest }: VaultStore, namespace: Fields): string | undefined {
  const conditions = manifest.at("spec", "conditions").list;
  if (kind !== "ClusterSecretStore" || conditions.length === 0) return undefined;
  const own = namespace.at("metadata", "name").text;
  const labels = new Map(namespace.at("metadata", "labels").entries.map(([key, { text }]) => [key, text]));
  labels.set("kubernetes.io/metadata.name", own);
  const allows = (condition: Fields): boolean =>
    condition.at("namespaces").texts.includes(own) ||
    condition.at("namespaceRegexes").texts.some((pattern) => new RegExp(pattern).test(own)) ||
    (condition.at("namespaceSelector").exists && selects(condition.at("namespaceSelector"), labels));
  if (conditions.some(allows)) return undefined;
  return `using cluster store ${goQuote(name)} is not allowed from namespace ${goQuote(own)}: denied by spec.condition`;
}

/** A LabelSelector over an object's labels. */
function selects(selector: Fields, labels: ReadonlyMap<string, string>): boolean {
  const isEqual = selector.at("matchLabels").entries.every(([key, { text }]) => labels.get(key) === text);
  return isEqual && selector.at("matchExpressions").list.every((expression) => matches(expression, labels));
}

function matches(expression: Fields, labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(expression.at("key").text);
  const values = expression.at("values").texts;
  switch (expression.at("operator").text) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    default:
      return value === undefined;
  }
}

/** Such a store cannot be validated on its own and is always ready. (provider isReferentSpec) */
export function isReferent({ kind, vault }: VaultStore): boolean {
  if (kind !== "ClusterSecretStore") return false;
  return REFERENCES.some((path) => {
    const reference = vault.at("auth", ...path);
    return reference.exists && !reference.at("namespace").exists;
  });
}
