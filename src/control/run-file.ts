import { lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { MistrustError } from "../runtime/index.js";

/** What a running `serve` leaves for other shells to find. */
export interface RunFile {
  readonly pid: number;
  readonly url: string;
}

/** Where run files stand: one small file per process, in a folder that only this user can read. */
export function runFolder(): string {
  return join(tmpdir(), `mistrust-${userInfo().uid}`);
}

/**
 * Announces a control listener to other shells of this user.
 * @returns takes the announcement back; may be called twice, and in an exit handler
 */
export function announce(url: string, folder = runFolder()): () => void {
  announced(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isPrivate(folder)) return () => undefined;
  const file = join(folder, `${process.pid}-${new URL(url).port}.json`);
  writeFileSync(file, JSON.stringify({ pid: process.pid, url } satisfies RunFile), { mode: 0o600 });
  return () => {
    rmSync(file, { force: true });
    removeIfEmpty(folder);
  };
}

/** The control listeners of this user's running processes. What a crashed one left is cleared away. */
export function announced(folder = runFolder()): RunFile[] {
  if (!isPrivate(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const found = read(join(folder, name));
    if (found !== undefined && isAlive(found.pid)) return [found];
    rmSync(join(folder, name), { force: true });
    removeIfEmpty(folder);
    return [];
  });
}

/**
 * The control listener to talk to: `MISTRUST_CONTROL`, or the only one that runs.
 * @throws MISTRUST_CONTROL_UNREACHABLE where none runs, or several do
 */
export function findControl(env: NodeJS.ProcessEnv = process.env, folder = runFolder()): string {
  const named = env.MISTRUST_CONTROL;
  if (named !== undefined && named !== "") return named;
  const running = announced(folder);
  const only = running[0];
  if (only === undefined) {
    throw new MistrustError("MISTRUST_CONTROL_UNREACHABLE", "no lab is running", {
      remedy: "start one in another shell with: mistrust serve",
    });
  }
  if (running.length === 1) return only.url;
  throw new MistrustError("MISTRUST_CONTROL_UNREACHABLE", `${running.length} labs are running`, {
    remedy: `say which: ${running.map(({ pid, url }) => `MISTRUST_CONTROL=${url} (process ${pid})`).join(", ")}`,
  });
}

/** The folder of temporary files is everybody's: a folder there is trusted only if it is this user's own. */
function isPrivate(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return false;
  return process.platform === "win32" || (stat.uid === userInfo().uid && (stat.mode & 0o077) === 0);
}

function read(file: string): RunFile | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof found !== "object" || found === null || !("pid" in found) || !("url" in found)) return undefined;
    const { pid, url } = found;
    return typeof pid === "number" && typeof url === "string" ? { pid, url } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, but as somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another process still has its file there.
  }
}
