import type { Clock, Ids } from "../../runtime/index.js";
import { hasQuirk, type Release } from "../release.js";
import type { Backend, BackendContext, BackendFactory, Mount, MountConfig, PodIdentity } from "./backend.js";
import { Framework } from "./framework.js";
import type { Lockouts, LockoutSettings } from "./lockouts.js";
import { pageFields } from "./pages.js";

/** Longest and usual lease of the system, in seconds (32 days). */
export const SYSTEM_TTL = 2_764_800;

/** A mount with what only `sys/mounts`, `sys/auth` and their tuning know of it. */
export interface MountEntry extends Mount {
  readonly local: boolean;
  readonly sealWrap: boolean;
  readonly externalEntropyAccess: boolean;
  readonly pluginVersion: string;
  /** As `running_plugin_version` says it. */
  readonly runningVersion: string;
  readonly tune: TuneSettings;
}

/** Settings of a mount that are shown only once they were set. */
export interface TuneSettings {
  forceNoCache: boolean;
  listingVisibility: string;
  auditRequestKeys: readonly string[] | null;
  auditResponseKeys: readonly string[] | null;
  passthroughRequestHeaders: readonly string[] | null;
  allowedResponseHeaders: readonly string[] | null;
  allowedManagedKeys: readonly string[] | null;
  userLockout: UserLockoutTuning | null;
}

/** As the mount's tuning shows it; spans are seconds, 0 = Vault's default. */
export interface UserLockoutTuning {
  readonly user_lockout_counter_reset_duration: number;
  readonly user_lockout_threshold: number;
  readonly user_lockout_duration: number;
  readonly user_lockout_disable: boolean;
}

export interface NewMount {
  readonly class: Mount["class"];
  /** With a slash at its end; for auth beginning with `auth/`. */
  readonly path: string;
  readonly type: string;
  readonly runningVersion: string;
  readonly description?: string;
  readonly options?: Record<string, string> | null;
  readonly config?: Partial<MountConfig>;
  readonly tune?: Partial<TuneSettings>;
  readonly local?: boolean;
  readonly sealWrap?: boolean;
  readonly externalEntropyAccess?: boolean;
  readonly pluginVersion?: string;
}

export interface Mounted {
  readonly mount: MountEntry;
  readonly framework: Framework;
}

export interface MountTableOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly release: Release;
  readonly boundAudiences: "enforce" | "ignore";
  readonly pod?: PodIdentity | undefined;
  readonly lockouts: Lockouts;
}

/** The mounted backends and the way from a path to one of them. (vault/mount.go, vault/router.go) */
export class MountTable {
  readonly #options: MountTableOptions;
  readonly #mounts = new Map<string, Mounted>();
  /** Longest path first, so that the first that fits is the right one. */
  #order: readonly Mounted[] = [];
  readonly #pages: ReturnType<typeof pageFields>;

  constructor(options: MountTableOptions) {
    this.#options = options;
    this.#pages = pageFields(options.release);
  }

  /** Mounts a backend; the caller has made sure that the path is free. */
  add(wanted: NewMount, factory: BackendFactory): Mounted {
    const mount = this.#entry(wanted);
    const mounted = { mount, framework: new Framework(this.#start(mount, factory), this.#pages) };
    this.#mounts.set(mount.path, mounted);
    this.#sort();
    return mounted;
  }

  /** Puts a new backend in the place of a mount's old one, which may hand over what it kept. */
  reload(path: string, factory: BackendFactory): void {
    const old = this.#mounts.get(path);
    if (old === undefined) return;
    const { mount, framework } = old;
    framework.backend.stop?.();
    this.#mounts.set(path, {
      mount,
      framework: new Framework(this.#start(mount, factory, framework.backend), this.#pages),
    });
    this.#sort();
  }

  remove(path: string): Mounted | undefined {
    const mounted = this.#mounts.get(path);
    if (mounted === undefined) return undefined;
    this.#mounts.delete(path);
    this.#sort();
    mounted.framework.backend.stop?.();
    return mounted;
  }

  move(from: string, to: string): void {
    const mounted = this.#mounts.get(from);
    if (mounted === undefined) return;
    this.#mounts.delete(from);
    mounted.mount.path = to;
    this.#mounts.set(to, mounted);
    this.#sort();
  }

  get(path: string): Mounted | undefined {
    return this.#mounts.get(path);
  }

  byAccessor(accessor: string): Mounted | undefined {
    return this.#order.find(({ mount }) => mount.accessor === accessor);
  }

  /** The mount whose path is the longest beginning of `path`. */
  match(path: string): Mounted | undefined {
    for (const mounted of this.#order) if (path.startsWith(mounted.mount.path)) return mounted;
    return undefined;
  }

  /** The path of a mount that lies above, at or below `path`. (vault/router.go: MountConflict) */
  conflict(path: string): string | undefined {
    return this.#order.find(({ mount }) => path.startsWith(mount.path) || mount.path.startsWith(path))?.mount.path;
  }

  /** All mounts in the order of their paths. */
  list(): Mounted[] {
    return [...this.#mounts.values()].sort((a, b) => (a.mount.path < b.mount.path ? -1 : 1));
  }

  maxLeaseTtl(mount: Mount): number {
    return mount.config.maxLeaseTtl === 0 ? SYSTEM_TTL : mount.config.maxLeaseTtl;
  }

  defaultLeaseTtl(mount: Mount): number {
    const own = mount.config.defaultLeaseTtl === 0 ? SYSTEM_TTL : mount.config.defaultLeaseTtl;
    return Math.min(own, this.maxLeaseTtl(mount));
  }

  stop(): void {
    for (const { framework } of this.#order) framework.backend.stop?.();
    this.#mounts.clear();
    this.#order = [];
  }

  #entry(wanted: NewMount): MountEntry {
    const { ids } = this.#options;
    const kind = wanted.class === "auth" ? "auth_" : "";
    return {
      class: wanted.class,
      path: wanted.path,
      type: wanted.type,
      accessor: `${kind}${wanted.type}_${ids.hex(4)}`,
      uuid: ids.uuid(),
      description: wanted.description ?? "",
      options: wanted.options ?? null,
      config: { defaultLeaseTtl: 0, maxLeaseTtl: 0, tokenType: "default-service", ...wanted.config },
      local: wanted.local ?? false,
      sealWrap: wanted.sealWrap ?? false,
      externalEntropyAccess: wanted.externalEntropyAccess ?? false,
      pluginVersion: wanted.pluginVersion ?? "",
      runningVersion: wanted.runningVersion,
      tune: { ...UNTUNED, ...wanted.tune },
    };
  }

  #start(mount: MountEntry, factory: BackendFactory, before?: Backend): Backend {
    const { clock, ids, release, boundAudiences, pod, lockouts } = this.#options;
    const context: BackendContext = {
      clock,
      ids,
      release,
      quirk: (id) => hasQuirk(release, id),
      mount,
      maxLeaseTtl: () => this.maxLeaseTtl(mount),
      defaultLeaseTtl: () => this.defaultLeaseTtl(mount),
      boundAudiences,
      ...(pod !== undefined && { pod }),
      lockout: lockouts.of(mount.accessor, () =>
        hasQuirk(release, "users-are-locked-out") ? lockoutSettings(mount.tune.userLockout) : undefined,
      ),
      ...(before?.kept !== undefined && { inherited: before.kept }),
    };
    return factory(context);
  }

  #sort(): void {
    this.#order = [...this.#mounts.values()].sort((a, b) => b.mount.path.length - a.mount.path.length);
  }
}

function lockoutSettings(tuned: TuneSettings["userLockout"]): LockoutSettings {
  return {
    threshold: tuned?.user_lockout_threshold ?? 0,
    duration: tuned?.user_lockout_duration ?? 0,
    counterReset: tuned?.user_lockout_counter_reset_duration ?? 0,
    disabled: tuned?.user_lockout_disable ?? false,
  };
}

const UNTUNED: TuneSettings = {
  forceNoCache: false,
  listingVisibility: "",
  auditRequestKeys: null,
  auditResponseKeys: null,
  passthroughRequestHeaders: null,
  allowedResponseHeaders: null,
  allowedManagedKeys: null,
  userLockout: null,
};
