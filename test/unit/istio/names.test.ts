import { expect, test } from "vitest";
import { clusterReferences, type IstioSettings, listenerReferences, namingOf } from "../../../src/istio/index.js";

function names(
  settings: IstioSettings,
  proxy: string,
  tls: Parameters<typeof clusterReferences>[1],
  selector = false,
): string[] {
  const references = clusterReferences(namingOf(settings, proxy, true), tls, "c", selector);
  return references.map(({ name, source }) => `${name} from ${source}`);
}

test.each([
  ["1.20.8", {}, []],
  ["1.20.8", { pilotEnv: { VERIFY_CERTIFICATE_AT_CLIENT: "true" } }, ["file-root:system from sds-grpc"]],
  ["1.21.0", {}, ["file-root:system from sds-grpc"]],
  ["1.23.6", { pilotEnv: { VERIFY_CERTIFICATE_AT_CLIENT: "false" } }, []],
  ["1.23.6", { compatibilityVersion: "1.20" }, []],
  ["1.24.0", { pilotEnv: { VERIFY_CERTIFICATE_AT_CLIENT: "false" } }, ["file-root:system from sds-grpc"]],
  ["1.24.0", { compatibilityVersion: "1.20" }, ["file-root:system from sds-grpc"]],
  ["1.26.0", {}, ["file-root:system from sds-files-grpc"]],
])("istiod %s with %o tells a cluster with TLS and no CA to fetch %o", (version, settings, expected) => {
  expect(names({ version, ...settings }, version, { mode: "SIMPLE" })).toEqual(expected);
});

test("files go to the files socket only where istiod and the proxy both know of it", () => {
  const tls = { mode: "SIMPLE", caCertificates: "/ca.pem" };
  expect(names({ version: "1.26.0" }, "1.25.0", tls)).toEqual(["file-root:/ca.pem from sds-grpc"]);
  expect(names({ version: "1.25.0" }, "1.26.0", tls)).toEqual(["file-root:/ca.pem from sds-grpc"]);
  expect(names({ version: "1.26.0" }, "1.26.0", tls)).toEqual(["file-root:/ca.pem from sds-files-grpc"]);
});

test("a sidecar heeds credentialName only with a workloadSelector", () => {
  const tls = { mode: "SIMPLE", credentialName: "ca" };
  expect(names({ version: "1.22.0" }, "1.22.0", tls)).toEqual([]);
  expect(names({ version: "1.22.0" }, "1.22.0", tls, true)).toEqual(["kubernetes://ca-cacert from ads"]);
});

test("mutual TLS names the pair, and skips the CA where verification is skipped", () => {
  const tls = { mode: "MUTUAL", clientCertificate: "/c.pem", privateKey: "/k.pem", insecureSkipVerify: true };
  expect(names({ version: "1.22.0" }, "1.22.0", tls)).toEqual(["file-cert:/c.pem~/k.pem from sds-grpc"]);
});

test("a gateway's files are waited for, 15 s each", () => {
  const naming = namingOf({ version: "1.22.0" }, "1.22.0", true);
  const tls = { mode: "MUTUAL", serverCertificate: "/c.pem", privateKey: "/k.pem", caCertificates: "/ca.pem" };
  expect(listenerReferences(naming, tls, "l")).toEqual([
    { name: "file-cert:/c.pem~/k.pem", source: "sds-grpc", for: "l", fetchTimeout: 15 },
    { name: "file-root:/ca.pem", source: "sds-grpc", for: "l", fetchTimeout: 15 },
  ]);
});
