import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FAULTS, type FaultValues } from "../../src/faults/index.js";
import { createAuthority } from "../../src/pki/index.js";
import type { TlsSettings } from "../../src/transport/index.js";
import { clock, root, startTls } from "../unit/transport/support.js";
import { goModel, goProbe } from "./support/judges.js";
import { goProgram, type Tool, version } from "./support/tools.js";

/** What real Go programs say of each front, by the `go` line that they were built with, and whether the model says it too. */
const toolchain = /go(\d+\.\d+)/.exec((await version("go", ["version"])) ?? "")?.[1] ?? "1.26";
const probes = new Map<string, Tool>();
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fronts-"));
  await writeFile(join(folder, "ca.pem"), root.certificatePem);
  for (const goLine of ["1.21", "1.22"])
    probes.set(goLine, await goProgram(join(import.meta.dirname, "go-probe"), { goLine }));
}, 300_000);
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** What a program built with that `go` line says, and its model. */
async function ask(port: number, goLine: string, godebug = ""): Promise<{ real: string; model: string } | undefined> {
  const probe = probes.get(goLine);
  if (probe?.missing !== undefined || probe === undefined) {
    console.warn(`skipped: ${probe?.missing ?? "no probe"}`);
    return undefined;
  }
  const server = { host: "localhost", port, caFile: join(folder, "ca.pem"), caPem: root.certificatePem };
  const real = await goProbe(probe.path, { GODEBUG: godebug })(server);
  const model = await goModel({ toolchain, goLine, retryablehttp: "0.7.8", ...(godebug !== "" && { godebug }) })(
    server,
  );
  return { real, model };
}

const RSA_KEX = {
  rsa: true,
  maxVersion: "TLSv1.2",
  cipherSuites: ["TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"],
} as const;
const clients = createAuthority({ clock, commonName: "Client CA" });
const DEMANDING = { clientCertificate: "require", clientCa: clients.certificatePem } as const;
const FAILURE = "remote error: tls: handshake failure";
const REQUIRED = "remote error: tls: certificate required";
const BAD = "remote error: tls: bad certificate";

test.each<[title: string, goLine: string, godebug: string, words: string, Partial<TlsSettings> & { rsa?: boolean }]>([
  ["a balancer with RSA key exchange only", "1.21", "", "ok", { ...RSA_KEX, front: "haproxy" }],
  ["a balancer with RSA key exchange only", "1.22", "", FAILURE, { ...RSA_KEX, front: "haproxy" }],
  ["a balancer with RSA key exchange only", "1.22", "tlsrsakex=1", "ok", { ...RSA_KEX, front: "haproxy" }],
  ["a Vault with RSA key exchange only", "1.22", "", FAILURE, RSA_KEX],
  ["an ECDSA certificate with RSA suites", "1.21", "", FAILURE, { ...RSA_KEX, rsa: false, front: "nginx" }],
  [
    "TLS 1.1 only",
    "1.22",
    "",
    "remote error: tls: protocol version not supported",
    { minVersion: "TLSv1", maxVersion: "TLSv1.1" },
  ],
  ["no group in common", "1.22", "", FAILURE, { curves: ["x448"], maxVersion: "TLSv1.3", minVersion: "TLSv1.3" }],
  [
    "OpenSSL demanding a client certificate over TLS 1.2",
    "1.22",
    "",
    FAILURE,
    { ...DEMANDING, front: "openssl", maxVersion: "TLSv1.2" },
  ],
  ["OpenSSL demanding a client certificate over TLS 1.3", "1.22", "", REQUIRED, { ...DEMANDING, front: "openssl" }],
  ["Vault (Go 1.20) demanding one over TLS 1.2", "1.22", "", BAD, { ...DEMANDING, go: "1.20", maxVersion: "TLSv1.2" }],
  ["Vault (Go 1.20) demanding one over TLS 1.3", "1.22", "", BAD, { ...DEMANDING, go: "1.20", alpn: ["http/1.1"] }],
  ["Vault (Go 1.24) demanding one over TLS 1.2", "1.22", "", BAD, { ...DEMANDING, go: "1.24", maxVersion: "TLSv1.2" }],
  [
    "Vault (Go 1.24) demanding one over TLS 1.3",
    "1.22",
    "",
    REQUIRED,
    { ...DEMANDING, go: "1.24", alpn: ["http/1.1"] },
  ],
  [
    "Vault (Go 1.25) demanding one over TLS 1.2",
    "1.22",
    "",
    FAILURE,
    { ...DEMANDING, go: "1.25", maxVersion: "TLSv1.2" },
  ],
])("%s, seen by a program with `go %s` and GODEBUG=%s: %s", async (_, goLine, godebug, words, settings) => {
  await using lab = await startTls({
    alpn: settings.front === undefined ? ["h2", "http/1.1"] : ["http/1.1"],
    ...settings,
  });
  const said = await ask(lab.port, goLine, godebug);
  if (said !== undefined) expect(said).toEqual({ real: words, model: words });
});

test("a Vault with RSA key exchange only agrees on HTTP/2 and then refuses it, which Go calls a protocol error", async () => {
  await using lab = await startTls(RSA_KEX);
  const said = await ask(lab.port, "1.21");
  const words = "connection error: PROTOCOL_ERROR";
  if (said === undefined) return;
  expect(said.model).toBe(words);
  // The real one has read the refusal before its request had a stream, or after: that is between two goroutines.
  expect([words, "http2: client conn could not be established"]).toContain(said.real);
});

test("a client certificate that is in order opens HTTP/2 through a Vault that demands one", async () => {
  const probe = probes.get("1.22");
  if (probe?.missing !== undefined || probe === undefined) {
    console.warn("skipped: no probe");
    return;
  }
  const client = clients.issue({ commonName: "eso", usage: "client" });
  await writeFile(join(folder, "client.pem"), client.certificatePem);
  await writeFile(join(folder, "client.key"), client.keyPem);
  await using lab = await startTls(DEMANDING);
  const env = { VAULT_CLIENT_CERT: join(folder, "client.pem"), VAULT_CLIENT_KEY: join(folder, "client.key") };
  const server = { host: "localhost", port: lab.port, caFile: join(folder, "ca.pem"), caPem: root.certificatePem };
  expect(await goProbe(probe.path, env)(server)).toBe("ok");
  expect(lab.journal.events({ type: "request" })[0]).toMatchObject({ httpVersion: "2.0" });
});

test.each<[string, FaultValues, string | RegExp]>([
  ["close", { at: "hello" }, "EOF"],
  ["reset", { at: "hello" }, /^read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: read: connection reset by peer$/],
  ["garbage", {}, "tls: first record does not look like a TLS handshake"],
  ["half-record", {}, "unexpected EOF"],
  ["tls-alert", { alert: "unrecognized_name" }, "remote error: tls: unrecognized name"],
  ["tls-alert", { alert: 200 }, "remote error: tls: alert(200)"],
])("the fault %s %o, seen by Go: %s", async (id, values, words) => {
  const strike = FAULTS.find((fault) => fault.id === id)?.socket?.(values);
  await using lab = await startTls({}, { faults: (moment) => (strike?.moment === moment ? strike.fault : undefined) });
  const said = await ask(lab.port, "1.22");
  if (said === undefined) return;
  if (typeof words === "string") expect(said).toEqual({ real: words, model: words });
  else for (const text of Object.values(said)) expect(text).toMatch(words);
});

test("a Go program that does not trust the certificate is named in the log as a real Vault would", async () => {
  const stranger = createAuthority({ clock, commonName: "Stranger" }).issue({ dns: ["localhost"] });
  await using lab = await startTls({ certificatePem: stranger.certificatePem, keyPem: stranger.keyPem });
  if ((await ask(lab.port, "1.22")) === undefined) return;
  const event = await lab.journal.waitFor({ type: "handshake" });
  expect(event).toMatchObject({ outcome: "failed", endedBy: "client", alert: "bad_certificate" });
  expect(lab.journal.events({ log: "remote error: tls: bad certificate" })[0]).toMatchObject({ level: "info" });
});

describe("curl", async () => {
  const there = (await version("curl")) !== undefined;
  test.skipIf(!there)("that speaks plain HTTP to the TLS port of a Vault is told so with status 400", async () => {
    await using lab = await startTls();
    const { stdout } = await promisify(execFile)("curl", [
      "-sS",
      "--noproxy",
      "*",
      "-w",
      "%{http_code}",
      `http://127.0.0.1:${lab.port}/v1/sys/health`,
    ]);
    expect(stdout).toBe("Client sent an HTTP request to an HTTPS server.\n400");
  });

  test.skipIf(!there)("lists over HTTP/2 and over HTTP/1.1", async () => {
    await using lab = await startTls();
    for (const protocol of ["--http2", "--http1.1"]) {
      const args = ["-sS", "--noproxy", "*", protocol, "--cacert", join(folder, "ca.pem"), "-X", "LIST"];
      const { stdout } = await promisify(execFile)("curl", [
        ...args,
        `https://127.0.0.1:${lab.port}/v1/secret/metadata`,
      ]);
      expect(JSON.parse(stdout)).toMatchObject({ method: "LIST", target: "/v1/secret/metadata" });
    }
    expect(lab.journal.events({ type: "request" })).toMatchObject([{ httpVersion: "2.0" }, { httpVersion: "1.1" }]);
  });
});
