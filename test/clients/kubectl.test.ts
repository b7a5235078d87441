import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import { version } from "./support/tools.js";

/** `kubectl` with the KUBECONFIG that a lab exports: the commands of the scenarios' steps, and those of a person who looks around. */

const missing =
  (await version("kubectl", ["version", "--client"])) === undefined ? "kubectl is not on the PATH" : undefined;

let lab: Lab;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "mistrust-kubectl-"));
  lab = await startLab("cert-manager/vault-token-audience");
});
afterAll(async () => {
  await lab.stop();
  await rm(home, { recursive: true, force: true });
});

/** What a command printed, and what it said if it failed. */
function kubectl(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: home, ...lab.env() };
  return new Promise((resolve) => {
    execFile("kubectl", [...args], { env }, (_, stdout, stderr) => resolve((stdout + stderr).trimEnd()));
  });
}

const ACCOUNT = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "app", namespace: "sandbox" } };

async function manifest(object: object): Promise<string> {
  const file = join(home, "manifest.json");
  await writeFile(file, JSON.stringify(object));
  return file;
}

test("applies, changes, reads and deletes", { timeout: 120_000 }, async ({ skip }) => {
  skip(missing !== undefined, missing);
  expect(await kubectl("apply", "-f", await manifest(ACCOUNT))).toBe("serviceaccount/app created");
  expect(await kubectl("apply", "-f", await manifest(ACCOUNT))).toBe("serviceaccount/app unchanged");
  const labelled = { ...ACCOUNT, metadata: { ...ACCOUNT.metadata, labels: { team: "a" } } };
  expect(await kubectl("apply", "-f", await manifest(labelled))).toBe("serviceaccount/app configured");
  expect(await kubectl("get", "sa", "app", "-n", "sandbox", "-o", "jsonpath={.metadata.labels.team}")).toBe("a");
  expect(await kubectl("annotate", "sa", "app", "-n", "sandbox", "a=b")).toBe("serviceaccount/app annotated");
  expect(await kubectl("delete", "sa", "app", "-n", "sandbox")).toMatch(/^serviceaccount "app" deleted/);
  expect(await kubectl("get", "sa", "app", "-n", "sandbox")).toBe(
    'Error from server (NotFound): serviceaccounts "app" not found',
  );
});

test(
  "asks for a token of the audience that it names, and who may review tokens",
  { timeout: 120_000 },
  async ({ skip }) => {
    skip(missing !== undefined, missing);
    const token = await kubectl("create", "token", "vault-issuer", "-n", "sandbox", "--audience", "vault");
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<
      string,
      unknown
    >;
    expect(claims).toMatchObject({ aud: ["vault"], sub: "system:serviceaccount:sandbox:vault-issuer" });
    const reviews = "tokenreviews.authentication.k8s.io";
    const mayReview = (): Promise<string> =>
      kubectl("auth", "can-i", "create", reviews, "--as=system:serviceaccount:sandbox:default");
    expect(await mayReview()).toMatch(/^no\b/);
    const binding = ["reviewer", "--clusterrole=system:auth-delegator", "--serviceaccount=sandbox:default"];
    expect(await kubectl("create", "clusterrolebinding", ...binding)).toMatch(/ created$/);
    expect(await mayReview()).toMatch(/^yes\b/);
  },
);
