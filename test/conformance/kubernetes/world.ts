import { request } from "node:http";
import { Journal } from "../../../src/journal/index.js";
import { createKubernetes, type KubernetesApi, SigningKeys } from "../../../src/kubernetes/index.js";
import { LabClock, Seed } from "../../../src/runtime/index.js";
import { listen, type Listener } from "../../../src/transport/index.js";

/** The cluster that the conversations were recorded in, made through the fake's own API. */
export interface World extends AsyncDisposable {
  readonly api: KubernetesApi;
  readonly clock: LabClock;
  readonly journal: Journal;
  readonly url: string;
  /** Values of `${…}` in transcripts. */
  readonly names: Map<string, string>;
  send(asked: Asked): Promise<Reply>;
  /** As the administrator, as the recording script did it. */
  admin(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Keys that the cluster does not know. */
const STRANGER = new SigningKeys();
const NAMESPACE = "conformance";
const HERE = `/api/v1/namespaces/${NAMESPACE}`;
const RBAC = "rbac.authorization.k8s.io";

export async function startWorld(version: string): Promise<World> {
  const clock = new LabClock();
  const journal = new Journal({ clock });
  const api = createKubernetes({ clock, seed: new Seed("conformance"), journal, version });
  const listener = await listen({ server: "kubernetes", handler: api.handle, journal, host: "127.0.0.1", port: 0 });
  const names = new Map([
    ["admin", api.adminToken],
    ["kubernetes.host", listener.url],
  ]);
  const world: World = {
    api,
    clock,
    journal,
    url: listener.url,
    names,
    send: (asked) => send(listener, asked),
    admin: async (method, path, body) => await admin(world, method, path, body),
    [Symbol.asyncDispose]: () => listener.close(),
  };
  await furnish(world);
  return world;
}

async function furnish(world: World): Promise<void> {
  await world.admin("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  for (const name of ["app", "nobody", "reviewer", "gone", "again"]) await createAccount(world, name);
  await world.admin("POST", `/apis/${RBAC}/v1/clusterrolebindings`, {
    metadata: { name: "reviewer" },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "system:auth-delegator" },
    subjects: [{ kind: "ServiceAccount", namespace: NAMESPACE, name: "reviewer" }],
  });
  const pod = await world.admin("POST", `${HERE}/pods`, {
    metadata: { name: "app" },
    spec: { serviceAccountName: "app", containers: [{ name: "app", image: "app" }] },
  });
  const podUid = (pod.metadata as { uid: string }).uid;
  world.names.set("capture.pod", podUid);
  const secret = await world.admin("POST", `${HERE}/secrets`, {
    metadata: { name: "app-token", annotations: { "kubernetes.io/service-account.name": "app" } },
    type: "kubernetes.io/service-account-token",
  });
  const data = secret.data as { token: string };
  await mint(world, Buffer.from(data.token, "base64").toString(), podUid);
}

async function createAccount(world: World, name: string): Promise<void> {
  await world.admin("POST", `${HERE}/serviceaccounts`, { metadata: { name } });
}

async function mint(world: World, legacy: string, podUid: string): Promise<void> {
  const { api, names, clock } = world;
  const own = api.apiAudiences;
  const issue = (serviceAccount: string, more = {}): Promise<string> =>
    api.issueToken({ namespace: NAMESPACE, serviceAccount, ...more });
  const boundObject = { apiVersion: "v1", kind: "Pod", name: "app", uid: podUid };
  const good = await issue("app");
  const claims = claimsOf(good);
  const now = Math.floor(clock.now() / 1000);
  const other = await STRANGER.key("rsa-2048");
  const kid = headerOf(good).kid;
  const account = claims["kubernetes.io"] as Record<string, unknown>;
  const otherUid = { ...account, serviceaccount: { name: "app", uid: "00000000-0000-0000-0000-000000000000" } };
  const foreign = { ...claims, iss: "https://other.example.com" };
  const tokens: Record<string, string> = {
    good,
    legacy,
    nobody: await issue("nobody"),
    reviewer: await issue("reviewer"),
    vault: await issue("app", { audiences: ["vault"] }),
    both: await issue("app", { audiences: ["vault", ...own] }),
    pod: await issue("app", { audiences: ["vault"], boundObject }),
    podBearer: await issue("app", { boundObject }),
    gone: await issue("gone"),
    again: await issue("again"),
    expired: await api.signToken({ ...claims, iat: now - 7200, nbf: now - 7200, exp: now - 3600 }),
    early: await api.signToken({ ...claims, nbf: now + 3600, exp: now + 7200 }),
    otherUid: await api.signToken({ ...claims, "kubernetes.io": otherUid }),
    foreign: other.sign(foreign),
    wrongKey: other.sign(claims, { kid }),
    wrongKeyNoKid: other.sign(claims, { kid: undefined }),
    none: `${encode({ alg: "none" })}.${encode(claims)}.`,
  };
  for (const [name, token] of Object.entries(tokens)) names.set(`jwt.${name}`, token);
  await world.admin("DELETE", `${HERE}/serviceaccounts/gone`);
  await world.admin("DELETE", `${HERE}/serviceaccounts/again`);
  await createAccount(world, "again");
}

async function admin(world: World, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const headers = {
    Authorization: `Bearer ${world.api.adminToken}`,
    "Content-Type": "application/json",
    "User-Agent": "Python-urllib/3.11",
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const reply = await world.send({ method, path, headers, ...sent });
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
  return JSON.parse(reply.text) as Record<string, unknown>;
}

function send(listener: Listener, asked: Asked): Promise<Reply> {
  const { method, path, headers, body } = asked;
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: listener.host, port: listener.port, method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

export function claimsOf(token: string): Record<string, unknown> {
  return decode(token.split(".")[1] ?? "");
}

export function headerOf(token: string): Record<string, unknown> {
  return decode(token.split(".")[0] ?? "");
}

function decode(segment: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(segment, "base64url").toString()) as Record<string, unknown>;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
