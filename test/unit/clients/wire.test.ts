import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer } from "node:https";
import { createServer as createTcp, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { type Client, clientModel, type Manifest, runClient } from "../../../src/clients/index.js";
import { Journal } from "../../../src/journal/index.js";
import { createAuthority, KeyPool } from "../../../src/pki/index.js";
import { LabClock, MistrustError } from "../../../src/runtime/index.js";
import { tokenServer } from "./world.js";

interface Seen {
  readonly line: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const keys = new KeyPool();
const clock = new LabClock();
const ca = createAuthority({ commonName: "vault-ca", clock, keys });
const leaf = ca.issue({ dns: ["localhost"], ips: ["127.0.0.1"], keys });

/** A Vault of a few lines that remembers what it was asked. */
async function vault(answer: (line: string, count: number) => Reply | undefined, http1 = false) {
  const seen: Seen[] = [];
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const line = `${request.method ?? ""} ${request.url ?? ""}`;
      seen.push({ line, headers: request.headers, body: Buffer.concat(chunks).toString() });
      const count = seen.filter((one) => one.line === line).length;
      const { status, body, headers } = answer(line, count) ?? usual(line);
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
    });
  };
  const tls = { key: leaf.keyPem, cert: leaf.chainPem };
  // Both kinds of requests have what is used here.
  const server = http1 ? createServer(tls, serve) : createSecureServer(tls, serve as never);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    seen,
    lines: () => seen.map(({ line }) => line),
    [Symbol.asyncDispose]: async () => await new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function usual(line: string): Reply {
  if (line.includes("/login")) return { status: 200, body: { auth: { client_token: "hvs.abc" } } };
  if (line.includes("lookup-self"))
    return { status: 200, body: { data: { type: "service", ttl: 3600, expire_time: "2030-01-01T00:00:00Z" } } };
  if (line.includes("revoke-self")) return { status: 204 };
  if (line.includes("/pki/")) return { status: 200, body: { data: { certificate: ca.rootPem } } };
  if (line.includes("/data/"))
    return { status: 200, body: { data: { data: { user: "me", deep: { er: [1, "two"] } } } } };
  return { status: 200, body: { initialized: true } };
}

function issuer(url: string, auth: Manifest, more: Manifest = {}, kind = "Issuer"): Manifest {
  const caBundle = Buffer.from(ca.rootPem).toString("base64");
  return {
    kind,
    metadata: { name: "vault", ...(kind === "Issuer" && { namespace: "exam" }) },
    spec: { vault: { server: url, path: "pki/sign/app", caBundle, auth, ...more } },
  };
}

const certificate: Manifest = {
  kind: "Certificate",
  metadata: { name: "app", namespace: "exam" },
  spec: {
    commonName: "app.example.com",
    dnsNames: ["app.example.com", "b.example.com"],
    ipAddresses: ["10.0.0.1"],
    privateKey: { algorithm: "ECDSA" },
    duration: "240h",
    issuerRef: { name: "vault" },
  },
};

function store(url: string, auth: Manifest, more: Manifest = {}, spec: Manifest = {}): Manifest {
  const caBundle = Buffer.from(ca.rootPem).toString("base64");
  const vaultSpec = { server: url, path: "secret", version: "v2", caBundle, auth, ...more };
  return {
    kind: "SecretStore",
    metadata: { name: "store", namespace: "exam" },
    spec: { provider: { vault: vaultSpec }, ...spec },
  };
}

function external(...remoteRefs: readonly Manifest[]): Manifest {
  const data = remoteRefs.map((remoteRef, i) => ({ secretKey: `key${i}`, remoteRef }));
  return {
    kind: "ExternalSecret",
    metadata: { name: "app", namespace: "exam" },
    spec: { secretStoreRef: { name: "store" }, data },
  };
}

const kubernetesAuth = { kubernetes: { role: "app", serviceAccountRef: { name: "app", audiences: ["vault"] } } };
const esoAuth = { kubernetes: { mountPath: "kubernetes", role: "app", serviceAccountRef: { name: "app" } } };

async function play(client: Client) {
  await using api = await tokenServer();
  const report = await runClient(client, { kubernetes: { url: api.url, token: "controller" }, keys });
  return { report, asked: api.asked };
}

describe("cert-manager on the wire", () => {
  it("logs in and asks for health twice, then logs in and signs", async () => {
    await using server = await vault(() => undefined);
    const { report } = await play({
      product: "cert-manager",
      version: "1.15.5",
      manifests: { issuer: issuer(server.url, kubernetesAuth), certificate },
    });
    expect(report.outcome).toBe("success");
    expect(server.lines()).toEqual([
      "POST /v1/auth/kubernetes/login",
      "GET /v1/sys/health",
      "POST /v1/auth/kubernetes/login",
      "GET /v1/sys/health",
      "POST /v1/auth/kubernetes/login",
      "POST /v1/pki/sign/app",
    ]);
    const sign = JSON.parse(server.seen.at(-1)?.body ?? "") as Record<string, string>;
    expect(Object.keys(sign)).toEqual([
      "alt_names",
      "common_name",
      "csr",
      "exclude_cn_from_sans",
      "ip_sans",
      "ttl",
      "uri_sans",
    ]);
    expect(sign).toMatchObject({
      alt_names: "app.example.com,b.example.com",
      ip_sans: "10.0.0.1",
      ttl: "240h0m0s",
      uri_sans: "",
    });
  });

  it("sends the headers of Go's vault client and no others", async () => {
    await using server = await vault(() => undefined);
    await play({
      product: "cert-manager",
      version: "1.15.5",
      manifests: { issuer: issuer(server.url, kubernetesAuth, { namespace: "team" }) },
    });
    const [login, health] = server.seen;
    const names = (seen: Seen | undefined): string[] =>
      Object.keys(seen?.headers ?? {}).filter((name) => !name.startsWith(":"));
    expect(names(login).sort()).toEqual([
      "accept-encoding",
      "content-length",
      "user-agent",
      "x-vault-namespace",
      "x-vault-request",
    ]);
    expect(names(health).sort()).toEqual(["accept-encoding", "user-agent", "x-vault-request", "x-vault-token"]);
    expect(login?.headers["user-agent"]).toBe("Go-http-client/2.0");
  });

  it("speaks HTTP/1.1 to a server that offers nothing else, on connections that it keeps", async () => {
    await using server = await vault(() => undefined, true);
    const { report } = await play({
      product: "cert-manager",
      version: "1.15.5",
      manifests: { issuer: issuer(server.url, kubernetesAuth) },
    });
    expect(report).toMatchObject({ outcome: "success", requests: 4, connections: 2 });
    expect(Object.keys(server.seen[0]?.headers ?? {})).toEqual([
      "host",
      "user-agent",
      "content-length",
      "x-vault-request",
      "accept-encoding",
    ]);
  });

  it.each([
    ["1.12.0", ["vault://exam/vault"]],
    ["1.15.5", ["vault", "vault://exam/vault"]],
    ["1.21.1", ["vault", "vault://exam/vault", "SERVER"]],
  ])("%s asks for a token of ten minutes for %j", async (version, audiences) => {
    await using server = await vault(() => undefined);
    const { asked } = await play({
      product: "cert-manager",
      version,
      manifests: { issuer: issuer(server.url, kubernetesAuth) },
    });
    expect(asked[0]?.path).toBe("/api/v1/namespaces/exam/serviceaccounts/app/token");
    const wanted = audiences.map((audience) => (audience === "SERVER" ? server.url : audience));
    expect(asked[0]?.spec).toMatchObject({ audiences: wanted, expirationSeconds: 600 });
  });

  it("1.11 knows no serviceAccountRef and takes the token from a Secret", async () => {
    await using server = await vault(() => undefined);
    const auth = { kubernetes: { role: "app", secretRef: { name: "app-token" } } };
    const secret = {
      kind: "Secret",
      metadata: { name: "app-token", namespace: "exam" },
      stringData: { token: "a.b.c" },
    };
    const old = { product: "cert-manager", version: "1.11.5" };
    expect((await play({ ...old, manifests: { issuer: issuer(server.url, auth), secret } })).report.says).toBe(
      "Vault verified",
    );
    expect((await play({ ...old, manifests: { issuer: issuer(server.url, auth) } })).report.says).toBe(
      'Failed to initialize Vault client: error reading Kubernetes service account token from app-token: secret "app-token" not found',
    );
    expect((await play({ ...old, manifests: { issuer: issuer(server.url, kubernetesAuth) } })).report.says).toBe(
      'Issuer.cert-manager.io "vault" is invalid: spec.vault.auth.kubernetes.secretRef: Required value',
    );
  });

  it("a ClusterIssuer's account is in the controller's namespace and its audience has none", async () => {
    await using server = await vault(() => undefined);
    const { asked } = await play({
      product: "cert-manager",
      version: "1.14.4",
      manifests: { issuer: issuer(server.url, kubernetesAuth, {}, "ClusterIssuer") },
    });
    expect(asked[0]?.path).toBe("/api/v1/namespaces/cert-manager/serviceaccounts/app/token");
    expect(asked[0]?.spec).toMatchObject({ audiences: ["vault://vault"] });
  });

  it.each([
    ["1.13.6", 503, "Vault is not initialized or is sealed"],
    ["1.16.0", 503, "Vault is sealed"],
    ["1.16.0", 501, "Vault is not initialized"],
    ["1.17.0", 503, "Failed to verify Vault is initialized and unsealed: Vault is sealed"],
    ["1.17.0", 429, "Vault verified"],
    ["1.17.0", 473, "Vault verified"],
  ])("%s says of a health of %i: %s", async (version, status, says) => {
    await using server = await vault((line) =>
      line.includes("health") ? { status, body: { sealed: true } } : undefined,
    );
    const { report } = await play({
      product: "cert-manager",
      version,
      manifests: { issuer: issuer(server.url, kubernetesAuth) },
    });
    expect(report.says).toBe(says);
  });

  it("logs in by AppRole and by a token of the user's", async () => {
    await using server = await vault(() => undefined);
    const secret = {
      kind: "Secret",
      metadata: { name: "s", namespace: "exam" },
      stringData: { id: " sid\n", token: "hvs.mine" },
    };
    const appRole = { appRole: { path: "ci", roleId: "rid", secretRef: { name: "s", key: "id" } } };
    await play({
      product: "cert-manager",
      version: "1.18.0",
      manifests: { issuer: issuer(server.url, appRole), secret },
    });
    expect(server.seen[0]).toMatchObject({
      line: "POST /v1/auth/ci/login",
      body: '{"role_id":"rid","secret_id":"sid"}',
    });
    const token = { tokenSecretRef: { name: "s" } };
    const { report } = await play({
      product: "cert-manager",
      version: "1.18.0",
      manifests: { issuer: issuer(server.url, token), secret },
    });
    expect(report.calls).toEqual(["GET /v1/sys/health -> 200", "GET /v1/sys/health -> 200"]);
    expect(server.seen.at(-1)?.headers["x-vault-token"]).toBe("hvs.mine");
  });

  it("writes what the user is shown into the journal", async () => {
    await using server = await vault(() => undefined);
    const journal = new Journal({ clock });
    const manifests = { issuer: issuer(server.url, { tokenSecretRef: { name: "none" } }) };
    await runClient({ product: "cert-manager", version: "1.21.1", manifests }, { journal });
    expect(journal.events({ server: "client" })).toMatchObject([
      {
        type: "says",
        product: "cert-manager",
        where: "Issuer vault",
        text: 'Failed to initialize Vault client: secrets "none" not found',
      },
    ]);
  });
});

describe("retries", () => {
  const always =
    (status: number) =>
    (line: string): Reply | undefined =>
      line.includes("/login") ? { status, body: { errors: ["no"] } } : undefined;
  it.each([
    [403, 1],
    [400, 1],
    [501, 1],
    [412, 3],
    [429, 3],
    [503, 3],
  ])("a login answered by %i is tried %i times", async (status, tries) => {
    await using server = await vault(always(status));
    await play({ product: "external-secrets", version: "0.9.16", manifests: { store: store(server.url, esoAuth) } });
    expect(server.seen).toHaveLength(2 * tries);
  });

  it("one bad reply is not seen by the user", async () => {
    await using server = await vault((line, count) =>
      line.includes("/login") && count === 1 ? { status: 502, body: "<html>" } : undefined,
    );
    const { report } = await play({
      product: "external-secrets",
      version: "0.9.16",
      manifests: { store: store(server.url, esoAuth) },
    });
    expect(report.says).toBe("store validated");
  });

  it("retrySettings without maxRetries switches them off", async () => {
    await using server = await vault(always(503));
    const manifests = { store: store(server.url, esoAuth, {}, { retrySettings: { retryInterval: "1s" } }) };
    await play({ product: "external-secrets", version: "0.9.16", manifests });
    expect(server.seen).toHaveLength(2);
  });

  it.each([
    ["external-secrets", "0.9.17", 3],
    ["external-secrets", "0.9.18", 1],
    ["cert-manager", "1.12.0", 3],
    ["cert-manager", "1.15.5", 1],
    ["cert-manager", "1.11.0", 1],
  ] as const)("%s %s tries %i handshakes with a certificate that it does not like", async (product, version, tries) => {
    await using server = await vault(() => undefined);
    const auth =
      product === "cert-manager" ? { tokenSecretRef: { name: "s" } } : { tokenSecretRef: { name: "s", key: "token" } };
    const secret = { kind: "Secret", metadata: { name: "s", namespace: "exam" }, stringData: { token: "t" } };
    const make = product === "cert-manager" ? issuer : store;
    const { report } = await play({
      product,
      version,
      manifests: { it: make(server.url, auth, { caBundle: "" }), secret },
    });
    expect(report).toMatchObject({ connections: 2 * tries, requests: 0 });
  });
});

describe("silence", () => {
  it("in the handshake is a TLS handshake timeout, tried three times", async () => {
    const appRole = { appRole: { roleId: "rid", secretRef: { name: "s", key: "id" } } };
    const secret = { kind: "Secret", metadata: { name: "s", namespace: "exam" }, stringData: { id: "sid" } };
    const server = createTcp((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const report = await runClient(
      { product: "cert-manager", version: "1.15.5", manifests: { issuer: issuer(url, appRole), secret } },
      { patienceMs: 20 },
    );
    expect(report.says).toContain(`Post "${url}/v1/auth/approle/login": net/http: TLS handshake timeout`);
    expect(report.connections).toBe(6);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});

describe("redirects", () => {
  it("one is followed with method and body, and not to plain HTTP", async () => {
    await using active = await vault(() => undefined);
    await using standby = await vault((line) => ({
      status: 307,
      headers: { location: `${active.url}${line.split(" ")[1] ?? ""}` },
    }));
    const { report } = await play({
      product: "external-secrets",
      version: "2.9.0",
      manifests: { store: store(standby.url, esoAuth) },
    });
    expect(report.says).toBe("store validated");
    expect(active.seen[0]).toMatchObject({
      line: "PUT /v1/auth/kubernetes/login",
      body: '{"jwt":"a.b.c","role":"app"}',
    });
    await using downgrade = await vault(() => ({ status: 307, headers: { location: "http://localhost:1/" } }));
    const refused = await play({
      product: "external-secrets",
      version: "2.9.0",
      manifests: { store: store(downgrade.url, esoAuth) },
    });
    expect(refused.report.says).toBe(
      "unable to log in to auth method: unable to log in with Kubernetes auth: redirect would cause protocol downgrade",
    );
  });
});

describe("External Secrets on the wire", () => {
  it("a fresh store and one secret make twelve requests", async () => {
    await using server = await vault(() => undefined);
    const manifests = { store: store(server.url, esoAuth), secret: external({ key: "app", property: "user" }) };
    const { report, asked } = await play({ product: "external-secrets", version: "0.9.16", manifests });
    const validation = [
      "PUT /v1/auth/kubernetes/login",
      "GET /v1/auth/token/lookup-self",
      "GET /v1/auth/token/lookup-self",
      "PUT /v1/auth/token/revoke-self",
    ];
    const sync = [
      "PUT /v1/auth/kubernetes/login",
      "GET /v1/secret/data/app",
      "GET /v1/auth/token/lookup-self",
      "PUT /v1/auth/token/revoke-self",
    ];
    expect(server.lines()).toEqual([...validation, ...validation, ...sync]);
    expect(server.seen[3]?.headers["content-length"]).toBe("0");
    expect(asked.map(({ spec }) => spec)).toMatchObject(Array(3).fill({ audiences: null, expirationSeconds: 600 }));
    expect(report.says).toBe("Secret was synced");
  });

  it("2.9.0 has other words for the same", async () => {
    await using server = await vault((line) =>
      line.includes("/data/none") ? { status: 404, body: { errors: [] } } : undefined,
    );
    const play29 = async (...refs: Manifest[]) =>
      (
        await play({
          product: "external-secrets",
          version: "2.9.0",
          manifests: { store: store(server.url, esoAuth), secret: external(...refs) },
        })
      ).report.says;
    expect(await play29({ key: "app" }, { key: "app", property: "deep.er.1" })).toBe("secret synced");
    expect(await play29({ key: "none" })).toBe("error processing spec.data[0] (key: none), err: Secret does not exist");
    expect(await play29({ key: "app" }, { key: "app", property: "x" })).toBe(
      'error processing spec.data[1] (key: app), err: cannot find secret data for key: "x"',
    );
  });

  it("dataFrom.find lists folder by folder, and says so where it may not", async () => {
    await using server = await vault((line) => {
      if (line === "GET /v1/secret/metadata?list=true")
        return { status: 200, body: { data: { keys: ["app", "more/"] } } };
      if (line === "GET /v1/secret/metadata/more?list=true")
        return { status: 403, body: { errors: ["permission denied"] } };
      return undefined;
    });
    const secret = {
      kind: "ExternalSecret",
      metadata: { name: "app", namespace: "exam" },
      spec: { secretStoreRef: { name: "store" }, dataFrom: [{ find: { name: { regexp: ".*" } } }] },
    };
    const manifests = { store: store(server.url, esoAuth), secret };
    const { report } = await play({ product: "external-secrets", version: "2.9.0", manifests });
    expect(report.says).toBe(
      "error processing spec.dataFrom[0].find, err: error getting all secrets: cannot read secret data from Vault: " +
        `Error making API request.\n\nURL: GET ${server.url}/v1/secret/metadata/more?list=true\nCode: 403. Errors:\n\n* permission denied`,
    );
  });

  it("2.9.0 takes a caBundle that was encoded twice, and is strict about lookup-self", async () => {
    await using server = await vault((line) =>
      line.includes("lookup-self") ? { status: 200, body: { data: { type: "service" } } } : undefined,
    );
    const caBundle = Buffer.from(Buffer.from(ca.rootPem).toString("base64")).toString("base64");
    const { report } = await play({
      product: "external-secrets",
      version: "2.9.0",
      manifests: { store: store(server.url, esoAuth, { caBundle }) },
    });
    expect(report.says).toBe("invalid vault credentials: no TTL found in response");
    expect(report.conditions[0]).toMatchObject({
      reason: "InvalidProviderConfig",
      message: "unable to validate store",
    });
  });

  it.each([
    ["0.9.16", 'cannot set Vault CA certificate: cannot find secret data for key: "nope"'],
    [
      "2.9.0",
      'failed to get cert from secret: failed to resolve secret key ref: cannot find secret data for key: "nope"',
    ],
  ])("%s says of a caProvider with a wrong key: %s", async (version, says) => {
    const secret = {
      kind: "Secret",
      metadata: { name: "ca", namespace: "exam" },
      stringData: { "ca.crt": ca.rootPem },
    };
    const more = { caBundle: "", caProvider: { type: "Secret", name: "ca", key: "nope" } };
    const { report } = await play({
      product: "external-secrets",
      version,
      manifests: { store: store("https://localhost:1", esoAuth, more), secret },
    });
    expect(report).toMatchObject({ says, connections: 0 });
  });

  it("jwt auth asks for the audience vault, appRole sends its ids, a cert login presents the certificate", async () => {
    await using server = await vault(() => undefined);
    const made = ca.issue({ commonName: "eso", usage: "client" });
    const secret = {
      kind: "Secret",
      metadata: { name: "s", namespace: "exam" },
      stringData: { id: "sid", crt: made.chainPem, key: made.keyPem },
    };
    const playAuth = async (auth: Manifest) =>
      await play({
        product: "external-secrets",
        version: "0.9.16",
        manifests: { store: store(server.url, auth), secret },
      });
    const { asked } = await playAuth({
      jwt: { path: "jwt", role: " app ", kubernetesServiceAccountToken: { serviceAccountRef: { name: "app" } } },
    });
    expect(asked[0]?.spec).toMatchObject({ audiences: ["vault"], expirationSeconds: 600 });
    expect(server.seen[0]).toMatchObject({ line: "PUT /v1/auth/jwt/login", body: '{"jwt":"a.b.c","role":"app"}' });
    await playAuth({ appRole: { path: "approle", roleId: "rid", secretRef: { name: "s", key: "id" } } });
    expect(server.seen.find(({ line }) => line.includes("approle"))?.body).toBe('{"role_id":"rid","secret_id":"sid"}');
    await playAuth({ cert: { clientCert: { name: "s", key: "crt" }, secretRef: { name: "s", key: "key" } } });
    expect(server.seen.find(({ line }) => line.includes("/cert/"))).toMatchObject({
      line: "PUT /v1/auth/cert/login",
      body: "null",
    });
  });
});

describe("a PushSecret", () => {
  const push = (match: Manifest): Record<string, Manifest> => ({
    source: { kind: "Secret", metadata: { name: "source", namespace: "exam" }, stringData: { user: "me" } },
    push: {
      kind: "PushSecret",
      metadata: { name: "push", namespace: "exam" },
      spec: {
        secretStoreRefs: [{ name: "store", kind: "SecretStore" }],
        selector: { secret: { name: "source" } },
        data: [{ match }],
      },
    },
  });
  const ref = { secretKey: "user", remoteRef: { remoteKey: "app", property: "name" } };
  const writes = (seen: readonly Seen[]): string[] =>
    seen.filter(({ line }) => /^PUT .*secret/.test(line)).map(({ line, body }) => `${line} ${body}`);
  const managed = {
    status: 200,
    body: { data: { current_version: 7, custom_metadata: { "managed-by": "external-secrets" } } },
  };

  it("writes metadata before data, and keeps the other properties", async () => {
    await using server = await vault((line) => (line.startsWith("GET /v1/secret/metadata") ? managed : undefined));
    const manifests = { store: store(server.url, esoAuth), ...push(ref) };
    const { report } = await play({ product: "external-secrets", version: "0.19.2", manifests });
    expect(report.says).toBe("PushSecret synced successfully");
    expect(writes(server.seen)).toEqual([
      'PUT /v1/secret/metadata/app {"custom_metadata":{"managed-by":"external-secrets"}}',
      'PUT /v1/secret/data/app {"data":{"deep":{"er":[1,"two"]},"name":"me","user":"me"}}',
    ]);
  });

  it.each([
    ["0.10.7", 2],
    ["0.14.0", 1],
  ])("%s looks into the store %d times, woken by its own status or not", async (version, times) => {
    await using server = await vault((line) => (line.startsWith("GET /v1/secret/metadata") ? managed : undefined));
    await play({
      product: "external-secrets",
      version,
      manifests: { store: store(server.url, esoAuth), ...push(ref) },
    });
    expect(server.seen.filter(({ line }) => line === "GET /v1/secret/data/app")).toHaveLength(times);
  });

  it("leaves alone what it does not manage", async () => {
    await using server = await vault((line) =>
      line.startsWith("GET /v1/secret/metadata") ? { status: 200, body: { data: {} } } : undefined,
    );
    const manifests = { store: store(server.url, esoAuth), ...push(ref) };
    const { report } = await play({ product: "external-secrets", version: "2.9.0", manifests });
    expect(report.says).toBe(
      "set secret failed: could not write remote ref user to target secretstore store: secret not managed by external-secrets",
    );
    expect(writes(server.seen)).toEqual([]);
  });

  it.each([
    ["0.19.2", undefined],
    ["0.20.0", { cas: 7 }],
  ])("%s with checkAndSet.required sends the options %j", async (version, options) => {
    await using server = await vault((line) => (line.startsWith("GET /v1/secret/metadata") ? managed : undefined));
    const manifests = { store: store(server.url, esoAuth, { checkAndSet: { required: true } }), ...push(ref) };
    await play({ product: "external-secrets", version, manifests });
    const body = JSON.parse(server.seen.find(({ line }) => line === "PUT /v1/secret/data/app")?.body ?? "{}") as {
      options?: unknown;
    };
    expect(body.options).toEqual(options);
  });
});

describe("what is not known", () => {
  it("a product without a model is an error that names the nearest one", async () => {
    const error: unknown = await clientModel("cert-manger").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MistrustError);
    expect(String(error)).toContain('did you mean "cert-manager"?');
  });

  it.each(["1.22.0", "1.12.99", "0.1", "latest"])("so is cert-manager %s", async (version) => {
    const manifests = { issuer: issuer("https://localhost:1", kubernetesAuth) };
    await expect(runClient({ product: "cert-manager", version, manifests }, {})).rejects.toMatchObject({
      code: "MISTRUST_VERSION_UNKNOWN",
    });
  });
});
