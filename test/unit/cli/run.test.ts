import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { run } from "../../../src/cli/program.js";

const ID = "cert-manager/vault-token-audience";

let out = "";
let err = "";
let folder: string;

beforeEach(() => {
  out = err = "";
  folder = mkdtempSync(join(tmpdir(), "mistrust-test-"));
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe("run", () => {
  test("hands the lab's environment to the command, returns its exit code, and explains", async () => {
    const file = join(folder, "env");
    expect(await run(["run", ID, "--", "sh", "-c", `env > ${file}; test -r "$VAULT_CACERT"; exit 7`])).toBe(7);
    const env = readFileSync(file, "utf8");
    for (const name of ["VAULT_ADDR", "VAULT_CACERT", "VAULT_TOKEN", "KUBECONFIG", "MISTRUST_CONTROL"]) {
      expect(env).toMatch(new RegExp(`^${name}=.+$`, "m"));
    }
    expect(err).toContain("Vault cannot review cert-manager's token");
    expect(out).toBe("");
    expect(existsSync(/^VAULT_CACERT=(.+)$/m.exec(env)?.[1] ?? "")).toBe(false);
  });

  test("says which signal ended the command, as shells do", async () => {
    expect(await run(["run", ID, "--", "sh", "-c", "kill -TERM $$"])).toBe(143);
  });

  test("takes a variant behind an @", async () => {
    await run(["run", `${ID}@reviewer-token`, "--", "true"]);
    expect(err).toContain(`${ID}@reviewer-token`);
  });

  test("writes what templates stand for into the files that were asked for, for their owner only", async () => {
    const [certificate, key] = [join(folder, "a=b.pem"), join(folder, "api.key")];
    const writes = ["--write", `${certificate}=istio.certificate`, "--write", `${key}=istio.key`];
    expect(await run(["run", ...writes, "istio/spire-file-root-system", "--", "true"])).toBe(0);
    expect(new X509Certificate(readFileSync(certificate)).checkPrivateKey(createPrivateKey(readFileSync(key)))).toBe(
      true,
    );
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["api.key", "names no file and template"],
    ["=istio.key", "names no file and template"],
    ["/nowhere/api.key=lab.clientKey", "cannot write /nowhere/api.key"],
    ["api.key=lab.clientKye", "did you mean {{lab.clientKey}}?"],
    ["api.key=istio.key", "{{istio.key}} has no value in this world"],
  ])("--write %s is refused with a reason: %s", async (wish, reason) => {
    expect(await run(["run", "--write", wish, ID, "--", "true"])).toBe(2);
    expect(err).toContain(reason);
  });

  test("a program that there is not exits 2", async () => {
    expect(await run(["run", ID, "--", join(folder, "nope")])).toBe(2);
    expect(err).toContain("there is no such program");
  });
});

describe("verify", () => {
  test("of what comes out as stated exits 0, with a closing line and a JUnit report", async () => {
    const junit = join(folder, "out.xml");
    expect(await run(["verify", `${ID}@reviewer-token`, "--junit", junit])).toBe(0);
    expect(out).toContain("1 passed, 0 failed");
    expect(readFileSync(junit, "utf8")).toContain('<testsuites name="mistrust verify" tests="1" failures="0"');
  });

  test("of a file with one letter changed exits 1 and shows where it differs", async () => {
    const text = readFileSync(join(import.meta.dirname, `../../../scenarios/${ID}.yaml`), "utf8");
    const file = join(folder, "changed.yaml");
    writeFileSync(
      file,
      text.replace('* permission denied"', '* permission denies"').replace(/^variants:[\s\S]*$/m, ""),
    );
    expect(await run(["verify", file])).toBe(1);
    expect(out).toContain("- * permission denies");
    expect(out).toContain("+ * permission denied");
    expect(out).toContain("0 passed, 1 failed");
  });

  test("as JSON is one line that says what passed", async () => {
    expect(await run(["verify", `${ID}@reviewer-token`, "-o", "json"])).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ passed: true, results: [{ scenario: ID, variant: "reviewer-token" }] });
  });

  test("of a variant that there is not exits 2", async () => {
    expect(await run(["verify", `${ID}@reviewer-tokn`])).toBe(2);
    expect(err).toContain('did you mean "reviewer-token"?');
  });
});

test("lint of a file with mistakes exits 2 and names each with its place", async () => {
  const file = join(folder, "bad.yaml");
  writeFileSync(file, "id: test/bad\ntitle: x\nsumary: y\n");
  expect(await run(["lint", file])).toBe(2);
  expect(out).toContain(`${file}:3:1 unknown key "sumary"`);
});

test("list as JSON has every scenario with its variants", async () => {
  expect(await run(["list", "-o", "json"])).toBe(0);
  const list = JSON.parse(out) as { id: string; variants: unknown[] }[];
  expect(list.find(({ id }) => id === ID)?.variants.length).toBeGreaterThan(3);
});

test("show tells what people see and what helps", async () => {
  expect(await run(["show", ID])).toBe(0);
  expect(out).toContain("* permission denied");
  expect(out).toContain("reviewer-token");
});

test("schema prints JSON Schema", async () => {
  expect(await run(["schema"])).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ title: "mistrust scenario" });
});
