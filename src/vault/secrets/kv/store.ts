import { createHash } from "node:crypto";
import type { BackendContext, BackendRequest, TokenEntry } from "../../core/backend.js";
import { rfc3339Nano } from "../../core/go.js";

export type Secret = Readonly<Record<string, unknown>>;

/** Who did something to a secret. (vault-plugin-secrets-kv ≥0.25: Attribution) */
export interface Attribution {
  readonly actor?: string;
  readonly operation: string;
  readonly entity_id?: string;
  readonly client_id?: string;
}

/** One version of a secret. Times are ms since the epoch. */
export interface Version {
  readonly created: number;
  /** From when on it counts as deleted; that may be in the future. */
  deletion: number | undefined;
  destroyed: boolean;
  /** Gone once the version is destroyed. */
  data: Secret | null | undefined;
  readonly createdBy: Attribution | undefined;
  deletedBy: Attribution | undefined;
}

/** A key with its versions. (vault-plugin-secrets-kv: KeyMetadata) */
export interface KeyMetadata {
  readonly versions: Map<number, Version>;
  current: number;
  oldest: number;
  created: number | undefined;
  updated: number | undefined;
  maxVersions: number;
  casRequired: boolean;
  /** OpenBao: how often the metadata were written, and whether writing them needs that number. */
  metadataVersion: number;
  metadataCasRequired: boolean;
  /** Seconds; 0 = the mount's. */
  deleteVersionAfter: number;
  custom: Readonly<Record<string, string>> | null;
  lastUpdatedBy: Attribution | undefined;
}

/** How many versions are kept where neither the key nor the mount says so. */
const DEFAULT_MAX_VERSIONS = 10;

/** What a version 2 mount holds, and the rules that several of its paths share. */
export class VersionedStore {
  readonly keys = new Map<string, KeyMetadata>();
  /** `deleteVersionAfter` is in seconds; negative = disabled for all keys. */
  readonly config = { maxVersions: 0, casRequired: false, metadataCasRequired: false, deleteVersionAfter: 0 };

  constructor(readonly context: BackendContext) {}

  now(): number {
    return this.context.clock.now();
  }

  /** Who makes the request, on releases that remember it. */
  attribution({ token, operation }: BackendRequest): Attribution | undefined {
    if (!this.context.quirk("kv-remembers-who")) return undefined;
    return {
      ...(token !== undefined && token.displayName !== "" && { actor: token.displayName }),
      operation,
      ...(token !== undefined && token.entityId !== "" && { entity_id: token.entityId }),
      ...(token !== undefined && { client_id: clientIdOf(token) }),
    };
  }

  emptyKey(): KeyMetadata {
    return {
      versions: new Map(),
      current: 0,
      oldest: 0,
      created: undefined,
      updated: undefined,
      maxVersions: 0,
      casRequired: false,
      metadataVersion: 0,
      metadataCasRequired: false,
      deleteVersionAfter: 0,
      custom: null,
      lastUpdatedBy: undefined,
    };
  }

  /** When a version that is made at `created` will count as deleted: the shorter of the key's and the mount's spans. */
  deletionTime(key: KeyMetadata, created: number): number | undefined {
    const mount = this.config.deleteVersionAfter;
    if (mount < 0) return undefined;
    const spans = [mount, key.deleteVersionAfter].filter((seconds) => seconds !== 0);
    return spans.length === 0 ? undefined : created + Math.min(...spans) * 1000;
  }

  isDeleted(version: Version): boolean {
    return version.deletion !== undefined && version.deletion <= this.now();
  }

  /** Adds a version and lets those beyond the limit fall off. (path_data.go: AddVersion) */
  addVersion(name: string, key: KeyMetadata, data: Secret | null, by: Attribution | undefined): Version {
    const created = this.now();
    const version: Version = {
      created,
      deletion: this.deletionTime(key, created),
      destroyed: false,
      data,
      createdBy: by,
      deletedBy: undefined,
    };
    this.keys.set(name, key);
    key.versions.set(++key.current, version);
    key.updated = created;
    key.created ??= created;
    key.lastUpdatedBy = by;
    const limit = Math.max(key.maxVersions, this.config.maxVersions) || DEFAULT_MAX_VERSIONS;
    if (key.current - key.oldest >= limit) {
      const last = key.current - limit;
      for (let number = key.oldest; number <= last; number++) key.versions.delete(number);
      key.oldest = last + 1;
    }
    return version;
  }
}

/** Of a token without an entity: a hash of its policies and its namespace, the root's. (sdk/logical/token.go: CreateClientID) */
function clientIdOf({ entityId, policies }: TokenEntry): string {
  if (entityId !== "") return entityId;
  return createHash("sha256")
    .update(`${[...policies].sort().join("\u007f")}\0root`)
    .digest("base64");
}

/** What a count becomes that is kept in 32 bits without a sign. (Go: uint32) */
export function unsigned(count: number): number {
  return Number(BigInt.asUintN(32, BigInt(count)));
}

/** A moment as KV prints it; "" for none. */
export function timeText(ms: number | undefined): string {
  return ms === undefined ? "" : rfc3339Nano(ms);
}

/** What is said about a version when it is written, and in the metadata of a read. */
export function versionData(key: KeyMetadata, number: number, version: Version): Record<string, unknown> {
  return {
    version: number,
    created_time: timeText(version.created),
    deletion_time: timeText(version.deletion),
    destroyed: version.destroyed,
    custom_metadata: key.custom,
  };
}
