import { Journal } from "../../../src/journal/index.js";
import { createKubernetes, type KubernetesApi, type KubernetesOptions } from "../../../src/kubernetes/index.js";
import { LabClock, Seed } from "../../../src/runtime/index.js";
import { listen } from "../../../src/transport/index.js";

export type Json = Record<string, unknown>;

/** A fake API server behind a real socket. */
export interface Cluster extends AsyncDisposable {
  readonly api: KubernetesApi;
  readonly clock: LabClock;
  readonly journal: Journal;
  readonly url: string;
  /** With `bearer` (the administrator's if absent, none if empty). */
  call(method: string, path: string, body?: unknown, bearer?: string, headers?: Record<string, string>): Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly body: Json;
  readonly headers: Headers;
}

export async function startCluster(options: Partial<KubernetesOptions> = {}): Promise<Cluster> {
  const clock = new LabClock();
  const journal = new Journal({ clock });
  const api = createKubernetes({ clock, seed: new Seed("unit"), journal, signingKeyType: "ec-p256", ...options });
  const listener = await listen({ server: "kubernetes", handler: api.handle, journal, host: "127.0.0.1", port: 0 });
  return {
    api,
    clock,
    journal,
    url: listener.url,
    call: async (method, path, body, bearer = api.adminToken, headers = {}) => {
      const response = await fetch(listener.url + path, {
        method,
        headers: {
          connection: "close",
          "content-type": "application/json",
          ...(bearer !== "" && { authorization: `Bearer ${bearer}` }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type") === "application/json";
      return {
        status: response.status,
        text,
        body: isJson ? (JSON.parse(text) as Json) : {},
        headers: response.headers,
      };
    },
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

export const TOKEN_REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";

export function serviceAccount(namespace: string, name: string): Json {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } };
}

export function delegator(namespace: string, name: string): Json {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: `${namespace}-${name}` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
    subjects: [{ kind: "ServiceAccount", namespace, name }],
  };
}

export function claims(token: string): Json {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Json;
}
