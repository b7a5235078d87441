import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "./cluster.js";

/** Texts as kube-apiserver 1.34.2 says them, those of the last test from its source. */

let cluster: Cluster;
let account: string;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "imp" } });
  await cluster.api.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "x", namespace: "imp" } });
  const path = "/api/v1/namespaces/imp/serviceaccounts/x/token";
  const made = (await (await ask({}, path, { spec: {} })).json()) as { readonly status: { readonly token: string } };
  account = made.status.token;
});
afterAll(async () => await cluster[Symbol.asyncDispose]());

async function ask(
  headers: Readonly<Record<string, string>>,
  path = "/api/v1/namespaces?limit=1",
  body?: object,
): Promise<Response> {
  const authorization = `Bearer ${cluster.api.adminToken}`;
  const post = body && { method: "POST", body: JSON.stringify(body) };
  return await fetch(cluster.url + path, {
    ...post,
    headers: { authorization, "content-type": "application/json", ...headers },
  });
}

test.each<[headers: Readonly<Record<string, string>>, message: string]>([
  [
    { "impersonate-user": "system:serviceaccount:sandbox:default" },
    'namespaces is forbidden: User "system:serviceaccount:sandbox:default" cannot list resource "namespaces" in API group "" at the cluster scope',
  ],
  [
    { "impersonate-user": "system:anonymous" },
    'namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster scope',
  ],
])("who calls as %o may do what that one may", async (headers, message) => {
  const reply = await ask(headers);
  expect([reply.status, await reply.json()]).toMatchObject([403, { message }]);
});

test("a group that is named counts, and so does everybody's", async () => {
  expect((await ask({ "impersonate-user": "jane", "impersonate-group": "system:masters" })).status).toBe(200);
  const headers = { "impersonate-user": "jane", "impersonate-group": "dev", "impersonate-extra-scopes": "a" };
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const reply = await ask(headers, "/apis/authentication.k8s.io/v1/selfsubjectreviews", review);
  expect(await reply.json()).toMatchObject({
    status: { userInfo: { username: "jane", groups: ["dev", "system:authenticated"], extra: { scopes: ["a"] } } },
  });
});

test.each<[headers: Readonly<Record<string, string>>, what: string]>([
  [{ "impersonate-group": "dev" }, "{Group  dev    }"],
  [{ "impersonate-extra-foo": "a" }, "{UserExtra  a  authentication.k8s.io/v1  foo}"],
  [{ "impersonate-uid": "5" }, "{UID  5  authentication.k8s.io/v1  }"],
])("%o without a user is an error of the server's", async (headers, what) => {
  const reply = await ask(headers);
  const text = `Internal Server Error: "/api/v1/namespaces?limit=1": requested [${what}] without impersonating a user\n`;
  expect([reply.status, await reply.text()]).toEqual([500, text]);
});

test.each<[headers: Readonly<Record<string, string>>, message: string]>([
  [
    { "impersonate-user": "jane" },
    'users "jane" is forbidden: User "system:serviceaccount:imp:x" cannot impersonate resource "users" in API group "" at the cluster scope',
  ],
  [
    { "impersonate-user": "system:serviceaccount:imp:y" },
    'serviceaccounts "y" is forbidden: User "system:serviceaccount:imp:x" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "imp"',
  ],
])("who may not be %o is told so", async (headers, message) => {
  const reply = await ask({ ...headers, authorization: `Bearer ${account}` });
  expect([reply.status, await reply.json()]).toMatchObject([403, { message }]);
});

test("who asks what it may do in a namespace is told all rules, and of roles that are not there", async () => {
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "gone", namespace: "imp" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "nowhere" },
    subjects: [{ kind: "ServiceAccount", name: "x", namespace: "imp" }],
  };
  await cluster.api.apply(binding);
  const review = { kind: "SelfSubjectRulesReview", apiVersion: "authorization.k8s.io/v1", spec: { namespace: "imp" } };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
  const reply = await ask({ authorization: `Bearer ${account}` }, path, review);
  expect([reply.status, await reply.json()]).toMatchObject([
    201,
    {
      status: {
        resourceRules: expect.arrayContaining([
          {
            verbs: ["create"],
            apiGroups: ["authorization.k8s.io"],
            resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
          },
        ]) as unknown,
        incomplete: false,
        evaluationError: 'role.rbac.authorization.k8s.io "nowhere" not found',
      },
    },
  ]);
  const nowhere = await ask({}, path, { ...review, spec: {} });
  expect(await nowhere.json()).toMatchObject({ code: 400, message: "no namespace on request" });
});
