import { expect, test } from "vitest";
import { startCluster } from "./cluster.js";

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly parameters?: readonly { readonly name: string }[] }>>>
  >;
}

test("every document that the index names says which writes let the server check fields, as kubectl asks", async () => {
  await using cluster = await startCluster();
  const get = async <T>(path: string): Promise<T> => {
    const authorization = `Bearer ${cluster.api.adminToken}`;
    return (await (await fetch(cluster.url + path, { headers: { authorization } })).json()) as T;
  };
  const { paths } = await get<{ paths: Readonly<Record<string, { readonly serverRelativeURL: string }>> }>(
    "/openapi/v3",
  );
  expect(Object.keys(paths)).toContain("apis/rbac.authorization.k8s.io/v1");
  for (const { serverRelativeURL } of Object.values(paths)) {
    const document = await get<Document>(serverRelativeURL);
    for (const operations of Object.values(document.paths)) {
      const write = operations.patch ?? operations.post;
      expect(write?.parameters?.map(({ name }) => name)).toContain("fieldValidation");
    }
  }
  const core = await get<Document>(paths["api/v1"]?.serverRelativeURL ?? "");
  expect(core.paths["/api/v1/namespaces/{namespace}/serviceaccounts/{name}"]?.patch).toMatchObject({
    "x-kubernetes-group-version-kind": { group: "", version: "v1", kind: "ServiceAccount" },
  });
});
