import { createPublicKey, createVerify, generateKeyPairSync, type KeyObject, sign as signBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Journal } from "../src/journal/index.js";
import { createKubernetes, SigningKeys } from "../src/kubernetes/index.js";
import { createAuthority, createSigningRequest, generateKey } from "../src/pki/index.js";
import { LabClock, Seed } from "../src/runtime/index.js";
import { listen } from "../src/transport/index.js";
import { createVault, type Vault } from "../src/vault/index.js";
import { Client, type LoadRequest, type Rate } from "./load.js";
import { median, type Row } from "./report.js";

/** What a real Vault 1.14 does in a second on one core of a like machine. */
const REAL = { login: 700, read: 940, lookup: 930 } as const;

interface World extends AsyncDisposable {
  readonly vault: Vault;
  readonly url: string;
  readonly jwt: string;
  /** What verifies `jwt`. */
  readonly jwtKey: KeyObject;
}

/** A Vault over plain HTTP, and a Kubernetes API over HTTPS that it asks about each login. */
async function world(): Promise<World> {
  const clock = new LabClock();
  const seed = new Seed("bench");
  const journal = new Journal({ clock });
  const signingKeys = new SigningKeys();
  const kubernetes = createKubernetes({ clock, seed: seed.fork("kubernetes"), journal, signingKeys });
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
    jwtKey: (await signingKeys.key("rsa-2048")).publicKey,
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

/** Short and many, turn by turn, so that what else the machine does hits ours and the floor alike. */
const ROUNDS = 9;
const ROUND_MS = 400;
/** Enough for V8 to have compiled what is hot, however much of a core it gets meanwhile. */
const WARM_UP_MS = 3_000;

interface Pair {
  readonly what: string;
  readonly request: LoadRequest;
  /** What the bare server does for each request. */
  readonly work: (body: Buffer) => string;
  readonly aim: string;
  met(pair: { readonly ours: number; readonly ratio: number }): boolean;
}

async function compare(client: Client, url: string, pair: Pair): Promise<Row> {
  const { what, request, work, aim } = pair;
  const floor = await bare(work);
  await client.load(floor.url, request, WARM_UP_MS);
  await client.load(url, request, WARM_UP_MS);
  const rounds: { readonly ours: Rate; readonly floor: Rate }[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const least = await client.load(floor.url, request, ROUND_MS);
    rounds.push({ floor: least, ours: await client.load(url, request, ROUND_MS) });
  }
  floor.server.close();
  const ours = median(rounds.map((round) => round.ours.perCpuSecond));
  const ratio = median(rounds.map((round) => round.ours.perCpuSecond / round.floor.perCpuSecond));
  return {
    what,
    ours,
    floor: median(rounds.map((round) => round.floor.perCpuSecond)),
    ratio,
    wall: median(rounds.map((round) => round.ours.perSecond)),
    unit: "/s",
    aim,
    met: pair.met({ ours, ratio }),
  };
}

export async function vault(): Promise<Row[]> {
  await using here = await world();
  using client = new Client();
  const root = { "x-vault-token": here.vault.rootToken };
  const csr = createSigningRequest(generateKey("ec-p256"), { subject: { commonName: "a.example.com" } }).pem;
  const secret = JSON.stringify({ data: { data: { password: "correct horse" } } });
  const pairs: readonly Pair[] = [
    {
      what: "kubernetes login, with TokenReview",
      request: {
        method: "POST",
        path: "/v1/auth/kubernetes/login",
        body: JSON.stringify({ role: "app", jwt: here.jwt }),
        status: 200,
      },
      work: verifier(here.jwt, here.jwtKey),
      aim: `≥ ${5 * REAL.login} and half of the floor`,
      met: ({ ours, ratio }) => ours >= 5 * REAL.login && ratio >= 0.5,
    },
    {
      what: "KV v2 read",
      request: { method: "GET", path: "/v1/secret/data/app", headers: root, status: 200 },
      work: () => secret,
      aim: `≥ ${10 * REAL.read}`,
      met: ({ ours }) => ours >= 10 * REAL.read,
    },
    {
      what: "token lookup-self",
      request: { method: "GET", path: "/v1/auth/token/lookup-self", headers: root, status: 200 },
      work: () => secret,
      aim: `≥ ${10 * REAL.lookup}`,
      met: ({ ours }) => ours >= 10 * REAL.lookup,
    },
    {
      what: "PKI sign, P-256",
      request: {
        method: "POST",
        path: "/v1/pki/sign/any",
        headers: root,
        body: JSON.stringify({ csr }),
        status: 200,
      },
      work: signer(),
      aim: "≥ floor / 1.5",
      met: ({ ratio }) => ratio >= 1 / 1.5,
    },
  ];
  const rows: Row[] = [];
  for (const pair of pairs) rows.push(await compare(client, here.url, pair));
  return rows;
}

/** Verifies the JWT's RS256 signature for every request. */
function verifier(jwt: string, key: KeyObject): (body: Buffer) => string {
  const dot = jwt.lastIndexOf(".");
  const signed = jwt.slice(0, dot);
  const signature = Buffer.from(jwt.slice(dot + 1), "base64url");
  return (body) => {
    JSON.parse(body.toString());
    const ok = createVerify("sha256").update(signed).verify(key, signature);
    return JSON.stringify({ auth: { client_token: ok ? "x".repeat(95) : "" } });
  };
}

/** Reads a P-256 key and verifies a signature with it (the CSR's), and makes another signature (the certificate's). */
function signer(): (body: Buffer) => string {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const content = Buffer.alloc(600, 1);
  const signature = signBytes("sha256", content, privateKey);
  const spki = publicKey.export({ type: "spki", format: "der" });
  return (body) => {
    JSON.parse(body.toString());
    const key = createPublicKey({ key: spki, type: "spki", format: "der" });
    createVerify("sha256").update(content).verify(key, signature);
    return JSON.stringify({ data: { certificate: signBytes("sha256", content, privateKey).toString("base64") } });
  };
}
