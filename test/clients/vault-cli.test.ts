import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import { HEALTHY_VAULT } from "./support/healthy-vault.js";
import { type Tool, version } from "./support/tools.js";

/** The command line of Vault, or that of OpenBao, which speaks and words alike. */
async function commandLine(): Promise<Tool> {
  for (const name of ["vault", "bao"]) if ((await version(name, ["version"])) !== undefined) return { path: name };
  return { missing: "neither vault nor bao is on the PATH" };
}

const WORLD = { ...HEALTHY_VAULT, world: { vault: { version: "1.21.4", tls: false as const } } };

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("the vault command line", { timeout: 120_000 }, () => {
  let tool: Tool = { missing: "not looked for" };
  let lab: Lab;
  let home: string;
  beforeAll(async () => {
    tool = await commandLine();
    home = await mkdtemp(join(tmpdir(), "mistrust-cli-"));
    lab = await startLab(WORLD);
  });
  afterAll(async () => {
    await lab.stop();
    await rm(home, { recursive: true, force: true });
  });

  const ask = async ({ vault }: Lab, args: readonly string[], token: string): Promise<Said> => {
    const { url } = vault;
    // The programs keep tokens in the home, and take settings from the environment.
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      VAULT_ADDR: url,
      BAO_ADDR: url,
      VAULT_TOKEN: token,
      BAO_TOKEN: token,
    };
    return await new Promise((resolve) => {
      execFile(tool.missing === undefined ? tool.path : "false", [...args], { env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  };
  const say = (args: readonly string[], token = lab.vault.core.rootToken): Promise<Said> => ask(lab, args, token);
  const json = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await say(args);
    expect([code, stderr], args.join(" ")).toEqual([0, ""]);
    return JSON.parse(stdout) as unknown;
  };
  const refusal = (method: string, path: string, code: number, error: string): string =>
    `Error making API request.\n\nURL: ${method} ${lab.vault.url}/v1/${path}\nCode: ${code}. Errors:\n\n* ${error}\n`;

  test("reads the state of the server", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    expect(await json("status", "-format=json")).toMatchObject({ initialized: true, sealed: false, type: "shamir" });
    expect(await json("operator", "key-status", "-format=json")).toMatchObject({ term: 1 });
    expect((await say(["operator", "members"])).code).toBe(0);
  });

  test("keeps secrets, their versions and what is said of them", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await json("kv", "put", "-format=json", "secret/a", "k=v");
    await json("kv", "patch", "-format=json", "secret/a", "n=2");
    expect(await json("kv", "get", "-format=json", "secret/a")).toMatchObject({
      data: { data: { k: "v", n: "2" }, metadata: { version: 2 } },
    });
    expect((await say(["kv", "get", "-field=k", "secret/a"])).stdout.trim()).toBe("v");
    expect((await say(["kv", "delete", "secret/a"])).stdout).toContain(
      "Data deleted (if it existed) at: secret/data/a",
    );
    expect((await say(["kv", "get", "secret/a"])).stdout).toMatch(/deletion_time +2/);
    expect((await say(["kv", "undelete", "-versions=2", "secret/a"])).code).toBe(0);
    expect(await json("kv", "list", "-format=json", "secret/")).toEqual(["a"]);
    expect(await say(["kv", "get", "secret/none"])).toMatchObject({
      code: 2,
      stderr: "No value found at secret/data/none\n",
    });
  });

  test("manages mounts", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    expect((await say(["secrets", "enable", "-path=one", "-version=1", "kv"])).stdout).toContain("at: one/");
    expect((await say(["secrets", "enable", "-path=one", "kv"])).stderr).toContain(
      refusal("POST", "sys/mounts/one", 400, "path is already in use at one/"),
    );
    expect((await say(["secrets", "tune", "-default-lease-ttl=1h", "one"])).code).toBe(0);
    expect((await say(["secrets", "move", "one", "two"])).stdout).toContain("Success! Finished moving");
    expect(await json("secrets", "list", "-format=json")).toMatchObject({
      "two/": { config: { default_lease_ttl: 3600 } },
    });
    expect((await say(["secrets", "disable", "two"])).code).toBe(0);
    expect((await say(["auth", "enable", "nosuch"])).stderr).toContain(
      refusal("POST", "sys/auth/nosuch", 400, "plugin not found in the catalog: nosuch"),
    );
  });

  test("logs in, and may do what its policies say", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await say(["auth", "enable", "userpass"]);
    await say(["write", "auth/userpass/users/u", "password=p", "policies=default"]);
    const login = ["login", "-method=userpass", "-no-store", "-field=token", "username=u"];
    const { stdout: token } = await say([...login, "password=p"]);
    expect((await say(["token", "capabilities", token, "auth/token/lookup-self"])).stdout).toBe("read\n");
    expect((await say(["kv", "get", "secret/a"], token)).stderr).toContain(
      'preflight capability check returned 403, please ensure client\'s policies grant access to path "secret/a/"',
    );
    expect(await say([...login, "password=x"])).toMatchObject({
      code: 2,
      stderr: `Error authenticating: ${refusal("PUT", "auth/userpass/login/u", 400, "invalid username or password")}`,
    });
    expect((await say(["token", "renew", token])).code).toBe(0);
    expect((await say(["token", "revoke", token])).stdout).toBe("Success! Revoked token (if it existed)\n");
    expect((await say(["token", "lookup"], token)).stderr).toContain(
      refusal("GET", "auth/token/lookup-self", 403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"),
    );
  });

  test("wraps, and unwraps once", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await say(["write", "cubbyhole/a", "b=c"]);
    const { stdout: token } = await say(["read", "-wrap-ttl=60", "-field=wrapping_token", "cubbyhole/a"]);
    expect(await json("unwrap", "-format=json", token)).toMatchObject({ data: { b: "c" } });
    const again = refusal("PUT", "sys/wrapping/unwrap", 400, "wrapping token is not valid or does not exist");
    expect(await say(["unwrap", token])).toMatchObject({ code: 2, stderr: `Error unwrapping: ${again}` });
  });

  test("writes policies, and hears what is wrong with them", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    expect((await say(["policy", "read", "none"])).stderr).toBe("No policy named: none\n");
    expect(await json("policy", "list", "-format=json")).toEqual(["default", "root"]);
    expect((await say(["policy", "delete", "default"])).stderr).toContain("cannot delete default policy");
  });

  test("holds a certificate authority against its checks", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await say(["secrets", "enable", "pki"]);
    await say(["write", "pki/root/generate/internal", "common_name=example.com", "ttl=1h"]);
    await say(["secrets", "enable", "-path=sub", "pki"]);
    const issue = [
      "pki",
      "issue",
      "-type=internal",
      "pki/issuer/default",
      "sub",
      "common_name=sub.example.com",
      "ttl=30m",
    ];
    expect((await say(issue)).code).toBe(0);
    const verify = ["pki", "verify-sign", "-format=json", "pki/issuer/default", "sub/issuer/default"];
    expect(await json(...verify)).toMatchObject({ signature_match: true, subject_match: true });
    expect((await say(["pki", "health-check", "pki"])).stdout).toContain("ca_validity_period");
  });

  test("seals and unseals", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await using sealed = await startLab(WORLD);
    const run = async (args: readonly string[]): Promise<number> =>
      (await ask(sealed, args, sealed.vault.core.rootToken)).code;
    expect(await run(["operator", "seal"])).toBe(0);
    expect(await run(["status"])).toBe(2);
    expect(await run(["kv", "get", "secret/a"])).toBe(2);
  });
});
