import { expect, test } from "vitest";
import { type Cluster, startCluster } from "./cluster.js";

// Texts as kube-apiserver 1.34.2 says them.

const NAMESPACES = "/api/v1/namespaces";
const DEFAULT = `${NAMESPACES}/default`;
const ACCOUNTS = `${DEFAULT}/serviceaccounts`;
const TOKEN = `${ACCOUNTS}/default/token`;
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ROLE = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };

test.each([
  [
    "POST",
    TOKEN,
    { metadata: { uid: "x" } },
    409,
    /^Operation cannot be fulfilled on TokenRequest\.authentication\.k8s\.io "default": the UID in the token request \(x\) does not match the UID of the service account \(\S+\)$/,
  ],
  ["POST", TOKEN.replace("/default/", "/nope/"), {}, 404, 'namespaces "nope" not found'],
  ["POST", TOKEN, { spec: { boundObjectRef: { kind: "Secret", apiVersion: "v1" } } }, 400, "Name parameter required."],
  [
    "POST",
    `${TOKEN}?fieldValidation=Nope`,
    {},
    422,
    'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Nope": supported values: "", "Ignore", "Strict", "Warn"',
  ],
  [
    "POST",
    `${TOKEN}?dryRun=Some`,
    {},
    422,
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
  ],
  ["DELETE", NAMESPACES, undefined, 405, "the server does not allow this method on the requested resource"],
  ["DELETE", DEFAULT, undefined, 403, 'namespaces "default" is forbidden: this namespace may not be deleted'],
  [
    "POST",
    "/api/v1/serviceaccounts",
    { metadata: { name: "x" } },
    405,
    "the server does not allow this method on the requested resource",
  ],
  ["GET", `${ACCOUNTS}?limit=x`, undefined, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  [
    "GET",
    `${ACCOUNTS}?labelSelector=a%20b%20c`,
    undefined,
    400,
    "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
  ],
  [
    "DELETE",
    `${ACCOUNTS}/default?propagationPolicy=Nope`,
    undefined,
    422,
    'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Nope": supported values: "Foreground", "Background", "Orphan", "nil"',
  ],
  [
    "POST",
    NAMESPACES,
    { metadata: { name: "x", labels: { "bad key!": "x" } } },
    422,
    `Namespace "x" is invalid: metadata.labels: Invalid value: "bad key!": name part ${NAME_RULE}`,
  ],
  [
    "POST",
    NAMESPACES,
    { metadata: { name: "x", labels: { a: 1 } } },
    400,
    'Namespace in version "v1" cannot be handled as a Namespace: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  ],
  [
    "POST",
    ACCOUNTS,
    { metadata: { name: "x", ownerReferences: [{ kind: "Pod", name: "x" }] } },
    422,
    'ServiceAccount "x" is invalid: [metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty, metadata.ownerReferences.uid: Invalid value: "": must not be empty]',
  ],
  [
    "POST",
    `${DEFAULT}/configmaps`,
    { metadata: { name: "x" }, data: { "a b": "1" } },
    422,
    `ConfigMap "x" is invalid: data[a b]: Invalid value: "a b": ${KEY_RULE}`,
  ],
  [
    "POST",
    `${DEFAULT}/configmaps`,
    { metadata: { name: "x" }, data: { a: "1" }, binaryData: { a: "Yg==" } },
    422,
    'ConfigMap "x" is invalid: data[a]: Invalid value: "a": duplicate of key present in binaryData',
  ],
  [
    "POST",
    `${DEFAULT}/secrets`,
    { metadata: { name: "x" }, type: "kubernetes.io/tls", stringData: { "tls.crt": "x" } },
    422,
    'Secret "x" is invalid: data[tls.key]: Required value',
  ],
  [
    "POST",
    `${RBAC}/clusterroles`,
    { metadata: { name: "x" }, rules: [{ apiGroups: [""], resources: ["pods"] }] },
    422,
    'ClusterRole.rbac.authorization.k8s.io "x" is invalid: rules[0].verbs: Required value: verbs must contain at least one value',
  ],
  [
    "POST",
    `${RBAC}/namespaces/default/roles`,
    { metadata: { name: "x" }, rules: [{ nonResourceURLs: ["/x"], verbs: ["get"] }] },
    422,
    'Role.rbac.authorization.k8s.io "x" is invalid: rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
  ],
  [
    "POST",
    `${RBAC}/clusterrolebindings`,
    { metadata: { name: "x" }, roleRef: ROLE, subjects: [{ kind: "ServiceAccount", name: "app" }] },
    422,
    'ClusterRoleBinding.rbac.authorization.k8s.io "x" is invalid: subjects[0].namespace: Required value',
  ],
  [
    "POST",
    `${RBAC}/clusterrolebindings`,
    { metadata: { name: "x" }, roleRef: { ...ROLE, kind: "Role" } },
    422,
    'ClusterRoleBinding.rbac.authorization.k8s.io "x" is invalid: roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
  ],
  [
    "POST",
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    { spec: { user: "jane" } },
    422,
    '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
  ],
  [
    "POST",
    "/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews",
    { spec: { user: "jane", resourceAttributes: { namespace: "other", verb: "get", resource: "pods" } } },
    422,
    '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
  ],
] as const)("%s %s %j is %d: %s", async (method, path, body, status, message) => {
  await using cluster = await startCluster();
  const reply = await cluster.call(method, path, body);
  expect(reply.status).toBe(status);
  if (typeof message === "string") expect(reply.body.message).toBe(message);
  else expect(reply.body.message).toMatch(message);
});

async function patched(cluster: Cluster, type: string, body: unknown, query = ""): Promise<unknown> {
  const headers = { "content-type": `application/${type}` };
  const { body: object } = await cluster.call("PATCH", `${DEFAULT}${query}`, body, undefined, headers);
  return object.kind === "Status" ? object.message : (object.metadata as { labels: unknown }).labels;
}

test("objects take patches of all four kinds", async () => {
  await using cluster = await startCluster();
  const labels = (more: object): unknown => ({ metadata: { labels: more } });
  expect(await patched(cluster, "merge-patch+json", labels({ a: "1" }))).toMatchObject({ a: "1" });
  expect(await patched(cluster, "strategic-merge-patch+json", labels({ b: "2" }))).toMatchObject({ a: "1", b: "2" });
  const operations = [
    { op: "test", path: "/metadata/labels/a", value: "1" },
    { op: "move", from: "/metadata/labels/a", path: "/metadata/labels/c" },
    { op: "remove", path: "/metadata/labels/b" },
  ];
  expect(await patched(cluster, "json-patch+json", operations)).toEqual({
    c: "1",
    "kubernetes.io/metadata.name": "default",
  });
  const applied = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default", labels: { d: "4" } } };
  expect(await patched(cluster, "apply-patch+yaml", applied, "?fieldManager=me")).toMatchObject({ d: "4" });
});

test.each([
  ["json", {}, "415: Unsupported Media Type"],
  ["merge-patch+json", "{", "error decoding patch: unexpected end of JSON input"],
  [
    "merge-patch+json",
    [],
    "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
  ],
  [
    "merge-patch+json",
    { metadata: { name: "x" } },
    "the name of the object (x) does not match the name on the URL (default)",
  ],
  [
    "json-patch+json",
    [{ op: "remove", path: "/metadata/nope" }],
    "the server rejected our request due to an error in our request",
  ],
  [
    "apply-patch+yaml",
    {},
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  ],
])("a patch of application/%s with %j is refused: %s", async (type, body, message) => {
  await using cluster = await startCluster();
  expect(await patched(cluster, type, body)).toBe(message);
});

test("a list comes in parts", async () => {
  await using cluster = await startCluster();
  const names: unknown[] = [];
  let next = "";
  do {
    const { body } = await cluster.call("GET", `${NAMESPACES}?limit=1&continue=${encodeURIComponent(next)}`);
    names.push(...(body.items as unknown[]));
    next = (body.metadata as { continue?: string }).continue ?? "";
  } while (next !== "");
  const { body } = await cluster.call("GET", NAMESPACES);
  expect(names).toEqual(body.items);
});

test("an immutable Secret keeps its data, and every Secret its type", async () => {
  await using cluster = await startCluster();
  const secrets = `${DEFAULT}/secrets`;
  const secret = { metadata: { name: "x" }, immutable: true, stringData: { a: "b" } };
  await cluster.call("POST", secrets, secret);
  const says = async (body: object): Promise<unknown> => (await cluster.call("PUT", `${secrets}/x`, body)).body.message;
  expect(await says({ ...secret, stringData: { a: "c" } })).toBe(
    'Secret "x" is invalid: data: Forbidden: field is immutable when `immutable` is set',
  );
  expect(await says({ ...secret, type: "other" })).toBe(
    'Secret "x" is invalid: type: Invalid value: "other": field is immutable',
  );
});

test("a binding keeps its role", async () => {
  await using cluster = await startCluster();
  const bindings = `${RBAC}/clusterrolebindings`;
  await cluster.call("POST", bindings, { metadata: { name: "x" }, roleRef: ROLE });
  const changed = { metadata: { name: "x" }, roleRef: { ...ROLE, name: "edit" } };
  expect((await cluster.call("PUT", `${bindings}/x`, changed)).body.message).toBe(
    'ClusterRoleBinding.rbac.authorization.k8s.io "x" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"edit"}: cannot change roleRef',
  );
});

test("a deletion may ask for a uid", async () => {
  await using cluster = await startCluster();
  const options = { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: "x" } };
  const reply = await cluster.call("DELETE", `${ACCOUNTS}/default`, options);
  expect(reply.status).toBe(409);
  expect(reply.body.message).toMatch(
    /^Operation cannot be fulfilled on ServiceAccount "default": the UID in the precondition \(x\) does not match the UID in record \(\S+\)\. The object might have been deleted and then recreated$/,
  );
});

test("a field that a kind does not have is told and dropped", async () => {
  await using cluster = await startCluster();
  const reply = await cluster.call("POST", ACCOUNTS, { metadata: { name: "x" }, foo: 1 });
  expect(reply.headers.get("warning")).toBe('299 - "unknown field \\"foo\\""');
  expect(reply.body).not.toHaveProperty("foo");
});

test("a review of a token in spaces is one of nobody, who is known", async () => {
  await using cluster = await startCluster();
  const body = { spec: { token: " a.b.c " } };
  const reply = await cluster.call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", body);
  expect(reply.body.status).toEqual({
    authenticated: true,
    user: { username: "system:anonymous", groups: ["system:unauthenticated"] },
    audiences: ["https://kubernetes.default.svc.cluster.local"],
  });
});

test("a TokenRequest has its account's uid since 1.34", async () => {
  const uids = async (version: string): Promise<readonly unknown[]> => {
    await using cluster = await startCluster({ version });
    const account = await cluster.call("GET", `${ACCOUNTS}/default`);
    const request = await cluster.call("POST", TOKEN, {});
    return [account, request].map(({ body }) => (body.metadata as { uid: unknown }).uid);
  };
  const [account, request] = await uids("1.34.2");
  expect(request).toBe(account);
  const [other, random] = await uids("1.33.5");
  expect(random).not.toBe(other);
});
