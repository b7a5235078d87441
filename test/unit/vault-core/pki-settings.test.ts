import { expect, test } from "vitest";
import { Bench } from "./helper.js";

async function withRoot(): Promise<Bench> {
  const bench = new Bench();
  await bench.root("POST", "sys/mounts/pki", { type: "pki", config: { max_lease_ttl: "8760h" } });
  await bench.root("POST", "pki/root/generate/internal", {
    common_name: "Root",
    key_type: "ec",
    ttl: "1000h",
    issuer_name: "first",
    key_name: "first-key",
  });
  return bench;
}

async function errorOf(bench: Bench, path: string, body: unknown): Promise<unknown> {
  const { status, json } = await bench.root("POST", `pki/${path}`, body);
  return [status, json.errors?.[0]];
}

test("revocation has settings that must fit together", async () => {
  const bench = await withRoot();
  expect((await bench.root("GET", "pki/config/crl")).json.data).toEqual({
    auto_rebuild: false,
    auto_rebuild_grace_period: "12h",
    cross_cluster_revocation: false,
    delta_rebuild_interval: "15m",
    disable: false,
    enable_delta: false,
    expiry: "72h",
    max_crl_entries: 100_000,
    ocsp_disable: false,
    ocsp_expiry: "12h",
    unified_crl: false,
    unified_crl_on_existing_paths: false,
  });
  expect(await errorOf(bench, "config/crl", { enable_delta: true })).toEqual([
    400,
    "Delta CRLs cannot be enabled when auto rebuilding is disabled as the complete CRL is always regenerated!",
  ]);
  expect(await errorOf(bench, "config/crl", { auto_rebuild: true, expiry: "1h" })).toEqual([
    400,
    "CRL auto-rebuilding grace period (12h) must be strictly shorter than CRL expiry (1h) value when auto-rebuilding of CRLs is enabled",
  ]);
  expect((await bench.root("GET", "pki/crl/rotate")).json.data).toEqual({ success: true });
});

test("a key is shown by its name or as the default, and stays while an issuer needs it", async () => {
  const bench = await withRoot();
  const { json } = await bench.root("GET", "pki/key/first-key");
  expect(json.data).toMatchObject({ key_name: "first-key", key_type: "ec" });
  expect((await bench.root("GET", "pki/config/keys")).json.data).toEqual({ default: json.data?.key_id });
  const removal = await bench.root("DELETE", "pki/key/default");
  expect([removal.status, removal.json.errors?.[0]]).toEqual([
    400,
    expect.stringMatching(/^Failed to Delete Key. {2}Key in Use by Issuer: /),
  ]);
  expect((await bench.root("GET", "pki/key/none")).json.errors).toEqual([
    "1 error occurred:\n\t* unable to find PKI key for reference: none\n\n",
  ]);
});

test("an issuer keeps its own URLs, and its name belongs to it alone", async () => {
  const bench = await withRoot();
  await bench.root("POST", "pki/config/urls", { issuing_certificates: "http://a.example/ca" });
  expect((await bench.root("GET", "pki/issuer/first")).json.data).toMatchObject({ issuing_certificates: [] });
  expect(await errorOf(bench, "issuer/first", { issuer_name: "default" })).toEqual([
    400,
    "reserved keyword 'default' can not be used as issuer name",
  ]);
  const { json } = await bench.root("POST", "pki/issuer/first", {
    issuer_name: "first",
    issuing_certificates: "http://b.example/ca",
  });
  expect(json.data).toMatchObject({ issuing_certificates: ["http://b.example/ca"], enable_aia_url_templating: false });
});

test("other names and user ids have to be allowed by the role", async () => {
  const bench = await withRoot();
  expect(await errorOf(bench, "roles/bad", { allowed_other_sans: "1.2.3;x" })).toEqual([
    400,
    'error parsing allowed_other_sans: expected a colon in other SAN "1.2.3;x"',
  ]);
  await bench.root("POST", "pki/roles/any", { allow_any_name: true, key_type: "ec" });
  const name = { common_name: "a.example", ttl: "1h" };
  expect(await errorOf(bench, "issue/any", { ...name, other_sans: "1.2.3;UTF8:x" })).toEqual([
    400,
    "other SAN OID 1.2.3 not allowed by this role",
  ]);
  expect(await errorOf(bench, "issue/any", { ...name, user_ids: "bob" })).toEqual([
    400,
    "user_id bob is not allowed by this role",
  ]);
});

test("a role that stores nothing gives no leases, and says so", async () => {
  const bench = await withRoot();
  const { json } = await bench.root("POST", "pki/roles/r", { no_store: true, generate_lease: true });
  expect(json).toMatchObject({
    data: { generate_lease: false, no_store: true },
    warnings: [
      "mutually exclusive values no_store=true and generate_lease=true were both specified; no_store=true takes priority",
    ],
  });
});

test("tidying needs something to tidy", async () => {
  const bench = await withRoot();
  const { status, json } = await bench.root("POST", "pki/tidy", {});
  expect([status, json]).toEqual([
    202,
    expect.objectContaining({ warnings: [expect.stringMatching(/^Manual tidy requested but no tidy operations/)] }),
  ]);
  expect(await errorOf(bench, "tidy", { safety_buffer: 0 })).toEqual([400, "safety_buffer must be greater than zero"]);
});
