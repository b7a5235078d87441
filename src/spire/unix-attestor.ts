import { readFileSync } from "node:fs";

/**
 * The selectors that SPIRE's unix attestor gives a process of this machine; `undefined` where there is none with that pid.
 * Only delegated identity names pids: the callers of a socket are who the socket says. User and group names, which the
 * real attestor has too, are left out.
 */
export function attestPid(pid: number): ReadonlySet<string> | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const effective = (line: string): string => new RegExp(`^${line}:\\s+\\d+\\s+(\\d+)`, "m").exec(status)?.[1] ?? "";
    const groups =
      /^Groups:[ \t]*(.*)$/m
        .exec(status)?.[1]
        ?.trim()
        .split(/\s+/)
        .filter((group) => group !== "") ?? [];
    return new Set([
      `unix:uid:${effective("Uid")}`,
      `unix:gid:${effective("Gid")}`,
      ...groups.map((group) => `unix:supplementary_gid:${group}`),
    ]);
  } catch {
    return undefined;
  }
}
