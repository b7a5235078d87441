import { expect, test } from "vitest";
import { decodeProtobuf } from "../../../src/kubernetes/api/protobuf.js";
import { type Cluster, startCluster, TOKEN_REVIEWS } from "./cluster.js";

/** As client-go 0.36.3 writes them. */
const WRITTEN = {
  TokenRequest:
    "azhzAAooChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESDFRva2VuUmVxdWVzdBJHChcKABIAGgdzYW5kYm94IgAqADIAOABCABImCgV2YXVsdAoFb3RoZXIaEwoGU2VjcmV0EgJ2MRoDYXBwIgAg2AQaBAoAEgAaACIA",
  TokenReview:
    "azhzAAonChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESC1Rva2VuUmV2aWV3Ei4KEAoAEgAaACIAKgAyADgAQgASDgoFYS5iLmMSBXZhdWx0GgoIABIECgASABoAGgAiAA==",
  ServiceAccount: "azhzAAoUCgJ2MRIOU2VydmljZUFjY291bnQSIgoeCgNhcHASABoAIgAqADIAOABCAFoJCgR0ZWFtEgFhIAEaACIA",
  Secret: "azhzAAoMCgJ2MRIGU2VjcmV0EikKEwoDYXBwEgAaACIAKgAyADgAQgASCgoEdXNlchICbWUaBk9wYXF1ZRoAIgA=",
  Namespace: "azhzAAoPCgJ2MRIJTmFtZXNwYWNlEh4KFgoGdGVhbS1iEgAaACIAKgAyADgAQgASABoCCgAaACIA",
  SubjectAccessReview:
    "azhzAAouChdhdXRob3JpemF0aW9uLms4cy5pby92MRITU3ViamVjdEFjY2Vzc1JldmlldxJcChAKABIAGgAiACoAMgA4AEIAEj4KHAoHZGVmYXVsdBIDZ2V0GgAiACoEcG9kczIAOgAaBGphbmUiBGRldnMqEAoGc2NvcGVzEgYKAWEKAWIyABoICAASABoAIAAaACIA",
  ClusterRoleBinding:
    "azhzAAoyChxyYmFjLmF1dGhvcml6YXRpb24uazhzLmlvL3YxEhJDbHVzdGVyUm9sZUJpbmRpbmcSfgoZCglkZWxlZ2F0b3ISABoAIgAqADIAOABCABIgCg5TZXJ2aWNlQWNjb3VudBIAGgV2YXVsdCIFdmF1bHQaPwoZcmJhYy5hdXRob3JpemF0aW9uLms4cy5pbxILQ2x1c3RlclJvbGUaFXN5c3RlbTphdXRoLWRlbGVnYXRvchoAIgA=",
} as const;

const bytes = (kind: keyof typeof WRITTEN): Buffer => Buffer.from(WRITTEN[kind], "base64");

test("what Go's clients write in protobuf reads as their JSON does", () => {
  expect(decodeProtobuf(bytes("TokenRequest")).object).toEqual({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { namespace: "sandbox" },
    spec: {
      audiences: ["vault", "other"],
      expirationSeconds: 600,
      boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "app" },
    },
  });
  expect(decodeProtobuf(bytes("SubjectAccessReview")).object.spec).toEqual({
    user: "jane",
    groups: ["devs"],
    extra: { scopes: ["a", "b"] },
    resourceAttributes: { namespace: "default", verb: "get", resource: "pods" },
  });
  expect(decodeProtobuf(bytes("ClusterRoleBinding")).object).toMatchObject({
    subjects: [{ kind: "ServiceAccount", name: "vault", namespace: "vault" }],
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
  });
});

const GO = {
  "content-type": "application/vnd.kubernetes.protobuf",
  accept: "application/vnd.kubernetes.protobuf,application/json",
};

async function post(cluster: Cluster, path: string, body: Buffer): Promise<Response> {
  const authorization = `Bearer ${cluster.api.adminToken}`;
  return await fetch(cluster.url + path, { method: "POST", headers: { ...GO, authorization }, body });
}

test("a Go client of our days creates a namespace, an account, a Secret and asks for its token", async () => {
  await using cluster = await startCluster();
  const namespaces = "/api/v1/namespaces";
  expect((await post(cluster, namespaces, bytes("Namespace"))).status).toBe(201);
  await cluster.api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "sandbox" } });
  const accounts = `${namespaces}/sandbox/serviceaccounts`;
  const account = await post(cluster, accounts, bytes("ServiceAccount"));
  expect(await account.json()).toMatchObject({
    metadata: { labels: { team: "a" } },
    automountServiceAccountToken: true,
  });
  await post(cluster, `${namespaces}/sandbox/secrets`, bytes("Secret"));
  const token = await post(cluster, `${accounts}/app/token`, bytes("TokenRequest"));
  expect(token.headers.get("content-type")).toBe("application/json");
  expect(await token.json()).toMatchObject({ spec: { audiences: ["vault", "other"] } });
  expect((await post(cluster, TOKEN_REVIEWS, bytes("TokenReview"))).status).toBe(201);
});

test("bytes that are no protobuf of Kubernetes' are unrecognized", async () => {
  await using cluster = await startCluster();
  const says = async (body: Buffer): Promise<unknown> =>
    ((await (await post(cluster, TOKEN_REVIEWS, body)).json()) as { message: unknown }).message;
  const head = "the object provided is unrecognized (must be of type TokenReview): ";
  expect(await says(Buffer.from("x"))).toBe(
    `${head}provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (78)`,
  );
});
