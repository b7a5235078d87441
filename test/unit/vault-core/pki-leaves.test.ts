import { expect, test } from "vitest";
import { createSigningRequest, EXTENSION, generateKey, keyUsage, parseCertificate } from "../../../src/pki/index.js";
import { Bench } from "./helper.js";

const LATEST = "1.21.4";

async function withRoot(version = LATEST): Promise<Bench> {
  const bench = new Bench({ version });
  await bench.root("POST", "sys/mounts/pki", { type: "pki", config: { max_lease_ttl: "8760h" } });
  await bench.root("POST", "pki/root/generate/internal", { common_name: "Root", key_type: "ec", ttl: "1000h" });
  await bench.root("POST", "pki/roles/any", { allow_any_name: true, key_type: "any", require_cn: false });
  await bench.root("POST", "pki/roles/ec", { allow_any_name: true, key_type: "ec", require_cn: false, max_ttl: "2h" });
  return bench;
}

async function issued(bench: Bench, body: unknown, path = "issue/ec") {
  const { json } = await bench.root("POST", `pki/${path}`, body);
  return parseCertificate(String(json.data?.certificate));
}

async function refusal(bench: Bench, path: string, body: unknown): Promise<unknown> {
  const { status, json } = await bench.root("POST", `pki/${path}`, body);
  return [status, json.errors?.[0]];
}

test("a leaf has no basic constraints unless its role asks for them", async () => {
  const bench = await withRoot();
  expect((await issued(bench, { common_name: "a.com" })).basicConstraintsValid).toBe(false);
  await bench.root("POST", "pki/roles/ec", {
    allow_any_name: true,
    key_type: "ec",
    basic_constraints_valid_for_non_ca: true,
  });
  expect(await issued(bench, { common_name: "a.com" })).toMatchObject({ basicConstraintsValid: true, isCa: false });
});

test("names are sorted as they were sent, and are critical where there is no subject", async () => {
  const bench = await withRoot();
  const { dns, emails } = await issued(bench, { common_name: "c.com", alt_names: "b.com, D.com ,b.com,x@y.z,1.2.3.4" });
  expect([dns, emails]).toEqual([["1.2.3.4", "D.com", "b.com", "c.com"], ["x@y.z"]]);
  const { extensions } = await issued(bench, { alt_names: "b.com" });
  expect(extensions.find(({ id }) => id === EXTENSION.subjectAltName)?.critical).toBe(true);
});

test("other names, user ids and policies go into the certificate", async () => {
  const bench = await withRoot();
  await bench.root("POST", "pki/roles/full", {
    allow_any_name: true,
    key_type: "ec",
    allowed_other_sans: "*",
    allowed_user_ids: "*",
    policy_identifiers: "1.3.6.1.4.1.1.1",
  });
  const sent = { common_name: "a.com", other_sans: "1.3.6.1.4.1.311.20.2.3;utf8:bob", user_ids: "u1,u2" };
  const made = await issued(bench, sent, "issue/full");
  expect(made.others).toEqual([{ oid: "1.3.6.1.4.1.311.20.2.3", value: "bob" }]);
  expect(made.subject.userIds).toEqual(["u1", "u2"]);
  expect(made.extensions.map(({ id }) => id).slice(-2)).toEqual([
    EXTENSION.certificatePolicies,
    EXTENSION.subjectAltName,
  ]);
});

test("a label that is empty or too long is refused in the words of Go's IDNA", async () => {
  const bench = await withRoot();
  const long = "a".repeat(65);
  expect(await refusal(bench, "issue/ec", { common_name: "a..com" })).toEqual([400, 'idna: invalid label "a..com"']);
  expect(await refusal(bench, "issue/ec", { common_name: long })).toEqual([400, `idna: invalid label "${long}"`]);
});

test("times that cannot be are refused by later releases", async () => {
  const asked = { common_name: "a.com", not_after: "2020-12-31T00:00:00Z" };
  expect(await refusal(await withRoot(), "issue/any", asked)).toEqual([400, expect.stringMatching(/only signing$/)]);
  expect(await refusal(await withRoot(), "issue/ec", asked)).toEqual([400, "notAfter before notBefore"]);
  expect((await issued(await withRoot("1.20.4"), asked)).notAfter).toBe(Date.UTC(2020, 11, 31));
  expect(await refusal(await withRoot(), "issue/ec", { common_name: "a.com", not_after: "2026-12-31" })).toEqual([
    400,
    'parsing time "2026-12-31" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
  ]);
});

test("a TTL that is cut is warned of twice since 1.16", async () => {
  const warning = 'TTL "3h0m0s" is longer than permitted maxTTL "2h0m0s", so maxTTL is being used';
  const warnings = async (version: string) =>
    (await (await withRoot(version)).root("POST", "pki/issue/ec", { common_name: "a.com", ttl: "3h" })).json.warnings;
  expect(await warnings(LATEST)).toEqual([warning, warning]);
  expect(await warnings("1.14.8")).toEqual([warning]);
});

test("sign-verbatim takes a request's extensions over as they are", async () => {
  const bench = await withRoot();
  const key = generateKey("ec-p256");
  const csr = createSigningRequest(key, {
    subject: { commonName: "v" },
    dns: ["v.example"],
    extensions: [keyUsage(["dataEncipherment"])],
  });
  const made = await issued(bench, { csr: csr.pem }, "sign-verbatim");
  expect(made.keyUsage).toEqual(["dataEncipherment"]);
  expect(made.extensions.map(({ id }) => id)).toEqual([
    EXTENSION.subjectKeyId,
    EXTENSION.authorityKeyId,
    EXTENSION.subjectAltName,
    EXTENSION.keyUsage,
  ]);
});

test("a role's hash fits its issuer's key since 1.21.3, and its own key type before", async () => {
  const role = async (version: string) =>
    (await (await withRoot(version)).root("POST", "pki/roles/r", { key_type: "rsa" })).json.data?.signature_bits;
  expect([await role(LATEST), await role("1.21.2")]).toEqual([0, 256]);
  expect(await refusal(await withRoot(), "roles/r", { key_type: "rsa", key_bits: 1024 })).toEqual([
    500,
    "1 error occurred:\n\t* error setting keyBits 1024 on role for keyType rsa: RSA keys < 2048 bits are unsafe and not supported: got 1024\n\n",
  ]);
  expect(await refusal(await withRoot("1.14.8"), "roles/r", { key_type: "rsa", key_bits: 1024 })).toEqual([
    400,
    "RSA keys < 2048 bits are unsafe and not supported: got 1024",
  ]);
});

test("policy identifiers are ids or objects", async () => {
  const bench = await withRoot();
  const { json } = await bench.root("POST", "pki/roles/p", { policy_identifiers: '[{"oid":"1.2.3","notice":"hi"}]' });
  expect(json.data?.policy_identifiers).toEqual(['{"oid":"1.2.3","notice":"hi"}']);
  expect(await refusal(bench, "roles/p", { policy_identifiers: "zz" })).toEqual([
    500,
    '1 error occurred:\n\t* Policy Identifier "zz" is neither a valid OID: strconv.Atoi: parsing "zz": invalid syntax, Nor JSON Policy Identifier: invalid character \'z\' looking for beginning of value\n\n',
  ]);
});
