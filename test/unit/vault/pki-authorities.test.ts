import { expect, test } from "vitest";
import { Bench } from "../vault-core/helper.js";

/** Two PKI mounts, and the bundle of a root made in the first. */
async function twoMounts(): Promise<{ bench: Bench; certificate: string; key: string }> {
  const bench = new Bench();
  for (const mount of ["old", "new"]) await bench.root("POST", `sys/mounts/${mount}`, { type: "pki" });
  const made = await bench.root("POST", "old/root/generate/exported", { common_name: "Example Root", key_type: "ec" });
  return { bench, certificate: String(made.json.data?.certificate), key: String(made.json.data?.private_key) };
}

test("a CA bundle becomes an issuer with its key, and is known the second time", async () => {
  const { bench, certificate, key } = await twoMounts();
  const bundle = { pem_bundle: `${key}\n${certificate}` };
  const first = await bench.root("POST", "new/config/ca", bundle);
  expect(first.json.data).toMatchObject({ existing_issuers: null, existing_keys: null });
  const { imported_issuers: issuers, imported_keys: keys } = first.json.data ?? {};
  expect([issuers, keys]).toEqual([[expect.any(String)], [expect.any(String)]]);
  const [issuer] = issuers as string[];
  expect(first.json.data?.mapping).toEqual({ [issuer ?? ""]: (keys as string[])[0] });
  const again = await bench.root("POST", "new/config/ca", bundle);
  expect(again.json.data).toMatchObject({ existing_issuers: issuers, existing_keys: keys, imported_issuers: null });
});

test("a key is refused where certificates alone are taken", async () => {
  const { bench, certificate, key } = await twoMounts();
  const reply = await bench.root("POST", "new/issuers/import/cert", { pem_bundle: `${key}\n${certificate}` });
  expect(reply.status).toBe(400);
  expect(reply.json.errors?.[0]).toContain("private keys found in the PEM bundle but not allowed by the path");
});

test("a path in place of a PEM text is taken for what it is", async () => {
  const { bench } = await twoMounts();
  const reply = await bench.root("POST", "new/issuers/import/bundle", { pem_bundle: "/etc/ssl/ca.pem" });
  expect(reply.json.errors?.[0]).toContain("perhaps a path was passed to the API");
});

test("an intermediate that is signed and set becomes an issuer below the root", async () => {
  const { bench } = await twoMounts();
  const request = await bench.root("POST", "new/intermediate/generate/internal", {
    common_name: "Example Intermediate",
  });
  const signed = await bench.root("POST", "old/root/sign-intermediate", { csr: request.json.data?.csr });
  const set = await bench.root("POST", "new/intermediate/set-signed", { certificate: signed.json.data?.certificate });
  expect(set.json.data).toMatchObject({ imported_issuers: [expect.any(String)], imported_keys: null });
  await bench.root("POST", "new/roles/web", { allow_any_name: true, key_type: "ec" });
  const leaf = await bench.root("POST", "new/issue/web", { common_name: "web.example", ttl: "1h" });
  expect(leaf.json.data?.issuing_ca).toBe(signed.json.data?.certificate);
});
