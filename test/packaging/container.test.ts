import { execFile } from "node:child_process";
import { get } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StartedTestContainer } from "testcontainers";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/** Why there can be no container here; `undefined` where there can. */
async function lacking(): Promise<string | undefined> {
  try {
    await run("docker", ["info"], { timeout: 10_000 });
    return undefined;
  } catch {
    return "no container engine answers `docker info`";
  }
}

const missing = await lacking();
let container: StartedTestContainer | undefined;

beforeAll(async () => {
  if (missing !== undefined) return;
  const { GenericContainer, Wait } = await import("testcontainers");
  const image = await GenericContainer.fromDockerfile(root).build("mistrust-test", { deleteOnExit: true });
  container = await image
    .withExposedPorts(8200)
    .withCommand(["serve", "cert-manager/vault-token-audience", "--vault-listen=0.0.0.0:8200"])
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
}, 600_000);
afterAll(async () => await container?.stop());

test("the image serves a scenario to the outside, and says that it is healthy", async ({ skip }) => {
  skip(missing !== undefined, missing);
  const { host, port } = { host: container?.getHost(), port: container?.getMappedPort(8200) };
  const status = await new Promise((resolve, reject) => {
    get({ host, port, path: "/v1/sys/health", rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
  expect(status).toBe(200);
});

test("a variant is applied inside the container by the same command", async ({ skip }) => {
  skip(missing !== undefined, missing);
  const result = await container?.exec(["node", "dist/cli.js", "apply", "reviewer-token"]);
  expect(result).toMatchObject({ exitCode: 0, output: "applied reviewer-token\n" });
});
