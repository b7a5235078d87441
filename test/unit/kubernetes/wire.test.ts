import { expect, test } from "vitest";
import { startCluster, TOKEN_REVIEWS } from "./cluster.js";

test.each([
  [{ spec: { token: 1 } }, "cannot unmarshal number into Go struct field TokenReviewSpec.spec.token of type string"],
  [{ spec: "x" }, "cannot unmarshal string into Go struct field TokenReview.spec of type v1.TokenReviewSpec"],
  [
    { spec: { audiences: "vault" } },
    "cannot unmarshal string into Go struct field TokenReviewSpec.spec.audiences of type []string",
  ],
])("a body of the wrong type is refused in Go's words: %j", async (body, text) => {
  await using cluster = await startCluster();
  const reply = await cluster.call("POST", TOKEN_REVIEWS, body);
  expect(reply.status).toBe(400);
  expect(reply.body.message).toBe(`TokenReview in version "v1" cannot be handled as a TokenReview: json: ${text}`);
});

test("an unknown field is a warning, or with fieldValidation=Strict an error", async () => {
  await using cluster = await startCluster();
  const body = { spec: { token: "x", audience: "vault" } };
  const warned = await cluster.call("POST", TOKEN_REVIEWS, body);
  expect(warned.headers.get("warning")).toBe('299 - "unknown field \\"spec.audience\\""');
  const strict = await cluster.call("POST", `${TOKEN_REVIEWS}?fieldValidation=Strict`, body);
  expect(strict.body.message).toContain('strict decoding error: unknown field "spec.audience"');
});

test("YAML is taken and given, HTML is not", async () => {
  await using cluster = await startCluster();
  const yaml = { "content-type": "application/yaml", accept: "application/yaml" };
  const reply = await cluster.call("POST", TOKEN_REVIEWS, "spec:\n  token: x\n", undefined, yaml);
  expect(reply.status).toBe(201);
  expect(reply.text).toContain("kind: TokenReview\n");
  const html = { "content-type": "text/html" };
  expect((await cluster.call("POST", TOKEN_REVIEWS, "x", undefined, html)).status).toBe(415);
  expect((await cluster.call("GET", "/api/v1/namespaces", undefined, undefined, { accept: "text/html" })).status).toBe(
    406,
  );
});

test("curl gets indented JSON, programs get one line", async () => {
  await using cluster = await startCluster();
  const path = "/api/v1/namespaces/default";
  expect((await cluster.call("GET", path, undefined, undefined, { "user-agent": "curl/8.5.0" })).text).toContain(
    "\n  ",
  );
  expect((await cluster.call("GET", path)).text.trimEnd()).not.toContain("\n");
});

test("verbose health lists every check and passes", async () => {
  await using cluster = await startCluster();
  const { text } = await cluster.call("GET", "/livez?verbose&exclude=etcd", undefined, "");
  expect(text).toMatch(/^\[\+\]ping ok\n\[\+\]log ok\n\[\+\]etcd excluded: ok\n/);
  expect(text).toMatch(/\nlivez check passed\n$/);
});

test.each([
  ["GET", "/apis/nosuch.example.com/v1/things", 404, "text/plain; charset=utf-8"],
  ["GET", "/api/v9/things", 404, "application/json"],
  ["POST", "/version", 405, "application/json"],
  ["GET", "/api/v1/namespaces/default/serviceaccounts/default/token", 405, "application/json"],
  ["GET", "/api/v1", 200, "application/json"],
  ["GET", "/apis/rbac.authorization.k8s.io/v1", 200, "application/json"],
])("%s %s is %d as %s", async (method, path, status, type) => {
  await using cluster = await startCluster();
  const reply = await cluster.call(method, path);
  expect([reply.status, reply.headers.get("content-type")]).toEqual([status, type]);
});

test("the kubeconfig names the server, its CA and the administrator's token", async () => {
  await using cluster = await startCluster();
  const text = cluster.api.kubeconfig("https://127.0.0.1:6443", "PEM");
  expect(text).toContain("server: https://127.0.0.1:6443\n    certificate-authority-data: UEVN\n");
  expect(text).toContain(`token: ${cluster.api.adminToken}\n`);
});

test("a bearer after two spaces is ignored with a warning, not refused", async () => {
  await using cluster = await startCluster();
  const headers = { authorization: `Bearer  ${cluster.api.adminToken}` };
  const reply = await cluster.call("GET", "/version", undefined, "", headers);
  expect(reply.status).toBe(200);
  expect(reply.headers.get("warning")).toContain("extra space before the bearer token");
});

test("the key set is given only to who takes its type", async () => {
  await using cluster = await startCluster();
  const ask = async (accept: string): Promise<number> => {
    return (await cluster.call("GET", "/openid/v1/jwks", undefined, undefined, { accept })).status;
  };
  expect(await ask("application/json")).toBe(406);
  expect(await ask("application/json, */*")).toBe(200);
  expect(await ask("application/jwk-set+json")).toBe(200);
});

test("a TokenRequest for another name or namespace than the path's is refused", async () => {
  await using cluster = await startCluster();
  const ask = async (metadata: unknown): Promise<unknown> => {
    const path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    return (await cluster.call("POST", path, { metadata, spec: {} })).body.message;
  };
  expect(await ask({ namespace: "other" })).toBe(
    "the namespace of the provided object does not match the namespace sent on the request",
  );
  expect(await ask({ name: "other" })).toBe(
    'TokenRequest.authentication.k8s.io "default" is invalid: metadata.name: Invalid value: "other": ' +
      "must match the service account name if specified",
  );
});
