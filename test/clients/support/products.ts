import { runClient } from "../../../src/clients/index.js";
import type { Judge } from "./judges.js";

/** What the model of a product ends its message with when it meets the server; its login is refused where TLS works. */
export function productModel(product: "external-secrets" | "cert-manager", version: string): Judge {
  return async ({ host, port, caPem }) => {
    const server = `https://${host}:${port}`;
    const caBundle = Buffer.from(caPem).toString("base64");
    const report = await runClient({ product, version, manifests: MANIFESTS[product](server, caBundle) }, {});
    const wrapped = /(?:Put|Post) "[^"]+": ([\s\S]*)$/.exec(report.says)?.[1];
    return wrapped ?? (report.requests > 0 ? "ok" : report.says);
  };
}

const metadata = { namespace: "sandbox", name: "vault" };
const secretId = { apiVersion: "v1", kind: "Secret", metadata, stringData: { id: "sandbox-secret" } };
const appRole = { path: "approle", roleId: "sandbox-role", secretRef: { name: "vault", key: "id" } };

const MANIFESTS = {
  "external-secrets": (server: string, caBundle: string) => ({
    secretId,
    store: {
      apiVersion: "external-secrets.io/v1",
      kind: "SecretStore",
      metadata,
      spec: { provider: { vault: { server, caBundle, path: "secret", version: "v2", auth: { appRole } } } },
    },
  }),
  "cert-manager": (server: string, caBundle: string) => ({
    secretId,
    issuer: {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      metadata,
      spec: { vault: { server, caBundle, path: "pki/sign/example", auth: { appRole } } },
    },
  }),
};
