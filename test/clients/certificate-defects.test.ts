import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ChainShape,
  createAuthority,
  type Defect,
  type DefectId,
  DEFECTS,
  KeyPool,
  mintServerCertificate,
} from "../../src/pki/index.js";
import { clock, startTls } from "../unit/transport/support.js";
import { curl, type Defendant, goModel, goProbe, type Judge, node, openssl, type Verdict } from "./support/judges.js";
import { productModel } from "./support/products.js";
import { goProgram, version } from "./support/tools.js";

/**
 * Every certificate defect, before real programs: who refuses what, in which words, and whether the model of Go's
 * clients says the same as Go. The table is printed at the end.
 */
const newest = /go(\d+\.\d+)/.exec((await version("go", ["version"])) ?? "")?.[1] ?? "1.26";
/** Which Go builds the probe, by its line; the newest is the one on this machine. */
const RELEASES = [
  { goLine: "1.21", release: { toolchain: "go1.21.13" } },
  { goLine: "1.22", release: { toolchain: "go1.22.12" } },
  { goLine: newest, release: {} },
] as const;

interface Program {
  readonly name: string;
  readonly judge: Judge;
}

const programs: Program[] = [{ name: "node", judge: node }];
/** Models of Go programs, by the name of the real one that each has to agree with. */
const models: Program[] = [];
/** Models of products that the newest Go built; they have to agree with that. */
const products: readonly Program[] = [
  { name: "external-secrets 2.9.0 (model)", judge: productModel("external-secrets", "2.9.0") },
  { name: "cert-manager 1.21.1 (model)", judge: productModel("cert-manager", "1.21.1") },
];
const skipped: string[] = [];
const table: string[][] = [];
const root = createAuthority({ clock, commonName: "Test Root CA" });
const keys = new KeyPool();
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "defects-"));
  await writeFile(join(folder, "ca.pem"), root.certificatePem);
  const openSsl = await version("openssl", ["version"]);
  if (openSsl === undefined) skipped.push("openssl is not installed");
  else programs.push({ name: "openssl", judge: openssl });
  if ((await version("curl")) === undefined) skipped.push("curl is not installed");
  else programs.push({ name: "curl", judge: curl });
  for (const { goLine, release } of RELEASES) {
    const probe = await goProgram(join(import.meta.dirname, "go-probe"), { goLine, ...release });
    if (probe.missing !== undefined) {
      skipped.push(`go ${goLine}: ${probe.missing}`);
      continue;
    }
    programs.push({ name: `go ${goLine}`, judge: goProbe(probe.path) });
    models.push({ name: `go ${goLine}`, judge: goModel({ toolchain: goLine, goLine, retryablehttp: "0.7.8" }) });
  }
}, 600_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const reason of skipped) console.warn(`skipped: ${reason}`);
  console.log(table.map((row) => row.join("\n    ")).join("\n"));
});

const plain = (verdict: Verdict): string => verdict.replace(/current time \S+/, "current time …");

/** Puts a certificate before every program; verdicts by the program's name. */
async function judge(title: string, defects: readonly DefectId[], chain?: ChainShape): Promise<Map<string, Verdict>> {
  const request = { commonName: "localhost", dns: ["localhost"], ips: ["127.0.0.1"], keys };
  const { certificatePem, keyPem } = mintServerCertificate({
    authority: root,
    request,
    defects,
    ...(chain !== undefined && { chain }),
  });
  await using lab = await startTls({ certificatePem, keyPem });
  const host = defects.includes("no-ip-san") ? "127.0.0.1" : "localhost";
  const server: Defendant = { host, port: lab.port, caFile: join(folder, "ca.pem"), caPem: root.certificatePem };
  const verdicts = new Map<string, Verdict>();
  await Promise.all(programs.map(async ({ name, judge: ask }) => verdicts.set(name, await ask(server))));
  for (const { name, judge: ask } of models) {
    const said = await ask(server);
    expect(plain(said), `the model of ${name} and the real one`).toBe(plain(verdicts.get(name) ?? ""));
  }
  for (const { name, judge: ask } of products) {
    const said = await ask(server);
    const real = verdicts.get(`go ${newest}`);
    if (real !== undefined) expect(plain(said), `${name} and what Go ${newest} says`).toBe(plain(real));
    verdicts.set(name, said);
  }
  table.push([title, ...rows(verdicts)]);
  return verdicts;
}

/** One row for all programs that say the same. */
function rows(verdicts: ReadonlyMap<string, Verdict>): string[] {
  const bySaying = new Map<string, string[]>();
  for (const { name } of [...programs, ...products]) {
    const said = plain(verdicts.get(name) ?? "");
    bySaying.set(said, [...(bySaying.get(said) ?? []), name]);
  }
  return [...bySaying].map(([said, names]) => `${names.join(", ").padEnd(27)} ${said}`);
}

test.each(Object.entries(DEFECTS) as [DefectId, Defect][])(
  "%s is refused by whom the table of defects says",
  async (id, defect) => {
    const verdicts = await judge(id, [id]);
    for (const [name, verdict] of verdicts) {
      // Only the newest Go is spoken of: older ones forgive more.
      if (name.startsWith("go ") && name !== `go ${newest}`) continue;
      if (name.endsWith("(model)")) continue;
      const refuses = defect.refusedBy.some((who) => name.startsWith(who));
      expect([name, verdict === "ok" ? "takes it" : "refuses it"], verdict).toEqual([
        name,
        refuses ? "refuses it" : "takes it",
      ]);
    }
  },
);

test.each<[ChainShape, RegExp]>([
  ["full", /^ok$/],
  ["reversed", /^ok$/],
  ["leaf-only", /unknown authority|UNABLE_TO_VERIFY|local issuer/],
  ["wrong-intermediate", /unknown authority|UNABLE_TO_VERIFY|local issuer/],
])("a chain that is %s is judged alike by all", async (chain, verdict) => {
  for (const [name, said] of await judge(`chain: ${chain}`, [], chain)) expect(said, name).toMatch(verdict);
});
