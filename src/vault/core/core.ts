import type { Clock, Ids } from "../../runtime/index.js";
import type { QuirkId } from "../quirks.js";
import { hasQuirk, type Release } from "../release.js";
import type { AuditBroker } from "../audit/index.js";
import type { PolicyStore } from "../policy/store.js";
import type { TokenStore } from "../token/store.js";
import type { BackendFactory } from "./backend.js";
import type { IdentityStore } from "./identity.js";
import type { LeaseStore } from "./leases.js";
import type { Lockouts } from "./lockouts.js";
import type { MountTable } from "./mounts.js";
import type { Namespaces } from "./namespaces.js";
import type { ClusterNode } from "./node.js";
import type { Quotas } from "./quotas.js";
import type { Seal } from "./seal.js";
import type { Wrapping } from "./wrapping.js";

/** How a type of backend is made: at once, or by loading it first. */
export interface BackendType {
  readonly load: () => BackendFactory | Promise<BackendFactory>;
  /** As `running_plugin_version` says it. */
  readonly runningVersion: (release: Release) => string;
}

export interface BackendRegistry {
  readonly secrets: ReadonlyMap<string, BackendType>;
  readonly auth: ReadonlyMap<string, BackendType>;
}

/** Everything that one Vault consists of; what its parts need of each other they find here. */
export interface Core {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly release: Release;
  readonly registry: BackendRegistry;
  readonly mounts: MountTable;
  readonly tokens: TokenStore;
  readonly policies: PolicyStore;
  readonly identity: IdentityStore;
  readonly leases: LeaseStore;
  readonly lockouts: Lockouts;
  readonly seal: Seal;
  readonly node: ClusterNode;
  readonly quotas: Quotas;
  readonly wrapping: Wrapping;
  readonly audit: AuditBroker;
  /** Where this core stands; the root's path is "". */
  readonly namespace: { readonly id: string; readonly path: string };
  /** The core of the namespace around this one; absent for the root. */
  readonly parent?: Core;
  /** All namespaces, shared by their cores; absent where the release has none. */
  readonly namespaces?: Namespaces;
  readonly cluster: { readonly name: string; readonly id: string };
  readonly settings: CoreSettings;
}

/** What `sys/config/*` and the start options set. */
export interface CoreSettings {
  /** The redirect of `/` to `/ui/` that a dev server has. */
  readonly ui: boolean;
  readonly storageType: string;
  cors: { readonly origins: readonly string[]; readonly headers: readonly string[] } | undefined;
}

export function coreQuirk(core: Pick<Core, "release">, id: QuirkId): boolean {
  return hasQuirk(core.release, id);
}
