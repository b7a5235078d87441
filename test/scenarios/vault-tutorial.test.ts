import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import { HEALTHY_VAULT } from "../clients/support/healthy-vault.js";
import { version } from "../clients/support/tools.js";

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, "../../examples/vault-tutorial.sh");
const LACKING = "curl and jq are not both installed";
const lacking = (await version("jq")) === undefined || (await version("curl")) === undefined;

describe("Vault's tutorial with curl", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vault-tutorial-"));
  });
  afterEach(async () => await rm(folder, { recursive: true, force: true }));

  async function tutorial(lab: Lab, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const ca = join(folder, "kubernetes-ca.pem");
    await writeFile(ca, lab.kubernetes.ca ?? "");
    const env = {
      ...process.env,
      ...lab.env(),
      AUDIT_FILE: join(folder, "audit.log"),
      KUBERNETES_HOST: lab.kubernetes.url,
      KUBERNETES_CA: ca,
      KUBERNETES_TOKEN: await lab.kubernetes.issueToken("default/app"),
      ...more,
    };
    const { stdout } = await run("sh", [SCRIPT], { env });
    return stdout;
  }

  test.for(["1.14.9", "1.21.1", "2.0.0", "openbao-2.6"])(
    "goes through on %s",
    { timeout: 120_000 },
    async (release, { skip }) => {
      skip(lacking, LACKING);
      await using lab = await startLab(HEALTHY_VAULT, { vault: { version: release } });
      const said = await tutorial(lab);
      expect(said).toContain("All as expected.");
      const taken = release.startsWith("openbao") ? "from its configuration only" : "audit.log hold hmac-sha256:";
      expect(said).toContain(taken);
    },
  );

  test("stops at the first surprise and says what it was", async ({ skip }) => {
    skip(lacking, LACKING);
    await using lab = await startLab(HEALTHY_VAULT);
    await expect(tutorial(lab, { VAULT_TOKEN: "not-a-token" })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("!! GET auth/token/lookup-self: expected 200, got 403: {") as unknown,
    });
    expect(lab.journal.events({ request: "* /v1/sys/audit/*" })).toEqual([]);
  });
});
