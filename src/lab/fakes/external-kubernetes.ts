import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { MistrustError } from "../../runtime/index.js";
import type { ExternalKubernetesSetting, TemplateId } from "../../scenario/index.js";
import type { PrivateFolder } from "../folder.js";
import type { ApiServer } from "./kubernetes.js";

/** A real API server in a fake one's place: logins are reviewed by it. */
export async function externalKubernetes(setting: ExternalKubernetesSetting): Promise<ApiServer> {
  const read = setting.kubeconfig === undefined ? {} : await fromKubeconfig(setting.kubeconfig, setting.context);
  const url = setting.server ?? read.server;
  if (url === undefined) {
    throw new MistrustError("MISTRUST_WORLD_REFUSED", "kubernetes.external names no API server", {
      remedy: "set its server, or a kubeconfig",
    });
  }
  const given = setting.certificateAuthorityData;
  const ca =
    given === undefined
      ? read.ca
      : given.includes("-----BEGIN")
        ? given
        : Buffer.from(given, "base64").toString("utf8");
  const token = setting.token ?? read.token;
  const values: Partial<Record<TemplateId, string>> = {
    "kubernetes.url": url,
    "kubernetes.host": new URL(url).host,
    ...(ca !== undefined && { "kubernetes.ca": ca, "kubernetes.ca.base64": Buffer.from(ca).toString("base64") }),
  };
  return {
    name: "kubernetes",
    url,
    ca,
    configure: async () => undefined,
    lookup: (name) => values[name],
    env: (folder: PrivateFolder) => ({
      MISTRUST_KUBERNETES_URL: url,
      ...(ca !== undefined && { MISTRUST_KUBERNETES_CACERT: folder.write("kubernetes-ca.pem", ca) }),
      ...(setting.kubeconfig !== undefined && { KUBECONFIG: expand(setting.kubeconfig) }),
    }),
    addresses: () => ({ address: `${url} (external)` }),
    target: async () => (token === undefined ? undefined : { url, token, ...(ca !== undefined && { caPem: ca }) }),
    issueToken: async (account) => {
      throw new MistrustError("MISTRUST_FAKE_ABSENT", `no token for ${account}: the API server is a real one`, {
        remedy: "kubectl create token makes one",
      });
    },
    warmUp: async () => undefined,
    stop: async () => undefined,
  };
}

interface Named {
  readonly name?: string;
}
/** What we read of a kubeconfig. (k8s.io/client-go tools/clientcmd/api/v1) */
interface Kubeconfig {
  readonly "current-context"?: string;
  readonly contexts?: readonly (Named & { readonly context?: { readonly cluster?: string; readonly user?: string } })[];
  readonly clusters?: readonly (Named & {
    readonly cluster?: {
      readonly server?: string;
      readonly "certificate-authority"?: string;
      readonly "certificate-authority-data"?: string;
    };
  })[];
  readonly users?: readonly (Named & { readonly user?: { readonly token?: string; readonly tokenFile?: string } })[];
}

async function fromKubeconfig(
  file: string,
  contextName: string | undefined,
): Promise<{ readonly server?: string; readonly ca?: string; readonly token?: string }> {
  const path = expand(file);
  const config = await parse(path);
  const name = contextName ?? config["current-context"];
  const context = config.contexts?.find((one) => one.name === name)?.context;
  const cluster = config.clusters?.find((one) => one.name === context?.cluster)?.cluster;
  const user = config.users?.find((one) => one.name === context?.user)?.user;
  if (cluster?.server === undefined) {
    throw new MistrustError("MISTRUST_WORLD_REFUSED", `${file} has no cluster for the context "${name ?? ""}"`);
  }
  const beside = (other: string): string => readFileSync(resolve(dirname(path), other), "utf8");
  const data = cluster["certificate-authority-data"];
  const caFile = cluster["certificate-authority"];
  const ca = data === undefined ? caFile && beside(caFile) : Buffer.from(data, "base64").toString("utf8");
  const token = user?.token ?? (user?.tokenFile && beside(user.tokenFile).trim());
  return { server: cluster.server, ...(ca !== undefined && { ca }), ...(token !== undefined && { token }) };
}

async function parse(path: string): Promise<Kubeconfig> {
  const yaml = await import("../../runtime/yaml.js");
  try {
    // Written by other tools; every field is read as if it might be missing.
    return (yaml.parse(readFileSync(path, "utf8")) as Kubeconfig | null) ?? {};
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MistrustError("MISTRUST_WORLD_REFUSED", `the kubeconfig ${path} cannot be read: ${why}`, { cause });
  }
}

function expand(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(path);
}
