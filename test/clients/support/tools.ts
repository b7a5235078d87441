import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** Real programs that the fakes are held against. What they need is built or installed once per clone, below node_modules. */
const CACHE = join(import.meta.dirname, "../../../node_modules/.cache/mistrust-clients");
const run = promisify(execFile);

/** A tool's first line of output, or `undefined` where it is not on this machine. */
export async function version(command: string, args: readonly string[] = ["--version"]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, args);
    return (stdout || stderr).split("\n")[0];
  } catch {
    return undefined;
  }
}

/** A program that is there, or the reason why not, for a visible skip. */
export type Tool = { readonly path: string; readonly missing?: undefined } | { readonly missing: string };

export interface GoOptions {
  /** Replaces the `go` line of its go.mod: Go's TLS defaults follow that line, not the toolchain. */
  readonly goLine?: string;
  /** Release of Go that builds it, "go1.21.13", fetched where it is not there; the one on this machine if absent. */
  readonly toolchain?: string;
  /** A program of somebody else's that the go.mod names as a tool; the folder's own if absent. */
  readonly package?: string;
}

/** Builds a Go program from a folder with a go.mod. */
export async function goProgram(folder: string, options: GoOptions = {}): Promise<Tool> {
  if ((await version("go", ["version"])) === undefined) return { missing: "go is not installed" };
  const { goLine, toolchain } = options;
  const hash = await hashOf(folder, `${goLine ?? ""}${options.package ?? ""}${toolchain ?? ""}`);
  return await cached(`go-${hash}`, "program", async (target) => {
    const source = join(target, "source");
    await cp(folder, source, { recursive: true });
    const env = { ...process.env, GOTOOLCHAIN: toolchain ?? "local", GOFLAGS: "-mod=mod" };
    if (goLine !== undefined) await run("go", ["mod", "edit", `-go=${goLine}`], { cwd: source, env });
    const args = ["build", "-o", join(target, "program"), options.package ?? "."];
    await run("go", args, { cwd: source, env, maxBuffer: 1 << 24 });
    await rm(source, { recursive: true, force: true });
  });
}

/** Installs Python packages into a folder of their own; `path` is what PYTHONPATH must hold. */
export async function pythonPackages(...packages: readonly string[]): Promise<Tool> {
  if ((await version("python3")) === undefined) return { missing: "python3 is not installed" };
  return await cached(`python-${digest(packages)}`, "packages", async (target) => {
    const args = [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "--target",
      join(target, "packages"),
    ];
    await run("python3", [...args, ...packages], { maxBuffer: 1 << 24 });
  });
}

/** Installs npm packages into a folder of their own, from which `createRequire(PATH + "/")` finds them. */
export async function npmPackages(...packages: readonly string[]): Promise<Tool> {
  if ((await version("npm")) === undefined) return { missing: "npm is not installed" };
  return await cached(`npm-${digest(packages)}`, "packages", async (target) => {
    const folder = join(target, "packages");
    await mkdir(folder);
    const quiet = ["--no-save", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"];
    await run("npm", ["install", "--prefix", folder, ...quiet, ...packages], { cwd: folder, maxBuffer: 1 << 24 });
  });
}

/** Compiles a Java program from a folder with a pom.xml; `path` is the class path that it runs with. */
export async function javaProgram(folder: string): Promise<Tool> {
  for (const [tool, flag] of [
    ["javac", "-version"],
    ["mvn", "--version"],
  ] as const) {
    if ((await version(tool, [flag])) === undefined) return { missing: `${tool} is not installed` };
  }
  const tool = await cached(`java-${await hashOf(folder, "")}`, "program", async (target) => {
    const program = join(target, "program");
    const copy = ["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", `-DoutputDirectory=${program}`];
    await run("mvn", copy, { cwd: folder, maxBuffer: 1 << 24 });
    const sources = (await readdir(folder)).filter((name) => name.endsWith(".java"));
    await run("javac", ["-nowarn", "-cp", join(program, "*"), "-d", program, ...sources], { cwd: folder });
  });
  return tool.missing === undefined ? { path: `${tool.path}:${join(tool.path, "*")}` } : tool;
}

export interface CargoOptions {
  /** How long a build may take, in milliseconds. What is compiled by then is kept, so that the next build goes on from there. */
  readonly limit: number;
}

/** Builds a Rust program from a folder with a Cargo.toml and a Cargo.lock. */
export async function cargoProgram(folder: string, { limit }: CargoOptions): Promise<Tool> {
  if ((await version("cargo")) === undefined) return { missing: "cargo is not installed" };
  return await cached(`cargo-${await hashOf(folder, "")}`, "program", async (target) => {
    const objects = join(CACHE, "cargo-target");
    const env = { ...process.env, CARGO_TARGET_DIR: objects };
    const options = { cwd: folder, env, timeout: limit, maxBuffer: 1 << 24 };
    try {
      await run("cargo", ["build", "--locked", "--quiet"], options);
    } catch (error) {
      const late = error instanceof Error && "killed" in error && error.killed === true;
      throw late ? new Error(`the build was not done within ${limit / 1000} s; it goes on with the next run`) : error;
    }
    await cp(join(objects, "debug", basename(folder)), join(target, "program"));
  });
}

async function cached(name: string, product: string, make: (target: string) => Promise<void>): Promise<Tool> {
  const folder = join(CACHE, name);
  const path = join(folder, product);
  if (existsSync(path)) return { path };
  await mkdir(CACHE, { recursive: true });
  const target = await mkdtemp(`${folder}-`);
  try {
    await make(target);
    await rename(target, folder);
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    if (!existsSync(path)) return { missing: `${name} could not be prepared: ${firstLine(error)}` };
  }
  return { path };
}

function digest(names: readonly string[]): string {
  return createHash("sha256").update(names.join(" ")).digest("hex").slice(0, 16);
}

async function hashOf(folder: string, salt: string): Promise<string> {
  const hash = createHash("sha256").update(salt);
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    if (/\.(go|mod|sum|java|xml|rs|toml|lock)$/.test(name))
      hash.update(name).update(await readFile(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 16);
}

function firstLine(error: unknown): string {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  const last = stderr.split("\n").at(-1) ?? "";
  return last === "" ? (String(error).split("\n")[0] ?? "unknown") : last;
}
