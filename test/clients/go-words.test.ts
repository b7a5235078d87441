import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXPIRED_FRONTS, FRONTS, said } from "../unit/clients/fronts.js";
import { goProgram, type Tool, version } from "./support/tools.js";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "go-words");
const toolchain = /go(\d+\.\d+)/.exec((await version("go", ["version"])) ?? "")?.[1] ?? "";

/** The words of the Go program, or nothing where its request went through. */
async function printed(program: string, url: string, ca: string, godebug: string): Promise<string | undefined> {
  try {
    await run(program, [url, ca], { env: { ...process.env, GODEBUG: godebug } });
    return undefined;
  } catch (error) {
    return error instanceof Error && "stdout" in error ? String(error.stdout).trimEnd() : String(error);
  }
}

/** Times differ between the two runs of a case. */
const plain = (text: string | undefined): string | undefined => text?.replace(/current time \S+/, "current time …");

describe.each<{ goLine: string; godebug: string; builder?: string }>([
  { goLine: "1.21", godebug: "" },
  { goLine: "1.22", godebug: "" },
  { goLine: "1.22", godebug: "tlsrsakex=1" },
  { goLine: "1.26", godebug: "" },
  { goLine: "1.21", godebug: "", builder: "go1.21.13" },
  { goLine: "1.22", godebug: "", builder: "go1.22.12" },
])("a real program with `go $goLine`, GODEBUG=$godebug, built by $builder", ({ goLine, godebug, builder }) => {
  let program: Tool = { missing: "not built" };
  let temporary = "";
  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), "go-words-"));
    program = await goProgram(folder, { goLine, ...(builder !== undefined && { toolchain: builder }) });
  }, 600_000);
  afterAll(async () => await rm(temporary, { recursive: true, force: true }));

  it.for([...FRONTS, ...EXPIRED_FRONTS])("says what the model says of a server with $name", async (one, { skip }) => {
    skip(program.missing !== undefined, program.missing);
    await using front = await one.start();
    const ca = join(temporary, "ca.pem");
    await writeFile(ca, front.caPem);
    const url = `https://${one.host ?? "localhost"}:${front.port}/v1/x`;
    const real = await printed(program.missing === undefined ? program.path : "", url, ca, godebug);
    const model = await said(front, one, {
      toolchain: builder === undefined ? toolchain : goLine,
      goLine,
      retryablehttp: "0.7.8",
      ...(godebug !== "" && { godebug }),
    });
    expect(plain(model)).toBe(plain(real?.replace(`Put "${url}": `, "")));
  });
});
