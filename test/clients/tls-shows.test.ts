import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { run } from "../../src/cli/program.js";
import { goProgram, version } from "./support/tools.js";

/** `mistrust run SCENARIO -- PROGRAM` with real programs, as a person at a terminal would try it. */

const RSA = "external-secrets/vault-tls-rsa-key-exchange";
const CERTIFICATE = "external-secrets/vault-tls-client-certificate";

let err = "";
let folder = "";

beforeEach(() => {
  err = "";
  folder = mkdtempSync(join(tmpdir(), "tls-shows-"));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const GO_PROBE = join(import.meta.dirname, "go-probe");

/** Exit code and standard output of a shell line that a lab is around; what `run` explains is in `err`. */
async function inLab(target: string, line: string): Promise<{ readonly code: number; readonly printed: string }> {
  const file = join(folder, "printed");
  const code = await run(["run", target, "--", "sh", "-c", `{ ${line}; } > '${file}'`]);
  return { code, printed: readFileSync(file, "utf8").trimEnd() };
}

const newest = /go(\d+\.\d+)/.exec((await version("go", ["version"])) ?? "")?.[1];
const FAILURE = "remote error: tls: handshake failure";

describe.skipIf(newest === undefined)("a Go client of Vault", () => {
  /** The path of a probe that was built with that line in its go.mod. */
  async function probe(goLine: string): Promise<string> {
    const built = await goProgram(GO_PROBE, { goLine });
    if (built.missing !== undefined) throw new Error(built.missing);
    return built.path;
  }

  test.each<[goLine: string, godebug: string, target: string, printed: string, code: number]>([
    ["1.21", "", RSA, "HTTP/1.1 200 TLS_RSA_WITH_AES_128_GCM_SHA256", 0],
    ["1.22", "", RSA, FAILURE, 1],
    [newest ?? "", "", RSA, FAILURE, 1],
    ["1.22", "tlsrsakex=1", RSA, "HTTP/1.1 200 TLS_RSA_WITH_AES_128_GCM_SHA256", 0],
    ["1.22", "", `${RSA}@ecdhe-suite`, "HTTP/1.1 200 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0],
    ["1.22", "", `${RSA}@ca-bundle`, FAILURE, 1],
    ["1.22", "", `${RSA}@subject-alternative-name`, FAILURE, 1],
    ["1.22", "", `${RSA}@full-chain`, FAILURE, 1],
    ["1.22", "", CERTIFICATE, FAILURE, 1],
    ["1.21", "tlsrsakex=1", CERTIFICATE, FAILURE, 1],
    ["1.22", "", `${CERTIFICATE}@openssl-tls-1.3`, "remote error: tls: certificate required", 1],
    ["1.22", "", `${CERTIFICATE}@vault-go-1.25-tls-1.2`, FAILURE, 1],
    ["1.22", "", `${CERTIFICATE}@vault-go-1.24-tls-1.2`, "remote error: tls: bad certificate", 1],
    ["1.22", "", `${CERTIFICATE}@vault-go-1.24-tls-1.3`, "remote error: tls: certificate required", 1],
    ["1.22", "", `${CERTIFICATE}@vault-go-1.20-tls-1.3`, "remote error: tls: bad certificate", 1],
  ])(
    "with `go %s` and GODEBUG=%s before %s prints %s and exits %i",
    async (goLine, godebug, target, printed, code) => {
      const program = await probe(goLine);
      expect(await inLab(target, `GODEBUG=${godebug} '${program}'`)).toEqual({ code, printed });
    },
    120_000,
  );

  test("is told by GOAWAY that HTTP/2 does not go over RSA key exchange, and words it by whether its request had a stream", async () => {
    const { code, printed } = await inLab(`${RSA}@vault-listener`, `'${await probe("1.21")}'`);
    expect(code).toBe(1);
    expect(["connection error: PROTOCOL_ERROR", "http2: client conn could not be established"]).toContain(printed);
  }, 120_000);

  test.for<[toolchain: string, goLine: string, printed: string, code: number]>([
    ["go1.21.13", "1.21", "HTTP/1.1 200 TLS_RSA_WITH_AES_128_GCM_SHA256", 0],
    ["go1.22.12", "1.22", FAILURE, 1],
  ])(
    `built by %s before ${RSA} prints what that Go's products do`,
    { timeout: 600_000 },
    async ([toolchain, goLine, printed, code], { skip }) => {
      const built = await goProgram(GO_PROBE, { goLine, toolchain });
      skip(built.missing !== undefined, built.missing);
      expect(await inLab(RSA, `'${"path" in built ? built.path : ""}'`)).toEqual({ code, printed });
    },
  );

  test("and the explanation shows what was wanted, what was offered, who ended it, and the remedy", async () => {
    await inLab(RSA, `'${await probe("1.22")}'`);
    const flat = err.replace(/\s+/g, " ");
    expect(flat).toContain(
      "✗ cipher-suite wanted TLS_RSA_WITH_AES_128_GCM_SHA256 TLS_RSA_WITH_AES_256_GCM_SHA384 " +
        "got TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    );
    expect(flat).toContain("ended by the server, with the alert handshake_failure");
    expect(flat).toContain(
      "remedy let the server offer an ECDHE cipher suite that fits its certificate's key, or TLS 1.3",
    );
    expect(flat).toContain("→ ecdhe-suite");
  }, 120_000);
});

test.skipIf((await version("curl")) === undefined)(
  "curl that speaks plain HTTP to Vault's TLS port is told so with status 400",
  async () => {
    const { code, printed } = await inLab(
      "external-secrets/vault-http-to-tls-port",
      `curl -sS --noproxy '*' -w '%{http_code}' "http://\${VAULT_ADDR#https://}/v1/sys/health"`,
    );
    expect({ code, printed }).toEqual({ code: 0, printed: "Client sent an HTTP request to an HTTPS server.\n400" });
    expect(err).toContain("the client speaks plain HTTP");
  },
);

test.skipIf((await version("openssl", ["version"])) === undefined)(
  "openssl s_client tells the two causes of the same alert apart: one server has sent its certificate before it",
  async () => {
    const line = `openssl s_client -tls1_2 -cipher ECDHE -connect "\${VAULT_ADDR#https://}" 2>&1 < /dev/null`;
    const suite = await inLab(RSA, line);
    const certificate = await inLab(CERTIFICATE, line);
    for (const { printed } of [suite, certificate]) expect(printed).toContain("SSL alert number 40");
    expect(suite.printed).toContain("no peer certificate available");
    expect(certificate.printed).toContain("mistrust client CA");
  },
);
