import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/index.js";
import { get, post } from "../../support/https.js";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function emptyLab(...args: Parameters<typeof startLab>): Promise<Awaited<ReturnType<typeof startLab>>> {
  const lab = await startLab(...args);
  stops.push(() => lab.stop());
  return lab;
}

describe("an empty lab", () => {
  test("is a Vault dev server and a Kubernetes API that trust the lab's CA", async () => {
    const lab = await emptyLab();
    const health = await get(`${lab.vault.url}/v1/sys/health`, { ca: lab.vault.ca });
    expect(health.status).toBe(200);
    expect(JSON.parse(health.text)).toMatchObject({ initialized: true, sealed: false });
    const version = await get(`${lab.kubernetes.url}/version`, { ca: lab.kubernetes.ca });
    expect(version.status).toBe(200);
  });

  test("speaks plain HTTP where that is asked for", async () => {
    const lab = await emptyLab(undefined, { vault: { tls: false } });
    expect(lab.vault.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await get(`${lab.vault.url}/v1/sys/health`, {})).status).toBe(200);
    expect(lab.env()).not.toHaveProperty("VAULT_CACERT");
  });

  test("takes its version and its root token from the caller", async () => {
    const lab = await emptyLab(undefined, { vault: { version: "1.15.6", rootToken: "root" } });
    const health = await get(`${lab.vault.url}/v1/sys/health`, { ca: lab.vault.ca });
    expect(JSON.parse(health.text)).toMatchObject({ version: "1.15.6" });
    const self = await get(`${lab.vault.url}/v1/auth/token/lookup-self`, {
      ca: lab.vault.ca,
      headers: { "x-vault-token": "root" },
    });
    expect(self.status).toBe(200);
  });

  test("draws the same ids from the same seed", async () => {
    const [one, two, other] = [
      await emptyLab(undefined, { seed: "a" }),
      await emptyLab(undefined, { seed: "a" }),
      await emptyLab(undefined, { seed: "b" }),
    ];
    expect(one.vault.rootToken).toBe(two.vault.rootToken);
    expect(one.vault.rootToken).not.toBe(other.vault.rootToken);
  });

  test("knows no variant", async () => {
    const lab = await emptyLab();
    await expect(lab.apply("fix")).rejects.toMatchObject({ code: "MISTRUST_VARIANT_NOT_FOUND" });
  });
});

describe("files", () => {
  test("are written only when the environment is asked for, for their owner alone, and are gone at stop", async () => {
    const lab = await emptyLab();
    const { VAULT_CACERT: file = "", KUBECONFIG: kubeconfig = "" } = lab.env();
    expect(readFileSync(file, "utf8")).toBe(lab.vault.ca);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(existsSync(kubeconfig)).toBe(true);
    await lab.stop();
    expect(existsSync(dirname(file))).toBe(false);
  });
});

describe("a hundred labs in one process", () => {
  test("do not meet, and leave no open handle and no file", async () => {
    const labs = await Promise.all(Array.from({ length: 100 }, (_, n) => startLab(undefined, { seed: String(n) })));
    const folders = labs.map((lab) => dirname(lab.env().VAULT_CACERT ?? ""));
    expect(new Set(labs.map((lab) => lab.vault.url)).size).toBe(100);
    await Promise.all(
      labs.map(async (lab, n) => {
        const auth = { ca: lab.vault.ca, headers: { "x-vault-token": lab.vault.rootToken } };
        await post(`${lab.vault.url}/v1/secret/data/mine`, { data: { n } }, auth);
        const read = await get(`${lab.vault.url}/v1/secret/data/mine`, auth);
        expect(JSON.parse(read.text)).toMatchObject({ data: { data: { n } } });
        expect(lab.journal.events({ type: "request", server: "vault" })).toHaveLength(2);
      }),
    );
    const [first, second] = labs;
    const foreign = { ca: first?.vault.ca, headers: { "x-vault-token": second?.vault.rootToken ?? "" } };
    expect((await get(`${first?.vault.url ?? ""}/v1/secret/data/mine`, foreign)).status).toBe(403);
    await Promise.all(labs.map((lab) => lab.stop()));
    expect(folders.some((folder) => existsSync(folder))).toBe(false);
    expect(handles()).toEqual([]);
  });
});

/** What keeps the process alive beside the test runner itself. */
function handles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap" || name === "TCPSocketWrap");
}
