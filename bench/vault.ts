import { createSign, createVerify, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Journal } from "../src/journal/index.js";
import { createKubernetes } from "../src/kubernetes/index.js";
import { createAuthority, createSigningRequest, generateKey } from "../src/pki/index.js";
import { LabClock, Seed } from "../src/runtime/index.js";
import { listen } from "../src/transport/index.js";
import { createVault, type Vault } from "../src/vault/index.js";
import { load, type LoadRequest } from "./load.js";
import type { Row } from "./report.js";

const SECONDS = 3;

/** What a real Vault 1.14 does in a second on one core of a like machine. */
const REAL = { login: 700, read: 940, lookup: 930 } as const;

interface World extends AsyncDisposable {
  readonly vault: Vault;
  readonly url: string;
  readonly jwt: string;
}

/** A Vault over plain HTTP, and a Kubernetes API over HTTPS that it asks about each login. */
async function world(): Promise<World> {
  const clock = new LabClock();
  const seed = new Seed("bench");
  const journal = new Journal({ clock });
  const kubernetes = createKubernetes({ clock, seed: seed.fork("kubernetes"), journal });
  const ca = createAuthority({ clock, commonName: "bench" });
  const tls = ca.issue({ commonName: "localhost", dns: ["localhost"], ips: ["127.0.0.1"] });
  const api = await listen({
    server: "kubernetes",
    handler: kubernetes.handle,
    journal,
    tls: { certificatePem: tls.chainPem, keyPem: tls.keyPem },
  });
  const vault = createVault({ clock, seed: seed.fork("vault"), journal });
  const front = await listen({ server: "vault", handler: vault.handle, journal });
  await kubernetes.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "bench" } });
  await kubernetes.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "app", namespace: "bench" } });
  await kubernetes.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "review" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
    subjects: [{ kind: "ServiceAccount", name: "app", namespace: "bench" }],
  });
  const token = await kubernetes.issueToken({ namespace: "bench", serviceAccount: "app" });
  await vault.write("sys/auth/kubernetes", { type: "kubernetes" });
  await vault.write("auth/kubernetes/config", {
    kubernetes_host: api.url,
    kubernetes_ca_cert: ca.certificatePem,
    disable_local_ca_jwt: true,
  });
  await vault.write("auth/kubernetes/role/app", {
    bound_service_account_names: "app",
    bound_service_account_namespaces: "bench",
  });
  await vault.write("secret/data/app", { data: { password: "correct horse" } });
  await vault.write("sys/mounts/pki", { type: "pki" });
  await vault.write("pki/root/generate/internal", { common_name: "bench", key_type: "ec" });
  await vault.write("pki/roles/any", { allow_any_name: true, key_type: "any", max_ttl: "1h", ttl: "1h" });
  return {
    vault,
    url: front.url,
    jwt: token,
    [Symbol.asyncDispose]: async () => {
      await front.close();
      await api.close();
      vault.stop();
      clock.stop();
    },
  };
}

/** A bare node:http server: the least that any server in Node can do. */
async function bare(work: (body: Buffer) => string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = work(Buffer.concat(chunks));
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
      response.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function floor(request: LoadRequest, work: (body: Buffer) => string): Promise<number> {
  const { url, server } = await bare(work);
  const { perSecond } = await load(url, request, SECONDS);
  server.close();
  return perSecond;
}

export async function vault(): Promise<Row[]> {
  await using here = await world();
  const root = { "x-vault-token": here.vault.rootToken };
  const loginRequest: LoadRequest = {
    method: "POST",
    path: "/v1/auth/kubernetes/login",
    body: JSON.stringify({ role: "app", jwt: here.jwt }),
    status: 200,
  };
  const readRequest: LoadRequest = { method: "GET", path: "/v1/secret/data/app", headers: root, status: 200 };
  const lookupRequest: LoadRequest = { method: "GET", path: "/v1/auth/token/lookup-self", headers: root, status: 200 };
  const csr = createSigningRequest(generateKey("ec-p256"), { subject: { commonName: "a.example.com" } }).pem;
  const signRequest: LoadRequest = {
    method: "POST",
    path: "/v1/pki/sign/any",
    headers: root,
    body: JSON.stringify({ csr }),
    status: 200,
  };

  const logins = (await load(here.url, loginRequest, SECONDS)).perSecond;
  const reads = (await load(here.url, readRequest, SECONDS)).perSecond;
  const lookups = (await load(here.url, lookupRequest, SECONDS)).perSecond;
  const signatures = (await load(here.url, signRequest, SECONDS)).perSecond;

  const verifying = await floor(loginRequest, verifier());
  const echoing = await floor(readRequest, () => JSON.stringify({ data: { data: { password: "correct horse" } } }));
  const signing = await floor(signRequest, signer());
  return [
    row(
      "kubernetes login, with TokenReview",
      logins,
      verifying,
      `≥ ${5 * REAL.login} and half of the floor`,
      logins >= 5 * REAL.login && logins >= verifying / 2,
    ),
    row("KV v2 read", reads, echoing, `≥ ${10 * REAL.read}`, reads >= 10 * REAL.read),
    row("token lookup-self", lookups, echoing, `≥ ${10 * REAL.lookup}`, lookups >= 10 * REAL.lookup),
    row("PKI sign, P-256", signatures, signing, "≥ floor / 1.5", signatures >= signing / 1.5),
  ];
}

function row(what: string, ours: number, base: number, aim: string, met: boolean): Row {
  return { what, ours, floor: base, unit: "/s", aim, met };
}

/** Verifies an RS256 signature of its own for every request, as a login must. */
function verifier(): (body: Buffer) => string {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const signed = `${"x".repeat(60)}.${"y".repeat(900)}`;
  const signature = createSign("sha256").update(signed).sign(privateKey);
  return (body) => {
    JSON.parse(body.toString());
    const ok = createVerify("sha256").update(signed).verify(publicKey, signature);
    return JSON.stringify({ auth: { client_token: ok ? "x".repeat(95) : "" } });
  };
}

/** Verifies one P-256 signature (the CSR's) and makes another (the certificate's). */
function signer(): (body: Buffer) => string {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const content = Buffer.alloc(600, 1);
  const signature = signBytes("sha256", content, privateKey);
  return (body) => {
    JSON.parse(body.toString());
    createVerify("sha256").update(content).verify(publicKey, signature);
    return JSON.stringify({ data: { certificate: signBytes("sha256", content, privateKey).toString("base64") } });
  };
}
