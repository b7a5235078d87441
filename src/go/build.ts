import { compareVersions, parseVersion, type Version } from "../runtime/index.js";

/**
 * How a Go program was built. The toolchain decides how errors are worded; the `go` line of the main module decides the
 * defaults of GODEBUG settings, among them which cipher suites a client offers (go.dev/doc/godebug).
 */
export interface GoBuild {
  readonly toolchain: string;
  readonly goLine: string;
  /** The environment's GODEBUG, e.g. `tlsrsakex=1,http2client=0`. */
  readonly godebug?: string;
}

interface Setting {
  /** First Go release with the new behaviour, and with the setting. */
  readonly changed: string;
  /** First Go release that ignores the setting; from then on the new behaviour is the only one. */
  readonly removed?: string;
  readonly old: string;
  readonly now: string;
}

/** GODEBUG settings that a client's TLS depends on. (Go: internal/godebugs/table.go; removal in 1.27 as recorded) */
const SETTINGS = {
  tlsrsakex: { changed: "1.22", removed: "1.27", old: "1", now: "0" },
  tls3des: { changed: "1.23", removed: "1.27", old: "1", now: "0" },
  x509negativeserial: { changed: "1.23", old: "1", now: "0" },
  x509sha1: { changed: "1.18", removed: "1.24", old: "0", now: "0" },
  http2client: { changed: "1.6", old: "0", now: "1" },
} as const satisfies Record<string, Setting>;

/** The value that a GODEBUG setting has in this build. */
export function godebug(build: GoBuild, name: keyof typeof SETTINGS): string {
  const setting: Setting = SETTINGS[name];
  if (!toolchainAtLeast(build, setting.changed)) return setting.old;
  if (setting.removed !== undefined && toolchainAtLeast(build, setting.removed)) return setting.now;
  const set = new RegExp(`(?:^|,)${name}=([^,]*)`).exec(build.godebug ?? "")?.[1];
  return set ?? (atLeast(build.goLine, setting.changed) < 0 ? setting.old : setting.now);
}

/** Was the program compiled by Go `version` or newer? */
export function toolchainAtLeast(build: GoBuild, version: string): boolean {
  return atLeast(build.toolchain, version) >= 0;
}

const NONE: Version = [0, 0, 0];

function atLeast(text: string, than: string): number {
  return compareVersions(parseVersion(text) ?? NONE, parseVersion(than) ?? NONE);
}
