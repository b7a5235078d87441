import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clearDead, inRunFolder, isOwn, leaveRunFolder, MistrustError, runFolder } from "../runtime/index.js";

/** What a running `serve` leaves for other shells to find. */
export interface RunFile {
  readonly pid: number;
  readonly url: string;
}

/**
 * Announces a control listener to other shells of this user.
 * @returns takes the announcement back; may be called twice, and in an exit handler
 */
export function announce(url: string, folder = runFolder()): () => void {
  const file = inRunFolder((stem) => {
    const path = `${stem}${new URL(url).port}.json`;
    writeFileSync(path, JSON.stringify({ pid: process.pid, url } satisfies RunFile), { mode: 0o600 });
    return path;
  }, folder);
  if (file === undefined) return () => undefined;
  return () => {
    rmSync(file, { force: true });
    leaveRunFolder(folder);
  };
}

/** The control listeners of this user's running processes. What a crashed one left is cleared away. */
export function announced(folder = runFolder()): RunFile[] {
  if (!isOwn(folder)) return [];
  clearDead(folder);
  if (!isOwn(folder)) return [];
  return readdirSync(folder).flatMap((name) => (name.endsWith(".json") ? (read(join(folder, name)) ?? []) : []));
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
