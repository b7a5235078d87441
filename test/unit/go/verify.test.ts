import { expect, test } from "vitest";
import { parsePemBundle, pemBlocks, verifyServerChain } from "../../../src/go/index.js";
import { createAuthority } from "../../../src/pki/index.js";
import { LabClock } from "../../../src/runtime/index.js";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const clock = new LabClock({ startAt: NOW, frozen: true });
const root = createAuthority({ commonName: "Test Root CA", clock, keyType: "ec-p256" });

function verify(options: { pem?: string; roots?: string[]; host?: string; now?: number }): string | undefined {
  const { pem = leaf(), roots = [root.certificatePem], host = "127.0.0.1", now = NOW } = options;
  const verdict = verifyServerChain(
    pemBlocks(pem).map(({ der }) => der),
    { roots: parsePemBundle(roots.join("")), host, now, build: { toolchain: "1.24", goLine: "1.24" } },
  );
  return verdict?.replace("tls: failed to verify certificate: ", "");
}

function leaf(
  request: Parameters<typeof root.issue>[0] = { commonName: "x", dns: ["api.example"], ips: ["127.0.0.1"] },
): string {
  return root.issue(request).certificatePem;
}

test("a good certificate passes by address and by name", () => {
  expect(verify({})).toBeUndefined();
  expect(verify({ host: "api.example" })).toBeUndefined();
});

test("a wildcard stands for one label", () => {
  const pem = leaf({ commonName: "x", dns: ["*.example"] });
  expect(verify({ pem, host: "api.example" })).toBeUndefined();
  expect(verify({ pem, host: "a.b.example" })).toBe("x509: certificate is valid for *.example, not a.b.example");
});

test("a certificate for other names says for which", () => {
  expect(verify({ host: "other" })).toBe("x509: certificate is valid for api.example, not other");
});

test("a certificate without IP SANs does not do for an address", () => {
  const pem = leaf({ commonName: "x", dns: ["api.example"] });
  expect(verify({ pem })).toBe(
    "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
  );
});

test("a common name alone is not enough", () => {
  expect(verify({ pem: leaf({ commonName: "api.example" }), host: "api.example" })).toBe(
    "x509: certificate relies on legacy Common Name field, use SANs instead",
  );
});

test("times are judged by the lab's clock", () => {
  const pem = leaf({ commonName: "x", ips: ["127.0.0.1"], notBefore: NOW - 60_000, notAfter: NOW + 60_000 });
  expect(verify({ pem, now: NOW + 3_600_000 })).toBe(
    "x509: certificate has expired or is not yet valid: current time 2026-11-23T13:00:00Z is after 2026-11-23T12:01:00Z",
  );
  expect(verify({ pem, now: NOW - 3_600_000 })).toBe(
    "x509: certificate has expired or is not yet valid: current time 2026-11-23T11:00:00Z is before 2026-11-23T11:59:00Z",
  );
});

test("an unknown authority, with a hint where another one has the same name", () => {
  const stranger = createAuthority({ commonName: "Stranger", clock, keyType: "ec-p256" });
  const rotated = createAuthority({ commonName: "Test Root CA", clock, keyType: "ec-p256" });
  expect(verify({ roots: [stranger.certificatePem] })).toBe("x509: certificate signed by unknown authority");
  expect(verify({ roots: [rotated.certificatePem] })).toBe(
    'x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "Test Root CA")',
  );
});

test("intermediates that the server sends lead to the root", () => {
  const below = root.subordinate({ commonName: "Intermediate" });
  const issued = below.issue({ commonName: "x", ips: ["127.0.0.1"] });
  expect(verify({ pem: issued.chainPem })).toBeUndefined();
  expect(verify({ pem: issued.certificatePem })).toBe("x509: certificate signed by unknown authority");
});

test("a certificate for clients is none for a server", () => {
  expect(verify({ pem: leaf({ commonName: "x", ips: ["127.0.0.1"], usage: "client" }) })).toBe(
    "x509: certificate specifies an incompatible key usage",
  );
});
