import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import {
  createAuthority,
  createSigningRequest,
  generateKey,
  isSignedBy,
  type KeyType,
  parseCertificate,
  parseSigningRequest,
  colonHex,
} from "../../../src/pki/index.js";
import { LabClock } from "../../../src/runtime/index.js";

const clock = new LabClock({ startAt: Date.parse("2026-11-23T12:00:00Z"), frozen: true });

test("a root signs a leaf that OpenSSL accepts as its own", () => {
  const root = createAuthority({ clock, commonName: "Root" });
  const leaf = root.issue({
    commonName: "vault",
    dns: ["localhost"],
    ips: ["127.0.0.1", "::1"],
    uris: ["spiffe://example.org/x"],
  });
  const read = new X509Certificate(leaf.certificatePem);
  expect(read.verify(new X509Certificate(root.certificatePem).publicKey)).toBe(true);
  expect(read.subjectAltName).toBe(
    "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://example.org/x",
  );
  expect(read.checkPrivateKey(leaf.key)).toBe(true);
});

test.each<KeyType>(["ec-p256", "ec-p384", "ec-p521", "ed25519", "rsa-2048"])(
  "an authority with a key of type %s signs requests",
  (keyType) => {
    const root = createAuthority({ clock, commonName: "Root", keyType });
    const key = generateKey("ec-p256");
    const request = parseSigningRequest(
      createSigningRequest(key, { subject: { commonName: "web" }, dns: ["web.example"] }).pem,
    );
    expect(request).toMatchObject({ signatureValid: true, subject: { commonName: "web" }, dns: ["web.example"] });
    const made = root.certify(request.publicKey, { subject: request.subject, dns: request.dns, usage: "both" });
    expect(isSignedBy(made.der, parseCertificate(root.der).publicKey)).toBe(true);
    expect(parseCertificate(made.certificatePem).extendedKeyUsage).toEqual(["serverAuth", "clientAuth"]);
  },
);

test("a certificate's fields come back as they went in", () => {
  const root = createAuthority({ clock, subject: { country: ["US"], organization: ["SPIFFE"] } });
  const middle = root.subordinate({ commonName: "Middle", pathLength: 0 });
  const leaf = middle.issue({
    subject: { country: ["US"], organization: ["SPIRE"], uniqueIdentifier: "abc" },
    uris: ["spiffe://example.org/ns/x"],
    serial: Buffer.from("0102", "hex"),
    notAfter: Date.parse("2060-01-01T00:00:00Z"),
    usage: "both",
  });
  const fields = parseCertificate(leaf.certificatePem);
  expect(fields).toMatchObject({
    version: 3,
    subject: { country: ["US"], organization: ["SPIRE"], uniqueIdentifier: "abc" },
    issuerText: "CN=Middle",
    uris: ["spiffe://example.org/ns/x"],
    notBefore: clock.now() - 300_000,
    notAfter: Date.parse("2060-01-01T00:00:00Z"),
    isCa: false,
    keyUsage: ["digitalSignature"],
  });
  expect(colonHex(fields.serial)).toBe("01:02");
  expect(parseCertificate(middle.der)).toMatchObject({ isCa: true, pathLength: 0, keyUsage: ["certSign", "crlSign"] });
  expect(fields.authorityKeyId).toEqual(parseCertificate(middle.der).subjectKeyId);
  expect(leaf.chainPem).toBe(leaf.certificatePem + middle.certificatePem);
  expect(middle.rootPem).toBe(root.certificatePem);
});
