import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
let folder = "";

/** A project with the packed tarball installed, and one file to run. */
async function project(name: string, type: "module" | "commonjs", source: string): Promise<string> {
  const place = join(folder, name);
  await mkdir(place);
  await writeFile(join(place, "package.json"), JSON.stringify({ name, private: true, type }));
  await writeFile(join(place, "index.js"), source);
  const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["install", ...options, join(folder, "mistrust.tgz")], { cwd: place });
  return place;
}

beforeAll(async () => {
  if (!existsSync(join(root, "dist", "cli.js"))) throw new Error("dist/ is missing: run `npm run build` first");
  folder = await mkdtemp(join(tmpdir(), "mistrust-packaging-"));
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: root,
  });
  const [packed] = JSON.parse(stdout) as readonly { readonly filename: string }[];
  await run("mv", [join(folder, packed?.filename ?? ""), join(folder, "mistrust.tgz")]);
}, 60_000);
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const USE = `
  const lab = await startLab("cert-manager/vault-token-audience");
  const { status } = await new Promise((resolve, reject) =>
    get(lab.vault.url + "/v1/sys/health", { ca: lab.vault.ca }, (response) => {
      response.resume();
      resolve({ status: response.statusCode });
    }).on("error", reject));
  console.log(status, (await listScenarios()).length > 0);
  await lab.stop();
`;

test("an ESM project imports the packed library and starts a lab", async () => {
  const source = `import { get } from "node:https"; import { listScenarios, startLab } from "mistrust"; ${USE}`;
  const place = await project("esm", "module", source);
  const { stdout } = await run(process.execPath, ["index.js"], { cwd: place });
  expect(stdout.trim()).toBe("200 true");
}, 120_000);

test("a CommonJS project requires the packed library and starts a lab", async () => {
  const source = `const { get } = require("node:https"); const { listScenarios, startLab } = require("mistrust"); (async () => { ${USE} })();`;
  const place = await project("cjs", "commonjs", source);
  const { stdout } = await run(process.execPath, ["index.js"], { cwd: place });
  expect(stdout.trim()).toBe("200 true");
}, 120_000);

test("the installed bin lists failures, and finds its schema and its scenarios", async () => {
  const place = await project("bin", "module", "");
  const bin = join(place, "node_modules", ".bin", "mistrust");
  const { stdout } = await run(bin, ["list", "-o", "json"], { cwd: place });
  const listed = JSON.parse(stdout) as readonly unknown[] | { readonly scenarios: readonly unknown[] };
  expect(JSON.stringify(listed)).toContain("cert-manager/vault-token-audience");
  const schema = await run(bin, ["schema"], { cwd: place });
  expect(JSON.parse(schema.stdout)).toHaveProperty("$schema");
}, 120_000);
