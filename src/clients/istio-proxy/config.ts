import {
  clusterReferences,
  type ClientTls,
  listenerReferences,
  type Naming,
  type SecretReference,
  type ServerTls,
  workloadReferences,
} from "../../istio/index.js";
import { MistrustError } from "../../runtime/index.js";
import { Fields } from "../fields.js";
import type { Manifest } from "../model.js";

/** A part of the proxy's configuration that waits for secrets. */
export interface Waiting {
  readonly kind: "cluster" | "listener";
  readonly name: string;
  readonly references: readonly SecretReference[];
}

/** What istiod tells the proxy for these manifests. @throws MISTRUST_MANIFEST_UNKNOWN_KIND */
export function configurationOf(naming: Naming, manifests: Readonly<Record<string, Manifest>>): Waiting[] {
  const own: Waiting = { kind: "listener", name: "virtualInbound", references: workloadReferences("virtualInbound") };
  return [own, ...Object.values(manifests).flatMap((manifest) => fromManifest(naming, new Fields(manifest)))];
}

function fromManifest(naming: Naming, manifest: Fields): Waiting[] {
  const kind = manifest.at("kind").text;
  switch (kind) {
    case "DestinationRule":
      return fromDestinationRule(naming, manifest.at("spec"));
    case "Gateway":
      return fromGateway(naming, manifest.at("spec"));
    case "ServiceEntry":
    case "VirtualService":
    case "PeerAuthentication":
      return [];
    default:
      throw new MistrustError(
        "MISTRUST_MANIFEST_UNKNOWN_KIND",
        `istio-proxy does nothing with a ${kind || "manifest without kind"}`,
        {
          remedy: "it reads DestinationRule and Gateway",
        },
      );
  }
}

function fromDestinationRule(naming: Naming, spec: Fields): Waiting[] {
  const host = spec.at("host").text;
  const hasSelector = spec.at("workloadSelector").exists;
  const policies: (readonly [subset: string, policy: Fields])[] = [
    ["", spec.at("trafficPolicy")],
    ...spec.at("subsets").list.map((subset) => [subset.at("name").text, subset.at("trafficPolicy")] as const),
  ];
  return policies.flatMap(([subset, policy]) =>
    tlsOf(policy).map(([port, tls]) => {
      const name = `outbound|${port}|${subset}|${host}`;
      return { kind: "cluster" as const, name, references: clusterReferences(naming, tls, name, hasSelector) };
    }),
  );
}

/** A policy's own settings hold for every port without settings of its own; 443 stands for those. */
function tlsOf(policy: Fields): (readonly [port: string, tls: ClientTls])[] {
  const ports = policy
    .at("portLevelSettings")
    .list.filter((setting) => setting.at("tls").exists)
    .map((setting) => [setting.at("port", "number").text, clientTls(setting.at("tls"))] as const);
  return [...(policy.at("tls").exists ? [["443", clientTls(policy.at("tls"))] as const] : []), ...ports];
}

function clientTls(tls: Fields): ClientTls {
  return {
    ...texts(tls, ["mode", "caCertificates", "clientCertificate", "privateKey", "credentialName"]),
    insecureSkipVerify: tls.at("insecureSkipVerify").isTrue,
  };
}

function fromGateway(naming: Naming, spec: Fields): Waiting[] {
  return spec
    .at("servers")
    .list.filter((server) => server.at("tls").exists)
    .map((server) => {
      const name = `0.0.0.0_${server.at("port", "number").text}`;
      const tls: ServerTls = texts(server.at("tls"), [
        "mode",
        "serverCertificate",
        "privateKey",
        "caCertificates",
        "credentialName",
      ]);
      return { kind: "listener" as const, name, references: listenerReferences(naming, tls, name) };
    });
}

function texts<K extends string>(fields: Fields, keys: readonly K[]): Readonly<Partial<Record<K, string>>> {
  const found: Partial<Record<K, string>> = {};
  for (const key of keys) if (fields.at(key).text !== "") found[key] = fields.at(key).text;
  return found;
}
