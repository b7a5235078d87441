import { createLocalJWKSet, createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from "jose";
import { get } from "node:https";
import { expect, test } from "vitest";
import { startLab } from "../../../src/index.js";

/** The tokens that the fakes issue, judged by a library that knows nothing of them. */
const ACCOUNT = { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace: "default", name: "app" } };
const SCENARIO = {
  id: "test/tokens",
  title: "A healthy cluster",
  summary: "…",
  sources: [{ url: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/" }],
  world: { kubernetes: { apply: { app: ACCOUNT } } },
  expect: { outcome: "success" },
} as const;

/** jose asks for the keys with fetch, which takes no CA. */
const fetchWith =
  (ca: string, token: string) =>
  async (url: string): Promise<Response> =>
    await new Promise((resolve, reject) => {
      get(url, { ca, headers: { authorization: `Bearer ${token}` } }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0 })));
      }).on("error", reject);
    });

test("a service account token verifies against the API server's JWKS, with the claims that it was asked for", async () => {
  await using lab = await startLab(SCENARIO);
  const { kubernetes } = lab;
  const token = await kubernetes.issueToken("default/app");
  const keys = createRemoteJWKSet(new URL(`${kubernetes.url}/openid/v1/jwks`), {
    [customFetch]: fetchWith(kubernetes.ca ?? "", lab.env().MISTRUST_KUBERNETES_TOKEN ?? ""),
  });
  const { payload } = await jwtVerify(token, keys, {
    issuer: "https://kubernetes.default.svc.cluster.local",
    audience: "https://kubernetes.default.svc.cluster.local",
    subject: "system:serviceaccount:default:app",
    currentDate: new Date(lab.clock.now()),
  });
  expect(payload).toMatchObject({ "kubernetes.io": { namespace: "default", serviceaccount: { name: "app" } } });
  expect(decodeProtectedHeader(token).alg).toBe("RS256");
});

test("a token does not verify against the keys of another lab", async () => {
  await using one = await startLab(SCENARIO);
  const token = await one.kubernetes.issueToken("default/app");
  await expect(jwtVerify(token, createLocalJWKSet({ keys: [] }))).rejects.toMatchObject({
    code: "ERR_JWKS_NO_MATCHING_KEY",
  });
});
