import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, type Scenario, startLab } from "../../../src/index.js";
import { createAuthority } from "../../../src/pki/index.js";
import { LabClock } from "../../../src/runtime/index.js";

/** `serve --vault-config FILE`: the listeners of a Vault configuration, beside the lab's own. */
let folder = "";
const authority = createAuthority({ clock: new LabClock(), commonName: "files" });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mistrust-config-"));
  const server = authority.issue({ dns: ["localhost"], ips: ["127.0.0.1"] });
  await writeFile(join(folder, "cert.pem"), server.chainPem);
  await writeFile(join(folder, "key.pem"), server.keyPem);
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const PLAIN = 'listener "tcp" {\n  address = "127.0.0.1:0"\n  tls_disable = true\n}\n';

async function lab(config: string, faults: Scenario["faults"] = []): Promise<Lab> {
  const configFile = join(folder, "vault.hcl");
  await writeFile(configFile, config);
  const scenario: Scenario = {
    id: "test/vault-config",
    title: "…",
    summary: "…",
    sources: [{ url: "https://developer.hashicorp.com/vault/docs/configuration/listener/tcp" }],
    world: { vault: { tls: false, configFile } },
    expect: { outcome: "success" },
    faults,
  };
  return await startLab(scenario);
}

const listener = (running: Lab): string => running.addresses().vault?.["listener 1"] ?? "";

test("a plain listener leads to the same Vault", async () => {
  await using running = await lab(PLAIN);
  const headers = { "x-vault-token": running.vault.rootToken };
  const body = JSON.stringify({ data: { a: "b" } });
  await fetch(`${listener(running)}/v1/secret/data/x`, { method: "POST", headers, body });
  const reply = await fetch(`${running.vault.url}/v1/secret/data/x`, { headers });
  expect(await reply.json()).toMatchObject({ data: { data: { a: "b" } } });
});

test("a fault over Vault strikes at a configured listener as well", async () => {
  await using running = await lab(PLAIN, [{ fault: "http-status", on: { server: "vault" }, status: 502 }]);
  expect((await fetch(`${listener(running)}/v1/sys/health`)).status).toBe(502);
});

test("a TLS listener presents the certificate that its files hold", async () => {
  const files = `tls_cert_file = "${folder}/cert.pem"\n  tls_key_file = "${folder}/key.pem"`;
  await using running = await lab(`listener "tcp" {\n  address = "127.0.0.1:0"\n  ${files}\n}\n`);
  const status = await new Promise((resolve, reject) => {
    get(`${listener(running)}/v1/sys/health`, { ca: authority.certificatePem }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
  expect(status).toBe(200);
});

test.each([
  ["a file that is not there", 'tls_cert_file = "/nosuch/cert.pem"', 'tls_cert_file "/nosuch/cert.pem" cannot be read'],
  ["a TLS version that Vault does not know", "VERSION", `'tls_min_version' value "tls9" not supported`],
])("%s is an error that names it, and leaves no listener behind", async (_, line, says) => {
  const files = `tls_cert_file = "${folder}/cert.pem"\n  tls_key_file = "${folder}/key.pem"\n  tls_min_version = "tls9"`;
  const config = `listener "tcp" {\n  address = "127.0.0.1:0"\n  ${line === "VERSION" ? files : line}\n}\n`;
  const listeners = (): number => process.getActiveResourcesInfo().filter((one) => one === "TCPServerWrap").length;
  const before = listeners();
  await expect(lab(config)).rejects.toThrow(says);
  expect(listeners()).toBeLessThanOrEqual(before);
});
