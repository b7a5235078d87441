import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/**
 * One folder for all that the running processes of this user have to leave on disk for a while. What stands in it is
 * named after its process, so that the next one can clear away what a killed one could not.
 */
export function runFolder(): string {
  return join(tmpdir(), `mistrust-${userInfo().uid}`);
}

/**
 * Makes something in the folder, under a name that begins with `stem`, and clears away what dead processes left.
 * @returns `undefined` where somebody else owns the folder or can write to it: temporary files are everybody's
 */
export function inRunFolder<T>(make: (stem: string) => T, folder = runFolder()): T | undefined {
  for (let attempt = 1; ; attempt++) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOwn(folder)) return undefined;
    removeDead(folder);
    try {
      return make(join(folder, `${processSpace()}-${process.pid}-`));
    } catch (error) {
      // Another process that left last has just taken the folder along.
      if (attempt < 5 && codeOf(error) === "ENOENT") continue;
      throw error;
    }
  }
}

/** Is this folder there, this user's own, and closed to everybody else? */
export function isOwn(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return false;
  return process.platform === "win32" || (stat.uid === userInfo().uid && (stat.mode & 0o077) === 0);
}

/** Removes what belongs to processes that are no more. */
export function clearDead(folder = runFolder()): void {
  removeDead(folder);
  leaveRunFolder(folder);
}

function removeDead(folder: string): void {
  const own = processSpace();
  for (const name of readdirSync(folder)) {
    const [, space, pid] = /^(\d+)-(\d+)-/.exec(name) ?? [];
    if (space === own && !isAlive(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Removes the folder if nothing stands in it any more. */
export function leaveRunFolder(folder = runFolder()): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another process still has something there.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, but as somebody else.
    return codeOf(error) === "EPERM";
  }
}

/** Containers may share a folder and yet count their processes each from 1. */
function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
