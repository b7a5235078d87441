import { expect, test } from "vitest";
import { claims, delegator, serviceAccount, startCluster, TOKEN_REVIEWS } from "./cluster.js";

const OWN = "https://kubernetes.default.svc.cluster.local";

test("a bearer for another audience is refused with 401, and only the journal and the log say why", async () => {
  await using cluster = await startCluster();
  await cluster.api.apply(serviceAccount("sandbox", "issuer"));
  const token = await cluster.api.issueToken({
    namespace: "sandbox",
    serviceAccount: "issuer",
    audiences: ["vault://sandbox/i"],
  });
  const reply = await cluster.call("POST", TOKEN_REVIEWS, { spec: { token, audiences: ["vault://sandbox/i"] } }, token);
  expect(reply.status).toBe(401);
  expect(reply.body.message).toBe("Unauthorized");
  const [refused] = cluster.journal.events({ type: "checks", refusedBy: "bearer-audience" });
  expect(refused).toMatchObject({ decision: "authenticate" });
  expect(JSON.stringify(refused)).toContain(`["${OWN}"]`.replaceAll('"', '\\"'));
  const [log] = cluster.journal.events({ log: "Unable to authenticate the request" });
  expect(log).toMatchObject({
    level: "error",
    line:
      '"Unable to authenticate the request" err="[invalid bearer token, token audiences [\\"vault://sandbox/i\\"] ' +
      `is invalid for the target audiences [\\"${OWN}\\"]]"`,
  });
});

test("the same token with the API server's audience beside its own passes, once it may review", async () => {
  await using cluster = await startCluster();
  await cluster.api.apply(serviceAccount("sandbox", "issuer"));
  const audiences = ["vault", OWN];
  const token = await cluster.api.issueToken({ namespace: "sandbox", serviceAccount: "issuer", audiences });
  const review = { spec: { token, audiences: ["vault"] } };
  const before = await cluster.call("POST", TOKEN_REVIEWS, review, token);
  expect(before.status).toBe(403);
  expect(cluster.journal.events({ type: "checks", refusedBy: "rbac" })).toHaveLength(1);
  await cluster.api.apply(delegator("sandbox", "issuer"));
  const after = await cluster.call("POST", TOKEN_REVIEWS, review, token);
  expect(after.body.status).toMatchObject({ authenticated: true, audiences: ["vault"] });
});

test("own API audiences replace the default, and the first is the issuer", async () => {
  await using cluster = await startCluster({ apiAudiences: ["https://aks.example", "api"] });
  await cluster.api.apply(serviceAccount("default", "app"));
  const token = await cluster.api.issueToken({ namespace: "default", serviceAccount: "app" });
  expect(claims(token)).toMatchObject({ iss: "https://aks.example", aud: ["https://aks.example", "api"] });
  const discovery = await cluster.call("GET", "/.well-known/openid-configuration");
  expect(discovery.body).toMatchObject({ issuer: "https://aks.example", jwks_uri: `${cluster.url}/openid/v1/jwks` });
});

test("a good answer is remembered for ten seconds of lab time, a bad one is not", async () => {
  await using cluster = await startCluster();
  await cluster.api.apply(serviceAccount("default", "app"));
  const token = await cluster.api.issueToken({ namespace: "default", serviceAccount: "app" });
  const review = async (): Promise<unknown> =>
    (await cluster.call("POST", TOKEN_REVIEWS, { spec: { token } })).body.status;
  expect(await review()).toMatchObject({ authenticated: true });
  cluster.api.remove(serviceAccount("default", "app"));
  expect(await review()).toMatchObject({ authenticated: true });
  await cluster.clock.advance(10_000);
  expect(await review()).toEqual({ user: {}, error: '[invalid bearer token, serviceaccounts "app" not found]' });
});

test("a token ends a minute after its expiry, as the leeway wants it", async () => {
  await using cluster = await startCluster();
  await cluster.api.apply(serviceAccount("default", "app"));
  const token = await cluster.api.issueToken({ namespace: "default", serviceAccount: "app", expirationSeconds: 600 });
  const error = async (): Promise<unknown> => {
    const { body } = await cluster.call("POST", TOKEN_REVIEWS, { spec: { token } });
    return (body.status as { error?: string }).error;
  };
  await cluster.clock.advance(655_000);
  expect(await error()).toBeUndefined();
  await cluster.clock.advance(20_000);
  expect(await error()).toBe("[invalid bearer token, service account token has expired]");
});

test("a Secret of the service account token type gets a long-lived token that reviews well until the Secret is gone", async () => {
  await using cluster = await startCluster({ ca: "a certificate" });
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/service-account-token",
    metadata: { namespace: "vault", name: "reviewer", annotations: { "kubernetes.io/service-account.name": "vault" } },
  };
  await cluster.api.apply(serviceAccount("vault", "vault"));
  const stored = await cluster.api.apply(secret);
  const data = stored.data as Record<string, string>;
  const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
  expect(text("ca.crt")).toBe("a certificate");
  expect(text("namespace")).toBe("vault");
  const review = async (): Promise<unknown> => {
    return (await cluster.call("POST", TOKEN_REVIEWS, { spec: { token: text("token") } })).body.status;
  };
  expect(await review()).toMatchObject({ user: { username: "system:serviceaccount:vault:vault" }, audiences: [OWN] });
  cluster.api.remove(secret);
  await cluster.clock.advance(11_000);
  expect(await review()).toEqual({ user: {}, error: "[invalid bearer token, Token has been invalidated]" });
});

test("a pod's token names the pod's node, and the kubelet's usual lifetime is extended by a year", async () => {
  await using cluster = await startCluster();
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "app" },
    spec: { nodeName: "worker", containers: [{ name: "app", image: "app:1" }] },
  };
  await cluster.api.apply({ apiVersion: "v1", kind: "Node", metadata: { name: "worker" } });
  await cluster.api.apply(pod);
  const boundObject = { apiVersion: "v1", kind: "Pod", name: "app" };
  const token = await cluster.api.issueToken({
    namespace: "default",
    serviceAccount: "default",
    expirationSeconds: 3607,
    boundObject,
  });
  const { exp, iat, ...rest } = claims(token) as { exp: number; iat: number };
  expect(exp - iat).toBe(365 * 24 * 3600);
  const uid = cluster.api.object("Node", "", "worker")?.metadata.uid;
  expect(rest).toMatchObject({ "kubernetes.io": { node: { name: "worker", uid }, warnafter: iat + 3607 } });
  const { body } = await cluster.call("POST", TOKEN_REVIEWS, { spec: { token } });
  expect(body.status).toMatchObject({ user: { extra: { "authentication.kubernetes.io/node-name": ["worker"] } } });
});

test("older releases leave out what came later", async () => {
  await using cluster = await startCluster({ version: "1.27.3" });
  await cluster.api.apply(serviceAccount("default", "app"));
  const token = await cluster.api.issueToken({ namespace: "default", serviceAccount: "app" });
  expect(claims(token)).not.toHaveProperty("jti");
  const review = await cluster.call("POST", TOKEN_REVIEWS, { spec: { token } });
  expect(review.body.metadata).toMatchObject({ creationTimestamp: null });
  expect((await cluster.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {})).status).toBe(404);
  expect((await cluster.call("GET", "/version")).body).not.toHaveProperty("emulationMajor");
});

test("what TokenRequest would refuse, issueToken refuses in the same words", async () => {
  await using cluster = await startCluster();
  await expect(cluster.api.issueToken({ namespace: "default", serviceAccount: "nosuch" })).rejects.toMatchObject({
    code: "MISTRUST_WORLD_REFUSED",
    message: 'no token for default/nosuch: serviceaccounts "nosuch" not found',
  });
  const short = cluster.api.issueToken({ namespace: "default", serviceAccount: "default", expirationSeconds: 60 });
  await expect(short).rejects.toThrow("may not specify a duration less than 10 minutes");
});

test("an unknown kid finds no key, and a token of RSA size is signed by the shared RSA key", async () => {
  await using cluster = await startCluster({ signingKeyType: "rsa-2048" });
  const token = await cluster.api.signToken({ iss: OWN }, { kid: "other" });
  const { body } = await cluster.call("POST", TOKEN_REVIEWS, { spec: { token } });
  expect(body.status).toEqual({ user: {}, error: "[invalid bearer token, invalid signature, no keys found]" });
});
