import { expect, test } from "vitest";
import type { ClientHello } from "../../../src/transport/tls/client-hello.js";
import { describeHello, readFirstBytes, versionsOf } from "../../../src/transport/tls/client-hello.js";
import { ja4 } from "../../../src/transport/tls/ja4.js";

const CHROME: ClientHello = {
  legacyVersion: 0x0303,
  supportedVersions: [0x1a1a, 0x0304, 0x0303],
  cipherSuites: [
    0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d,
    0x002f, 0x0035,
  ],
  groups: [0x4a4a, 29, 23, 24],
  signatureAlgorithms: [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
  extensions: [
    0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b,
    0x000a, 0x0015,
  ],
  serverName: "example.org",
  alpn: ["h2", "http/1.1"],
};

test("the fingerprint of FoxIO's own example comes out as published", () => {
  expect(ja4(CHROME)).toBe("t13d1516h2_8daaf6152771_e5627efa2ab1");
});

test("what means nothing on purpose is left out of the record", () => {
  const record = describeHello(CHROME);
  expect(record).toMatchObject({ versions: ["TLSv1.3", "TLSv1.2"], groups: ["x25519", "secp256r1", "secp384r1"] });
  expect(record.cipherSuites).toHaveLength(15);
});

test("a client that does not know TLS 1.3 speaks everything up to its version", () => {
  expect(versionsOf({ ...CHROME, supportedVersions: [], legacyVersion: 0x0302 })).toEqual([0x0302, 0x0301]);
});

test.each([
  ["nothing yet", "", "incomplete"],
  ["half a record header", "160301", "incomplete"],
  ["a record with an empty body", "1603010000", "incomplete"],
  ["a handshake message that is no ClientHello", "16030100040e000000", "other-record"],
  ["an alert", "15030100020100", "other-record"],
  ["SSL 2", "802e010002", "sslv2"],
  ["HTTP", Buffer.from("GET / HTTP/1.1").toString("hex"), "http"],
  ["another protocol", Buffer.from("\0\0\0\x10abcd").toString("hex"), "garbage"],
  ["a hello whose lengths lie", "160301000a01000006030300000000", "garbage"],
  ["a hello of sixteen megabytes", "160301000401ffffff", "garbage"],
  ["a handshake record with another one in its midst", "1603010002010015030100020100", "garbage"],
])("%s is seen for what it is", (_, hex, kind) => {
  expect(readFirstBytes(Buffer.from(hex, "hex")).kind).toBe(kind);
});
