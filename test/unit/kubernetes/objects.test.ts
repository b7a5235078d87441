import { expect, test } from "vitest";
import { knownKinds } from "../../../src/kubernetes/index.js";
import { delegator, serviceAccount, startCluster } from "./cluster.js";

const HERE = "/api/v1/namespaces/default";

test("a manifest of an unknown kind is refused with the known ones and the nearest", async () => {
  await using cluster = await startCluster();
  const manifest = { apiVersion: "v1", kind: "ServiceAcount", metadata: { name: "x" } };
  const error: unknown = await cluster.api.apply(manifest, { key: "issuer" }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "MISTRUST_MANIFEST_UNKNOWN_KIND", remedy: "did you mean ServiceAccount?" });
  expect(String(error)).toContain(`manifest "issuer" has the kind "ServiceAcount"`);
  expect(String(error)).toContain(knownKinds().join(", "));
});

test("a manifest with another apiVersion or without a name is refused", async () => {
  await using cluster = await startCluster();
  const old = { apiVersion: "rbac.authorization.k8s.io/v1beta1", kind: "Role", metadata: { name: "x" } };
  await expect(cluster.api.apply(old)).rejects.toMatchObject({ code: "MISTRUST_MANIFEST_INVALID" });
  await expect(cluster.api.apply({ apiVersion: "v1", kind: "Pod" })).rejects.toThrow("has no metadata.name");
});

test("a manifest makes the namespace it needs, and applying it again keeps the object's uid", async () => {
  await using cluster = await startCluster();
  const first = await cluster.api.apply(serviceAccount("sandbox", "app"));
  const again = await cluster.api.apply({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { namespace: "sandbox", name: "app", labels: { a: "b" } },
  });
  expect(again.metadata.uid).toBe(first.metadata.uid);
  expect(again.metadata.labels).toEqual({ a: "b" });
  expect((await cluster.call("GET", "/api/v1/namespaces/sandbox")).status).toBe(200);
});

test("over the wire a missing namespace is 404, a second creation 409, a bad name 422", async () => {
  await using cluster = await startCluster();
  const post = (path: string, name: string): Promise<{ status: number }> =>
    cluster.call("POST", path, { metadata: { name } });
  expect((await post("/api/v1/namespaces/nosuch/serviceaccounts", "a")).status).toBe(404);
  expect((await post(`${HERE}/serviceaccounts`, "a")).status).toBe(201);
  expect((await post(`${HERE}/serviceaccounts`, "a")).status).toBe(409);
  expect((await post(`${HERE}/serviceaccounts`, "A")).status).toBe(422);
});

test("objects can be listed by label and field, patched, replaced and deleted", async () => {
  await using cluster = await startCluster();
  const made = { metadata: { name: "a", labels: { app: "x" } }, data: { k: "1" } };
  await cluster.call("POST", `${HERE}/configmaps`, made);
  await cluster.call("POST", `${HERE}/configmaps`, { metadata: { name: "b" } });
  const names = async (query: string): Promise<unknown[]> => {
    const { body } = await cluster.call("GET", `${HERE}/configmaps?${query}`);
    return (body.items as { metadata: { name: string } }[]).map((item) => item.metadata.name);
  };
  expect(await names("")).toEqual(["a", "b"]);
  expect(await names("labelSelector=app%20in%20(x,y)")).toEqual(["a"]);
  expect(await names("labelSelector=!app")).toEqual(["b"]);
  expect(await names("fieldSelector=metadata.name%3Db")).toEqual(["b"]);
  const patchType = { "content-type": "application/merge-patch+json" };
  const patched = await cluster.call(
    "PATCH",
    `${HERE}/configmaps/a`,
    { data: { k: null, l: "2" } },
    undefined,
    patchType,
  );
  expect(patched.body.data).toEqual({ l: "2" });
  const stale = { metadata: { name: "a", resourceVersion: "1" } };
  expect((await cluster.call("PUT", `${HERE}/configmaps/a`, stale)).body.reason).toBe("Conflict");
  expect((await cluster.call("DELETE", `${HERE}/configmaps/a`)).body).toMatchObject({ status: "Success" });
  expect((await cluster.call("GET", `${HERE}/configmaps/a`)).status).toBe(404);
});

test("deleting a namespace deletes what is in it", async () => {
  await using cluster = await startCluster();
  await cluster.api.apply(serviceAccount("sandbox", "app"));
  await cluster.call("DELETE", "/api/v1/namespaces/sandbox");
  await cluster.call("POST", "/api/v1/namespaces", { metadata: { name: "sandbox" } });
  expect((await cluster.call("GET", "/api/v1/namespaces/sandbox/serviceaccounts/app")).status).toBe(404);
});

test("managed fields name what a pod's creator set, item by item", async () => {
  await using cluster = await startCluster();
  const spec = { containers: [{ name: "app", image: "app:1", env: [{ name: "A", value: "1" }] }] };
  const headers = { "user-agent": "kubectl/v1.34.4 (linux/amd64)" };
  const { body } = await cluster.call("POST", `${HERE}/pods`, { metadata: { name: "p" }, spec }, undefined, headers);
  expect(body.metadata).toMatchObject({
    managedFields: [
      {
        manager: "kubectl",
        fieldsV1: {
          "f:spec": {
            "f:containers": {
              'k:{"name":"app"}': {
                ".": {},
                "f:env": { ".": {}, 'k:{"name":"A"}': { ".": {}, "f:name": {}, "f:value": {} } },
                "f:image": {},
              },
            },
            "f:restartPolicy": {},
          },
        },
      },
    ],
  });
});

test("a binding to a role that is not there says so in the refusal", async () => {
  await using cluster = await startCluster();
  await cluster.api.apply(serviceAccount("default", "app"));
  await cluster.api.apply({ ...delegator("default", "app"), roleRef: { kind: "ClusterRole", name: "nosuch" } });
  const token = await cluster.api.issueToken({ namespace: "default", serviceAccount: "app" });
  const { body } = await cluster.call("GET", "/api/v1/namespaces", undefined, token);
  expect(body.message).toBe(
    'namespaces is forbidden: User "system:serviceaccount:default:app" cannot list resource "namespaces" in API group "" ' +
      'at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "nosuch" not found',
  );
});

test("a role in a namespace allows token creation for the named account there and nowhere else", async () => {
  await using cluster = await startCluster();
  const RBAC = "rbac.authorization.k8s.io/v1";
  await cluster.api.apply(serviceAccount("cert-manager", "cert-manager"));
  await cluster.api.apply(serviceAccount("sandbox", "issuer"));
  await cluster.api.apply(serviceAccount("sandbox", "other"));
  await cluster.api.apply({
    apiVersion: RBAC,
    kind: "Role",
    metadata: { namespace: "sandbox", name: "tokens" },
    rules: [{ apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: ["issuer"], verbs: ["create"] }],
  });
  await cluster.api.apply({
    apiVersion: RBAC,
    kind: "RoleBinding",
    metadata: { namespace: "sandbox", name: "tokens" },
    roleRef: { kind: "Role", name: "tokens" },
    subjects: [{ kind: "ServiceAccount", namespace: "cert-manager", name: "cert-manager" }],
  });
  const token = await cluster.api.issueToken({ namespace: "cert-manager", serviceAccount: "cert-manager" });
  const ask = async (name: string): Promise<number> => {
    const path = `/api/v1/namespaces/sandbox/serviceaccounts/${name}/token`;
    return (await cluster.call("POST", path, { spec: {} }, token)).status;
  };
  expect(await ask("issuer")).toBe(201);
  expect(await ask("other")).toBe(403);
});

test("a subject access review says which binding allows it", async () => {
  await using cluster = await startCluster();
  await cluster.api.apply(delegator("vault", "vault"));
  const resourceAttributes = { group: "authentication.k8s.io", resource: "tokenreviews", verb: "create" };
  const spec = { user: "system:serviceaccount:vault:vault", resourceAttributes };
  const { body } = await cluster.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec });
  expect(body.status).toEqual({
    allowed: true,
    reason:
      'RBAC: allowed by ClusterRoleBinding "vault-vault" of ClusterRole "system:auth-delegator" to ServiceAccount "vault/vault"',
  });
});
