import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import type { Scenario } from "../../src/scenario/index.js";
import { Program } from "./support/program.js";
import { goProgram, pythonPackages, type Tool } from "./support/tools.js";

const HOUR = 3_600_000;
const WEB = "spiffe://example.org/web";

const SCENARIO: Scenario = {
  id: "test/spiffe",
  title: "A healthy SPIRE",
  summary: "For programs with the usual client libraries.",
  sources: [{ url: "https://spiffe.io/docs/latest/spiffe-about/spiffe-concepts/", says: "the Workload API" }],
  affects: [],
  tags: [],
  world: {
    spire: {
      federatesWith: ["other.org"],
      entries: { web: { spiffeID: WEB, selector: ["unix:uid:1000"], hint: "in", federatesWith: ["other.org"] } },
    },
  },
  expect: { outcome: "success" },
  variants: [],
};

let lab: Lab;
beforeEach(async () => {
  lab = await startLab(SCENARIO);
});
afterEach(async () => await lab.stop());

interface Leaf {
  readonly id: string;
  readonly hint: string;
  readonly serial: string;
  readonly notAfter: number;
  readonly authorities: number;
}

const DENIED = "rpc error: code = PermissionDenied desc = no identity issued";

describe("go-spiffe", () => {
  let tool: Tool = { missing: "not prepared" };
  beforeAll(async () => {
    tool = await goProgram(join(import.meta.dirname, "go-spiffe"));
  }, 300_000);
  const start = (): Program => new Program("path" in tool ? tool.path : "", [], { env: lab.env() });

  test("has an X.509-SVID, its bundle, and a JWT-SVID that it can validate", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await using program = start();
    const svid = (await program.step("x509 source")).result as Leaf;
    expect(svid).toMatchObject({ id: WEB, hint: "in", authorities: 1 });
    expect(Math.abs(svid.notAfter - lab.clock.now() - HOUR)).toBeLessThan(HOUR / 10);
    program.say("jwt vault");
    expect((await program.step("jwt")).result).toEqual([WEB, WEB, WEB]);
    program.say("bundles");
    expect(((await program.step("bundles")).result as string[]).sort()).toEqual(["example.org", "other.org"]);
  });

  test("is given a new certificate when half of the old one's life is over on the lab's clock", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await using program = start();
    const before = (await program.step("x509 source")).result as Leaf;
    await lab.clock.advance(0.6 * HOUR);
    const after = (await program.step("x509 source")).result as Leaf;
    expect(after.id).toBe(WEB);
    expect(after.serial).not.toBe(before.serial);
    expect(after.notAfter - before.notAfter).toBeGreaterThan(0.4 * HOUR);
  });

  test("is given the new bundle when the trust domain prepares another authority", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await using program = start();
    await program.step("x509 source");
    lab.spire.core.rotateBundle();
    expect((await program.step("x509 source")).result).toMatchObject({ authorities: 2 });
  });

  test("is told that no identity is issued once its entry is gone, and has it back with the entry", async ({
    skip,
  }) => {
    skip(tool.missing !== undefined, tool.missing);
    await using program = start();
    await program.step("x509 source");
    lab.spire.core.removeEntry(WEB);
    expect((await program.step("log")).result).toContain(DENIED);
    program.say("x509");
    expect((await program.step("x509")).error).toBe(DENIED);
    program.say("jwt other");
    expect((await program.step("jwt")).error).toBe(DENIED);
    await lab.spire.core.addEntry({ spiffeId: WEB, selectors: ["unix:uid:1000"] });
    program.say("x509");
    expect((await program.step("x509")).result).toBe(WEB);
  });
});

describe("py-spiffe", () => {
  let tool: Tool = { missing: "not prepared" };
  beforeAll(async () => {
    tool = await pythonPackages("spiffe==0.3.2");
  }, 300_000);
  const start = (): Program => {
    const env = { ...lab.env(), PYTHONPATH: "path" in tool ? tool.path : "" };
    return new Program("python3", [join(import.meta.dirname, "spiffe-python", "main.py")], { env });
  };

  test("has SVIDs and bundles, is given new ones, and is told when there is no identity", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await using program = start();
    expect((await program.step("x509")).result).toMatchObject({ id: WEB });
    expect((await program.step("bundles")).result).toEqual(["example.org", "other.org"]);
    expect((await program.step("jwt bundles")).result).toBe(2);
    expect((await program.step("jwt")).result).toEqual([WEB, WEB, WEB]);
    const before = (await program.step("x509 source")).result as Leaf;
    await lab.clock.advance(0.6 * HOUR);
    program.say("changed");
    const after = (await program.step("x509 source")).result as Leaf;
    expect(after.id).toBe(WEB);
    expect(after.serial).not.toBe(before.serial);
    lab.spire.core.removeEntry(WEB);
    program.say("x509");
    expect((await program.step("x509")).error).toContain("no identity issued");
  });
});

describe("spiffe-helper", () => {
  let tool: Tool = { missing: "not prepared" };
  let folder: string;
  beforeAll(async () => {
    const source = join(import.meta.dirname, "spiffe-helper");
    tool = await goProgram(source, { package: "github.com/spiffe/spiffe-helper/cmd/spiffe-helper" });
  }, 600_000);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "spiffe-helper-"));
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  /** spiffe-helper 0.11 with everything that it writes. */
  const start = async (): Promise<Program> => {
    const config = join(folder, "helper.conf");
    await writeFile(
      config,
      `agent_address = "${lab.spire.url.replace(/^unix:\/\//, "")}"
       cert_dir = "${folder}"
       svid_file_name = "svid.pem"
       svid_key_file_name = "key.pem"
       svid_bundle_file_name = "bundle.pem"
       jwt_bundle_file_name = "jwks.json"
       jwt_svids = [{ jwt_audience = "vault", jwt_svid_file_name = "jwt.token" }]`,
    );
    return new Program("path" in tool ? tool.path : "", ["-config", config], { from: "stderr" });
  };
  const certificate = async (): Promise<X509Certificate> =>
    new X509Certificate(await readFile(join(folder, "svid.pem"), "utf8"));

  test("writes certificate, key, bundle and token, and the next certificate", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await using program = await start();
    const updated = (line: string): true | undefined =>
      line.includes("X.509 certificates updated") ? true : undefined;
    await program.next("the certificate", updated);
    const before = await certificate();
    expect(before.subjectAltName).toContain(`URI:${WEB}`);
    await lab.clock.advance(0.6 * HOUR);
    await program.next("the next certificate", updated);
    expect((await certificate()).serialNumber).not.toBe(before.serialNumber);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(["bundle.pem", "jwks.json", "jwt.token", "key.pem"]));
  });
});
