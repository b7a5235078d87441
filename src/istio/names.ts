import { inRange, MistrustError, parseVersion } from "../runtime/index.js";
import type { IstioSettings } from "./options.js";
import { hasQuirk, type Release, releaseOf } from "./quirks.js";

/** Whom Envoy asks for a secret: a cluster of its configuration, or istiod over the connection it has anyway. */
export type SecretSource = "sds-grpc" | "sds-files-grpc" | "sds-external" | "ads";

/** One secret that istiod tells a proxy to fetch. */
export interface SecretReference {
  /** The resource name, such as `file-root:system`. */
  readonly name: string;
  readonly source: SecretSource;
  /** The Envoy cluster or listener that waits for it. */
  readonly for: string;
  /** Seconds until Envoy goes on without it; 0 means never. */
  readonly fetchTimeout: number;
}

/** The `tls` of a DestinationRule's traffic policy (networking.istio.io ClientTLSSettings). */
export interface ClientTls {
  readonly mode?: string;
  readonly caCertificates?: string;
  readonly clientCertificate?: string;
  readonly privateKey?: string;
  readonly credentialName?: string;
  readonly insecureSkipVerify?: boolean;
}

/** The `tls` of a Gateway's server (networking.istio.io ServerTLSSettings). */
export interface ServerTls {
  readonly mode?: string;
  readonly serverCertificate?: string;
  readonly privateKey?: string;
  readonly caCertificates?: string;
  readonly credentialName?: string;
}

/** What istiod knows when it writes a proxy's configuration. */
export interface Naming {
  readonly istiod: Release;
  readonly proxy: Release;
  /** Does SPIRE, or anybody else, own the workload socket? */
  readonly foreignSocket: boolean;
  readonly verifies: boolean;
}

/** @throws MISTRUST_VERSION_UNKNOWN, MISTRUST_CONFLICT for a switch that the release does not have */
export function namingOf(settings: IstioSettings, proxyVersion: string, foreignSocket: boolean): Naming {
  const istiod = releaseOf(settings.version);
  return { istiod, proxy: releaseOf(proxyVersion), foreignSocket, verifies: verifies(istiod, settings) };
}

/** Is `file-root:system` put where a DestinationRule names no CA? (istio pilot/pkg/features, VerifyCertAtClient) */
function verifies(istiod: Release, settings: IstioSettings): boolean {
  if (!hasQuirk(istiod, "verify-flag")) return true;
  const set = settings.pilotEnv?.VERIFY_CERTIFICATE_AT_CLIENT;
  if (set !== undefined) return set === "true" || set === "1";
  if (!hasQuirk(istiod, "verifies-by-default")) return false;
  const { compatibilityVersion } = settings;
  if (compatibilityVersion === undefined) return true;
  const compatible = parseVersion(compatibilityVersion);
  if (compatible === undefined) {
    throw new MistrustError("MISTRUST_VERSION_UNKNOWN", `"${compatibilityVersion}" is no compatibilityVersion`);
  }
  return !inRange(compatible, "<1.21.0");
}

const FILE_TIMEOUT = 15;

/** A name goes to the workload socket, unless it is a file and both sides know of the agent's files socket. */
function fileReference(naming: Naming, name: string, waiting: string): SecretReference {
  const separate =
    naming.foreignSocket && hasQuirk(naming.istiod, "files-server") && hasQuirk(naming.proxy, "files-server");
  return { name, source: separate ? "sds-files-grpc" : "sds-grpc", for: waiting, fetchTimeout: FILE_TIMEOUT };
}

function root(naming: Naming, path: string, waiting: string): SecretReference {
  return path.startsWith("sds://")
    ? { name: path.slice("sds://".length), source: "sds-external", for: waiting, fetchTimeout: FILE_TIMEOUT }
    : fileReference(naming, `file-root:${path}`, waiting);
}

/** The proxy's own certificate and the mesh's CA, which every proxy fetches. */
export function workloadReferences(waiting: string): SecretReference[] {
  return ["default", "ROOTCA"].map((name) => ({ name, source: "sds-grpc", for: waiting, fetchTimeout: 0 }));
}

/**
 * Secrets of a cluster. (istio pilot/pkg/networking/core/cluster_tls.go constructUpstreamTLS)
 * @param hasSelector a sidecar heeds `credentialName` only in a DestinationRule with a workloadSelector
 */
export function clusterReferences(
  naming: Naming,
  tls: ClientTls,
  cluster: string,
  hasSelector: boolean,
): SecretReference[] {
  const { mode = "DISABLE", credentialName } = tls;
  if (mode === "ISTIO_MUTUAL") return workloadReferences(cluster);
  if (mode !== "SIMPLE" && mode !== "MUTUAL") return [];
  if (credentialName !== undefined) {
    const over = (name: string): SecretReference => ({ name, source: "ads", for: cluster, fetchTimeout: FILE_TIMEOUT });
    if (!hasSelector) return [];
    const cacert = tls.insecureSkipVerify === true ? [] : [over(`kubernetes://${credentialName}-cacert`)];
    return mode === "MUTUAL" ? [over(`kubernetes://${credentialName}`), ...cacert] : cacert;
  }
  const own =
    mode === "MUTUAL"
      ? [fileReference(naming, `file-cert:${tls.clientCertificate ?? ""}~${tls.privateKey ?? ""}`, cluster)]
      : [];
  if (tls.insecureSkipVerify === true) return own;
  const ca = tls.caCertificates ?? (naming.verifies ? "system" : undefined);
  return ca === undefined ? own : [...own, root(naming, ca, cluster)];
}

/** Secrets of a gateway's listener. (istio pilot/pkg/networking/core/listener.go) */
export function listenerReferences(naming: Naming, tls: ServerTls, listener: string): SecretReference[] {
  const { mode = "SIMPLE", credentialName } = tls;
  if (mode === "ISTIO_MUTUAL") return workloadReferences(listener);
  if (mode !== "SIMPLE" && mode !== "MUTUAL" && mode !== "OPTIONAL_MUTUAL") return [];
  const mutual = mode !== "SIMPLE";
  if (credentialName !== undefined) {
    const names = [credentialName, ...(mutual ? [`${credentialName}-cacert`] : [])];
    return names.map((name) => ({
      name: `kubernetes://${name}`,
      source: "ads",
      for: listener,
      fetchTimeout: FILE_TIMEOUT,
    }));
  }
  const own = fileReference(naming, `file-cert:${tls.serverCertificate ?? ""}~${tls.privateKey ?? ""}`, listener);
  const ca = tls.caCertificates;
  return mutual && ca !== undefined ? [own, root(naming, ca, listener)] : [own];
}
