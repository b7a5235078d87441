import { parsePemBundle } from "../../go/index.js";
import { goQuote } from "../../runtime/index.js";
import type { Cluster } from "../cluster.js";
import type { Fields } from "../fields.js";
import { asGoError, GoError } from "../go/error.js";
import type { QuirkId } from "./versions.js";
import type { VaultStore } from "./store.js";

/** Where a session looks things up. */
export interface Scope {
  readonly store: VaultStore;
  readonly cluster: Cluster;
  /** The namespace that the session works for: the store's, or that of the ExternalSecret. */
  readonly namespace: string;
  readonly has: (quirk: QuirkId) => boolean;
}

/** The namespace of a reference; only a ClusterSecretStore may name another one. */
export function namespaceOfRef({ store, namespace }: Scope, ref: Fields): string {
  const named = ref.at("namespace").text;
  return store.kind === "ClusterSecretStore" && named !== "" ? named : namespace;
}

/** resolvers.SecretKeyRef: the value that a selector points to. */
export function secretKey(scope: Scope, ref: Fields, defaultKey = ""): string {
  const name = ref.at("name").text;
  const key = ref.at("key").text || defaultKey;
  const namespace = namespaceOfRef(scope, ref);
  const secret = scope.cluster.find("Secret", namespace, name);
  if (secret === undefined) {
    const from = scope.has("secret-namespace-named") ? ` from namespace ${goQuote(namespace)}` : "";
    throw new GoError(`cannot get Kubernetes secret ${goQuote(name)}${from}: secrets ${goQuote(name)} not found`);
  }
  const value = scope.cluster.value(secret, key);
  if (value === undefined) throw new GoError(`cannot find secret data for key: ${goQuote(key)}`);
  return value;
}

/** The CA bundle as PEM; nothing if the store has none. */
export function caBundle(scope: Scope): string | undefined {
  const { vault } = scope.store;
  const bundle = vault.at("caBundle").text;
  const provider = vault.at("caProvider");
  if (bundle === "" && !provider.exists) return undefined;
  return scope.has("ca-decoded-twice") ? newCaBundle(scope, bundle, provider) : oldCaBundle(scope, bundle, provider);
}

const NOT_CERTIFICATES = "cannot set Vault CA certificate: failed to parse certificates from CertPool";

/** Up to 0.10.0: bundle and provider add up. (pkg/provider/vault/client.go newConfig) */
function oldCaBundle(scope: Scope, bundle: string, provider: Fields): string {
  const pem = Buffer.from(bundle, "base64").toString("utf8");
  if (bundle !== "" && parsePemBundle(pem).length === 0) throw new GoError(NOT_CERTIFICATES);
  if (!provider.exists) return pem;
  if (scope.store.kind === "ClusterSecretStore" && !provider.at("namespace").exists) {
    throw new GoError("cannot read secret for CAProvider due to missing namespace on kind ClusterSecretStore");
  }
  const found = fromOldProvider(scope, provider);
  if (parsePemBundle(found).length === 0) throw new GoError(NOT_CERTIFICATES);
  return `${pem}\n${found}`;
}

function fromOldProvider(scope: Scope, provider: Fields): string {
  const key = provider.at("key").text;
  switch (provider.at("type").text) {
    case "Secret":
      return prefixed("cannot set Vault CA certificate: ", () => secretKey(scope, provider));
    case "ConfigMap": {
      const name = provider.at("name").text;
      const map = scope.cluster.find("ConfigMap", provider.at("namespace").text || scope.namespace, name);
      if (map === undefined)
        throw new GoError(`cannot set Vault CA certificate: configmaps ${goQuote(name)} not found`);
      const value = scope.cluster.value(map, key);
      if (value === undefined) throw new GoError(`cannot find config map data for key: ${goQuote(key)}`);
      return value;
    }
    default:
      throw new GoError("unknown caProvider type given");
  }
}

/** Since 0.10.1: a bundle hides the provider. (esutils.FetchCACertFromSource) */
function newCaBundle(scope: Scope, bundle: string, provider: Fields): string {
  const pem =
    bundle === "" ? fromNewProvider(scope, provider) : decodedTwice(Buffer.from(bundle, "base64").toString("utf8"));
  if (parsePemBundle(pem).length === 0) throw new GoError(NOT_CERTIFICATES);
  return pem;
}

function decodedTwice(once: string): string {
  if (parsePemBundle(once).length > 0) return once;
  const twice = Buffer.from(once, "base64").toString("utf8");
  if (parsePemBundle(twice).length > 0) return twice;
  throw new GoError("failed to decode ca bundle: failed to parse the new certificate, not valid pem data");
}

function fromNewProvider(scope: Scope, provider: Fields): string {
  const namespace = provider.at("namespace");
  const isCluster = scope.store.kind === "ClusterSecretStore";
  const staysHome = !isCluster && scope.has("ca-provider-stays-home");
  if (staysHome && namespace.exists && namespace.text !== scope.namespace) {
    throw new GoError(
      "namespace should either be empty or match the namespace of the SecretStore for a namespaced SecretStore",
    );
  }
  if (isCluster && !namespace.exists) throw new GoError("missing namespace on caProvider secret");
  const [name, key, type] = [provider.at("name").text, provider.at("key").text, provider.at("type").text];
  if (type === "Secret") {
    return prefixed("failed to get cert from secret: failed to resolve secret key ref: ", () =>
      secretKey(scope, provider),
    );
  }
  if (type !== "ConfigMap") throw new GoError(`unsupported CA provider type: ${type}`);
  return prefixed("failed to get cert from configmap: ", () => {
    const map = scope.cluster.find("ConfigMap", namespaceOfRef(scope, provider), name);
    if (map === undefined)
      throw new GoError(`failed to get caProvider secret ${name}: configmaps ${goQuote(name)} not found`);
    const value = scope.cluster.value(map, key);
    if (value === undefined) throw new GoError(`failed to get caProvider configMap ${name} -> ${key}`);
    return value;
  });
}

/** Runs `task`; what it throws gets more words before it. */
export function prefixed<T>(prefix: string, task: () => T): T {
  try {
    return task();
  } catch (thrown) {
    throw asGoError(thrown).wrap(prefix);
  }
}
