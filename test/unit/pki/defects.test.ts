import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { type DefectId, DEFECTS, mintServerCertificate, parseCertificate, parseChain } from "../../../src/pki/index.js";
import { clock, keys, root, startTls } from "../transport/support.js";

const mint = (defects: readonly DefectId[], more: Partial<Parameters<typeof mintServerCertificate>[0]> = {}) =>
  mintServerCertificate({
    authority: root,
    request: { commonName: "localhost", dns: ["localhost"], ips: ["127.0.0.1"], keys },
    defects,
    ...more,
  });

test.each(Object.keys(DEFECTS) as DefectId[])(
  "a certificate with the defect %s can be minted and served",
  async (id) => {
    const { certificatePem, keyPem } = mint([id]);
    await using lab = await startTls({ certificatePem, keyPem });
    expect(lab.port).toBeGreaterThan(0);
  },
);

test("defects of different aspects combine", () => {
  const fields = parseCertificate(mint(["expired", "wrong-name", "wrong-key-usage"]).leaf);
  expect(fields.notAfter).toBeLessThan(clock.now());
  expect(fields).toMatchObject({ dns: ["vault.example.com"], extendedKeyUsage: ["clientAuth"] });
});

test("defects of the same aspect exclude each other", () => {
  expect(() => mint(["expired", "not-yet-valid"])).toThrow(
    '"expired" and "not-yet-valid" both decide the certificate\'s validity',
  );
  expect(() => mint(["self-signed"], { chain: "leaf-only" })).toThrow(
    '"chain: leaf-only" and "self-signed" both decide the certificate\'s chain',
  );
});

test("a chain is sent in the shape that was asked for", () => {
  const names = (chain: "full" | "leaf-only" | "reversed" | "wrong-intermediate"): string[] =>
    parseChain(mint([], { chain }).certificatePem).map((certificate) => certificate.subjectText);
  expect(names("full")).toEqual(["CN=localhost", "CN=mistrust intermediate CA"]);
  expect(names("leaf-only")).toEqual(["CN=localhost"]);
  expect(names("reversed")).toEqual(["CN=localhost", "CN=mistrust upper CA", "CN=mistrust intermediate CA"]);
  expect(names("wrong-intermediate")).toEqual(["CN=localhost", "CN=mistrust unrelated intermediate CA"]);
});

test("a key pool lends one key to many certificates", () => {
  const serial = (): string => parseCertificate(mint([]).leaf).serial.toString("hex");
  expect(mint([]).keyPem).toBe(mint([]).keyPem);
  expect(serial()).not.toBe(serial());
});

test("OpenSSL reads a revocation list and finds the revoked serial in it", async () => {
  const leaf = root.issue({ dns: ["localhost"], serial: Buffer.from("1234", "hex") });
  const list = root.revocationList({
    number: 7,
    revoked: [{ serial: leaf.serial, revokedAt: clock.now(), reason: 1 }],
  });
  const folder = await mkdtemp(join(tmpdir(), "crl-"));
  try {
    await writeFile(join(folder, "list.crl"), list);
    await writeFile(join(folder, "ca.pem"), root.certificatePem);
    const args = [
      "crl",
      "-inform",
      "DER",
      "-in",
      join(folder, "list.crl"),
      "-CAfile",
      join(folder, "ca.pem"),
      "-text",
      "-noout",
    ];
    const { stdout, stderr } = await promisify(execFile)("openssl", args);
    expect(stderr).toContain("verify OK");
    expect(stdout).toMatch(/Serial Number: 1234[\s\S]*Key Compromise/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
