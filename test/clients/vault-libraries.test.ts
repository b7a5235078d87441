import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import { HEALTHY_VAULT } from "./support/healthy-vault.js";
import { cargoProgram, goProgram, javaProgram, npmPackages, pythonPackages, type Tool } from "./support/tools.js";

const run = promisify(execFile);

interface Step {
  readonly step: string;
  readonly result?: unknown;
  readonly error?: string;
  /** Vault's own words, where the library keeps them from its message. */
  readonly errors?: readonly string[];
}

interface Library {
  readonly name: string;
  readonly tool: () => Promise<Tool>;
  readonly command: (path: string) => readonly [file: string, ...args: string[]];
  readonly env: (path: string) => Readonly<Record<string, string>>;
  /** How the library words a refusal of `method url` with `status` and `error`. */
  readonly refused: (method: string, url: string, status: number, error: string) => string;
  /** What it makes of a secret that is not there. */
  readonly missing: (url: string) => unknown;
  /** What it makes of a read that is refused, where that is not an error. */
  readonly forbidden?: unknown;
  /** What other steps come to. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const HVAC: Readonly<Record<number, string>> = { 400: "InvalidRequest", 403: "Forbidden", 404: "InvalidPath" };
const INVALID = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n";
const DENIED = "1 error occurred:\n\t* permission denied\n\n";
const AUDIENCE = "invalid audience (aud) claim: audience claim does not match any expected audience";
const UNWRAPPED = "wrapping token is not valid or does not exist";

const LIBRARIES: readonly Library[] = [
  {
    name: "Go vault/api",
    tool: () => goProgram(join(import.meta.dirname, "vault-go")),
    command: (path) => [path],
    env: () => ({ VAULT_MAX_RETRIES: "0" }),
    refused: (method, url, status, error) =>
      `Error making API request.\n\nURL: ${method} ${url}\nCode: ${status}. Errors:\n\n* ${error}`,
    missing: () => expect.stringContaining("secret not found: at secret/data/nosuch"),
  },
  {
    name: "hvac",
    tool: () => pythonPackages("hvac==2.4.0"),
    command: () => ["python3", join(import.meta.dirname, "vault-python", "main.py")],
    env: (path) => ({ PYTHONPATH: path }),
    refused: (method, url, status, error) =>
      `${HVAC[status] ?? ""}: ${error}, on ${method === "PUT" ? "post" : method.toLowerCase()} ${url}`,
    missing: (url) => `InvalidPath: None, on get ${url}/v1/secret/data/nosuch`,
  },
  {
    name: "node-vault",
    tool: () => npmPackages("node-vault@0.12.0"),
    command: () => [process.execPath, join(import.meta.dirname, "vault-node", "main.mjs")],
    env: (path) => ({ NODE_VAULT: path }),
    refused: (_method, _url, _status, error) => `Error: ${error}`,
    missing: () => "Error: Status 404",
    more: { list: ["app"], "list without the verb": ["app"] },
  },
  {
    name: "vault-java-driver",
    tool: () => javaProgram(join(import.meta.dirname, "vault-java"), "io.github.jopenlibs:vault-java-driver:6.2.1"),
    command: (path) => ["java", "-cp", path, "Main"],
    env: () => ({}),
    refused: (_method, _url, status, error) =>
      `VaultException: Vault responded with HTTP status code: ${status}\nResponse body: ${JSON.stringify({ errors: [error] })}\n`,
    missing: () => ({ status: 404, data: {} }),
    forbidden: { status: 403, data: {} },
  },
  {
    name: "vaultrs",
    tool: () => cargoProgram(join(import.meta.dirname, "vault-rust"), { limit: 280_000 }),
    command: (path) => [path],
    env: () => ({}),
    refused: (_method, _url, status) => `The Vault server returned an error (status code ${status})`,
    missing: () => "The Vault server returned an error (status code 404)",
    more: { list: ["app"] },
  },
];

describe.each(LIBRARIES)("$name", (library) => {
  let tool: Tool = { missing: "not prepared" };
  let lab: Lab;
  beforeAll(async () => {
    tool = await library.tool();
    lab = await startLab(HEALTHY_VAULT);
  }, 300_000);
  afterAll(async () => await lab.stop());

  async function steps(role: string): Promise<readonly Step[]> {
    const path = "path" in tool ? tool.path : "";
    const [file, ...args] = library.command(path);
    const jwt = await lab.kubernetes.issueToken("default/app");
    const env = { ...process.env, ...lab.env(), ...library.env(path), ROLE: role, JWT: jwt };
    const { stdout } = await run(file, args, { env });
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Step);
  }

  test("logs in, writes, reads, renews, unwraps once and revokes", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    const said = new Map((await steps("app")).map(({ step, result, error }) => [step, error ?? result]));
    const { url } = lab.vault;
    expect(said.get("login")).toEqual(["app", "default"]);
    expect(said.get("write")).toBeGreaterThanOrEqual(1);
    expect(said.get("read")).toEqual({ password: "hunter2" });
    expect(said.get("read what is not there")).toEqual(library.missing(url));
    const forbidden = library.forbidden ?? library.refused("GET", `${url}/v1/secret/data/other`, 403, DENIED);
    expect(said.get("read what is forbidden")).toEqual(forbidden);
    expect(said.get("renew")).toBe(true);
    expect(said.get("unwrap")).toEqual({ password: "hunter2" });
    expect(said.get("unwrap again")).toBe(library.refused("PUT", `${url}/v1/sys/wrapping/unwrap`, 400, UNWRAPPED));
    expect(said.get("use what is revoked")).toBe(
      library.refused("GET", `${url}/v1/auth/token/lookup-self`, 403, INVALID),
    );
    for (const [step, result] of Object.entries(library.more ?? {})) expect(said.get(step), step).toEqual(result);
  });

  test("words the refusal of a foreign audience in its own way", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    const login = (await steps("elsewhere")).find(({ step }) => step === "login");
    expect(login?.error).toContain(library.refused("PUT", `${lab.vault.url}/v1/auth/kubernetes/login`, 403, AUDIENCE));
  });
});
