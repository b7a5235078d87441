import { execFile } from "node:child_process";
import { STATUS_CODES } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import type { Lab } from "../../../src/index.js";
import { cargoProgram, goProgram, javaProgram, npmPackages, pythonPackages, type Tool } from "./tools.js";

const run = promisify(execFile);
const PROGRAMS = join(import.meta.dirname, "..");

export interface Step {
  readonly step: string;
  readonly result?: unknown;
  readonly error?: string;
  /** What the library keeps from its message: Vault's own words, or what the failure came from. */
  readonly errors?: readonly string[];
}

/** A client library, the program that uses it, and how it words what goes wrong. */
export interface Library {
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
  /** What it makes of a wrapping token that was used before, where that is not an error. */
  readonly usedUp?: unknown;
  /** What other steps come to. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const HVAC: Readonly<Record<number, string>> = {
  400: "InvalidRequest",
  403: "Forbidden",
  404: "InvalidPath",
  503: "VaultDown",
};
export const LIBRARIES: readonly Library[] = [
  {
    name: "Go vault/api",
    tool: () => goProgram(join(PROGRAMS, "vault-go")),
    command: (path) => [path],
    env: () => ({ VAULT_MAX_RETRIES: "0" }),
    refused: (method, url, status, error) =>
      `Error making API request.\n\nURL: ${method} ${url}\nCode: ${status}. Errors:\n\n* ${error}`,
    missing: () => expect.stringContaining("secret not found: at secret/data/nosuch") as unknown,
  },
  {
    name: "hvac",
    tool: () => pythonPackages("hvac==2.4.0"),
    command: () => ["python3", join(PROGRAMS, "vault-python", "main.py")],
    env: (path) => ({ PYTHONPATH: path }),
    refused: (method, url, status, error) =>
      `${HVAC[status] ?? ""}: ${error}, on ${method === "PUT" ? "post" : method.toLowerCase()} ${url}`,
    missing: (url) => `InvalidPath: None, on get ${url}/v1/secret/data/nosuch`,
  },
  {
    name: "node-vault",
    tool: () => npmPackages("node-vault@0.12.0"),
    command: () => [process.execPath, join(PROGRAMS, "vault-node", "main.mjs")],
    env: (path) => ({ NODE_VAULT: path }),
    refused: (_method, _url, _status, error) => `Error: ${error}`,
    missing: () => "Error: Status 404",
    more: { list: ["app"], "list without the verb": ["app"] },
  },
  {
    name: "vault-java-driver",
    tool: () => javaProgram(join(PROGRAMS, "vault-java")),
    command: (path) => ["java", "-cp", path, "Main"],
    env: () => ({}),
    refused: (_method, _url, status, error) =>
      `VaultException: Vault responded with HTTP status code: ${status}\nResponse body: ${JSON.stringify({ errors: [error] })}\n`,
    missing: () => ({ status: 404, data: {} }),
    forbidden: { status: 403, data: {} },
  },
  {
    name: "Spring Vault",
    tool: () => javaProgram(join(PROGRAMS, "vault-spring")),
    command: (path) => ["java", "-cp", path, "Main"],
    env: () => ({}),
    refused: (_method, url, status, error) => {
      const [, path = ""] = url.split("/v1/");
      if (path.endsWith("/login")) return `VaultLoginException: Cannot login using Kubernetes: ${error}`;
      const where = path.replace("secret/data/", "");
      return `VaultException: Status ${status} ${STATUS_CODES[status] ?? ""} [${where}]: ${error}`;
    },
    missing: () => null,
    // It looks for "does not exist" in Vault's text.
    usedUp: null,
    more: { list: ["app"] },
  },
  {
    name: "vaultrs",
    tool: () => cargoProgram(join(PROGRAMS, "vault-rust"), { limit: 280_000 }),
    command: (path) => [path],
    env: () => ({}),
    refused: (_method, _url, status) => `The Vault server returned an error (status code ${status})`,
    missing: () => "The Vault server returned an error (status code 404)",
    more: { list: ["app"] },
  },
];

/** Runs the library's program as service account `default/app`, which logs in to `role`, and returns what it said. */
export async function steps(
  library: Library,
  tool: Tool,
  lab: Lab,
  role: string,
  more: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, Step>> {
  const path = tool.missing === undefined ? tool.path : "";
  const [file, ...args] = library.command(path);
  const jwt = await lab.kubernetes.issueToken("default/app");
  const env = { ...process.env, ...lab.env(), ...library.env(path), ROLE: role, JWT: jwt, ...more };
  const { stdout } = await run(file, args, { env });
  const said = stdout.trim().split("\n");
  return new Map(said.map((line) => JSON.parse(line) as Step).map((step) => [step.step, step]));
}
