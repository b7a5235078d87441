import { expect, test } from "vitest";
import { EXTENSION, parseCertificate, parseSigningRequest } from "../../../src/pki/index.js";
import { Bench } from "./helper.js";

const MERGE = { "content-type": "application/merge-patch+json" };

async function withMount(version = "1.21.4"): Promise<Bench> {
  const bench = new Bench({ version });
  await bench.root("POST", "sys/mounts/pki", { type: "pki", config: { max_lease_ttl: "8760h" } });
  return bench;
}

async function withRoot(version?: string): Promise<Bench> {
  const bench = await withMount(version);
  const root = { common_name: "Top", key_type: "ec", ttl: "1000h", issuer_name: "top", key_name: "topkey" };
  await bench.root("POST", "pki/root/generate/internal", root);
  return bench;
}

async function refusal(bench: Bench, path: string, body: unknown): Promise<unknown> {
  const { status, json } = await bench.root("POST", `pki/${path}`, body);
  return [status, json.errors?.[0]];
}

const said = (text: string): string => `1 error occurred:\n\t* ${text}\n\n`;

test("a root has the names of any certificate, and is refused for them", async () => {
  const bench = await withMount();
  const { json } = await bench.root("POST", "pki/root/generate/internal", {
    common_name: "Root",
    key_type: "ec",
    alt_names: "a.example,b@example.com",
    ip_sans: "1.2.3.4",
    uri_sans: "spiffe://x",
    excluded_dns_domains: "x.com",
    permitted_ip_ranges: "10.0.0.0/8",
  });
  const made = parseCertificate(String(json.data?.certificate));
  expect(made).toMatchObject({
    dns: ["Root", "a.example"],
    emails: ["b@example.com"],
    ips: ["1.2.3.4"],
    uris: ["spiffe://x"],
  });
  expect(made.extensions.at(-1)?.id).toBe(EXTENSION.nameConstraints);
  const root = { common_name: "R", key_type: "ec" };
  const generate = (body: unknown): Promise<unknown> => refusal(bench, "root/generate/internal", body);
  expect(await generate({ ...root, ip_sans: "zz" })).toEqual([400, 'the value "zz" is not a valid IP address']);
  expect(await generate({ ...root, permitted_ip_ranges: "zz" })).toEqual([
    400,
    'invalid permitted_ip_ranges value: error parsing IP range "zz": invalid CIDR address: zz',
  ]);
  expect(await generate({ ...root, key_name: "a b" })).toEqual([400, "key name contained invalid characters"]);
  expect(await refusal(bench, "root/generate/existing", root)).toEqual([
    400,
    "invalid parameter for the kms/existing path parameter, key_type nor key_bits arguments can be set in this mode",
  ]);
});

test("a request for an intermediate has names, and what else was asked for", async () => {
  const bench = await withMount();
  const { json } = await bench.root("POST", "pki/intermediate/generate/internal", {
    common_name: "Int",
    key_type: "ec",
    add_basic_constraints: true,
    key_usage: "CertSign",
  });
  expect(parseSigningRequest(String(json.data?.csr))).toMatchObject({
    dns: ["Int"],
    isCa: true,
    keyUsage: ["certSign"],
  });
});

test("an intermediate's life is cut to its issuer's since 1.17, and only warned of before", async () => {
  const sign = async (version: string) => {
    const bench = await withRoot(version);
    const { json: made } = await bench.root("POST", "pki/intermediate/generate/internal", {
      common_name: "I",
      key_type: "ec",
    });
    const asked = { csr: made.data?.csr, common_name: "I", ttl: "5000h" };
    const { json } = await bench.root("POST", "pki/root/sign-intermediate", asked);
    return json.warnings ?? [];
  };
  expect(await sign("1.21.4")).toContain(
    "the signed intermediary CA certificate's notAfter was truncated to the issuer's notAfter",
  );
  expect(await sign("1.14.8")).toContainEqual(expect.stringMatching(/^The expiration time for the signed certificate/));
});

test("each way of importing reads its own field, and takes authorities only", async () => {
  const bench = await withRoot();
  const { json } = await bench.root("GET", "pki/cert/ca");
  const pem = String(json.data?.certificate);
  const empty = [400, "'pem_bundle' and 'certificate' parameters were empty"];
  expect(await refusal(bench, "intermediate/set-signed", { pem_bundle: pem })).toEqual(empty);
  expect(await refusal(bench, "issuers/import/cert", { certificate: pem })).toEqual(empty);
  await bench.root("POST", "pki/roles/r", { allow_any_name: true, key_type: "ec" });
  const leaf = await bench.root("POST", "pki/issue/r", { common_name: "a.com" });
  expect(await refusal(bench, "config/ca", { pem_bundle: leaf.json.data?.certificate })).toEqual([
    400,
    expect.stringMatching(/^Error parsing issuer 0: Refusing to import non-CA certificate\n-----BEGIN CERTIFICATE/),
  ]);
});

test("a rotated root is called next until it takes the default's place", async () => {
  const bench = await withRoot();
  expect(await refusal(bench, "root/replace", {})).toEqual([
    400,
    "Error resolving issuer reference: unable to find PKI issuer for reference: next",
  ]);
  const { json } = await bench.root("POST", "pki/root/rotate/internal", { common_name: "New", key_type: "ec" });
  expect(json.data?.issuer_name).toBe("next");
  const replaced = await bench.root("POST", "pki/root/replace", {});
  expect(replaced.json.data).toEqual({ default: json.data?.issuer_id, default_follows_latest_issuer: false });
});

test("an issuer that may only be read signs nothing", async () => {
  const bench = await withRoot();
  await bench.root("POST", "pki/roles/r", { allow_any_name: true, key_type: "ec" });
  const asked = { token: bench.vault.rootToken, headers: MERGE, body: { usage: "read-only" } };
  const { json } = await bench.ask("PATCH", "pki/issuer/top", asked);
  expect(json.data).toMatchObject({ usage: "read-only", issuer_name: "top", leaf_not_after_behavior: "err" });
  const id = String(json.data?.issuer_id);
  expect(await refusal(bench, "issue/r", { common_name: "a.com" })).toEqual([
    500,
    said(
      `error fetching CA certificate: error while attempting to use issuer ${id}: requested usage issuing-certificates for issuer [id:${id} / name:top] but only had usage read-only`,
    ),
  ]);
});

test("URLs are filled in with the cluster's address and the issuer's id", async () => {
  const bench = await withRoot();
  expect(await refusal(bench, "config/urls", { issuing_certificates: "http://x/{{issuer_id}}" })).toEqual([
    400,
    "invalid URL found in Authority Information Access (AIA) parameter issuing_certificates: http://x/{{issuer_id}}",
  ]);
  expect(await refusal(bench, "config/cluster", { path: "zz" })).toEqual([
    500,
    said("invalid, non-URL path given to cluster: zz"),
  ]);
  const { json } = await bench.root("POST", "pki/config/urls", {
    crl_distribution_points: "{{cluster_aia_path}}/issuer/{{issuer_id}}/crl",
    enable_templating: true,
  });
  expect(json.warnings).toEqual([
    "issuance may fail: unable to template AIA URLs as we lack local cluster address information (aia_path)\n\nConsider setting the cluster-local address if it is not already set.",
  ]);
  await bench.root("POST", "pki/config/cluster", { aia_path: "http://cdn/pki" });
  await bench.root("POST", "pki/roles/r", { allow_any_name: true, key_type: "ec" });
  const issued = await bench.root("POST", "pki/issue/r", { common_name: "a.com" });
  const { extensions } = parseCertificate(String(issued.json.data?.certificate));
  const points = extensions.find(({ id }) => id === EXTENSION.crlDistributionPoints)?.value.toString("latin1");
  expect(points).toMatch(/http:\/\/cdn\/pki\/issuer\/[0-9a-f-]{36}\/crl$/);
});

test("a certificate is revoked by whoever has its key, and never an issuer on its own list", async () => {
  const bench = await withRoot();
  await bench.root("POST", "pki/roles/r", { allow_any_name: true, key_type: "ec" });
  const issue = async () => (await bench.root("POST", "pki/issue/r", { common_name: "a.com" })).json.data ?? {};
  const [one, other] = [await issue(), await issue()];
  const serial_number = one.serial_number;
  expect(await refusal(bench, "revoke-with-key", { serial_number, private_key: other.private_key })).toEqual([
    500,
    said("provided private key does not match certificate's public key"),
  ]);
  const revoked = await bench.root("POST", "pki/revoke-with-key", { serial_number, private_key: one.private_key });
  expect(revoked.json.data?.state).toBe("revoked");
  expect(await refusal(bench, "revoke", { certificate: one.issuing_ca })).toEqual([
    400,
    expect.stringMatching(/^adding issuer \(id: .*\) to its own CRL is not allowed$/),
  ]);
  const list = await bench.root("GET", "pki/issuer/top/crl");
  expect(String(list.json.data?.crl)).toMatch(/^-----BEGIN X509 CRL-----/);
});

test("tidying and ACME have settings that are checked", async () => {
  const bench = await withRoot();
  expect((await bench.root("GET", "pki/tidy-status")).json.data).toMatchObject({
    state: "Inactive",
    time_started: null,
  });
  await bench.root("POST", "pki/tidy", { tidy_cert_store: true });
  expect((await bench.root("GET", "pki/tidy-status")).json.data).toMatchObject({
    state: "Finished",
    tidy_cert_store: true,
    cert_store_deleted_count: 0,
  });
  expect(await refusal(bench, "config/auto-tidy", { enabled: true })).toEqual([
    400,
    expect.stringMatching(/^Auto-tidy enabled but no tidy operations were requested\. Enable at least one/),
  ]);
  expect(await refusal(bench, "config/acme", { eab_policy: "zz" })).toEqual([
    500,
    said(
      "invalid eab policy name provided, valid values are 'not-required', 'new-account-required', 'always-required'",
    ),
  ]);
  expect((await bench.root("GET", "pki/config/acme")).json.data).toMatchObject({ enabled: false, max_ttl: 7_776_000 });
});

test("keys are made and taken without certificates", async () => {
  const bench = await withRoot();
  const { json } = await bench.root("POST", "pki/keys/generate/exported", { key_type: "ec", key_name: "spare" });
  expect(json.data).toMatchObject({ key_name: "spare", key_type: "ec" });
  const again = await bench.root("POST", "pki/keys/import", { pem_bundle: json.data?.private_key });
  expect(again.json).toMatchObject({
    data: { key_id: json.data?.key_id },
    warnings: ["Key already imported, use key/ endpoint to update name."],
  });
  expect(await refusal(bench, "keys/generate/internal", { key_name: "spare" })).toEqual([
    400,
    "key name already in use",
  ]);
});
