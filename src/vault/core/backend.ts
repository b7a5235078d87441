import type { Exchange } from "../../journal/index.js";
import type { Clock, Ids } from "../../runtime/index.js";
import type { TlsInfo } from "../../transport/index.js";
import type { QuirkId } from "../quirks.js";
import type { Release } from "../release.js";
import type { MountLockout } from "./lockouts.js";
import type { WrapInfo } from "./logical.js";
import type { IssuedAuth } from "../token/entry.js";

/**
 * The contract between Vault's core and what is mounted in it, in the terms of Vault's own plugin framework
 * (sdk/framework): a backend is a table of paths, a path is a pattern, its fields and a handler per operation.
 */

/** What a request wants, as ACL policies name it. `create` and `update` are told apart by the path's `exists`. */
export type OperationName = "create" | "read" | "update" | "patch" | "delete" | "list" | "scan";

/** Field types of sdk/framework. Durations are whole seconds once read; `name` is a string with Vault's name rules. */
export type FieldType =
  | "string"
  | "lower-string"
  | "int"
  | "bool"
  | "duration"
  | "signed-duration"
  | "slice"
  | "string-list"
  | "comma-list"
  | "comma-int-list"
  | "map"
  | "key-values"
  | "any"
  | "float"
  | "time";

export interface Field {
  readonly type: FieldType;
  readonly description?: string;
  readonly default?: unknown;
  readonly required?: boolean;
  readonly deprecated?: boolean;
}

/** A request's fields after the framework's type check, in the style of framework.FieldData. */
export interface FieldData {
  /** Was the field sent (in the body, the query or the path)? */
  has(name: string): boolean;
  /** The field, its default, or the type's zero value. */
  string(name: string): string;
  number(name: string): number;
  bool(name: string): boolean;
  list(name: string): string[];
  map(name: string): Record<string, unknown>;
  value(name: string): unknown;
}

export interface MountConfig {
  /** Seconds; 0 = the system's default (32 days). */
  defaultLeaseTtl: number;
  maxLeaseTtl: number;
  tokenType: "default-service" | "default-batch" | "service" | "batch";
}

/** A mounted backend as the rest of Vault sees it. `path` has a slash at its end, and for auth begins with `auth/`. */
export interface Mount {
  readonly class: "auth" | "secret" | "system";
  path: string;
  readonly type: string;
  readonly accessor: string;
  readonly uuid: string;
  description: string;
  options: Record<string, string> | null;
  readonly config: MountConfig;
}

/** What a token is allowed and made of; the token store keeps these. Times are ms since the epoch, spans seconds. */
export interface TokenEntry {
  readonly id: string;
  readonly accessor: string;
  readonly type: "service" | "batch";
  readonly path: string;
  readonly policies: readonly string[];
  readonly identityPolicies: readonly string[];
  readonly entityId: string;
  readonly displayName: string;
  readonly meta: Readonly<Record<string, string>> | null;
  readonly orphan: boolean;
  readonly createdAt: number;
}

/** A login's result: what the new token shall be. Spans are seconds; 0 = the mount's. */
export interface AuthGrant {
  readonly policies: readonly string[];
  readonly noDefaultPolicy?: boolean;
  readonly displayName: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly alias?: { readonly name: string; readonly metadata?: Readonly<Record<string, string>> };
  readonly groupAliases?: readonly string[];
  readonly ttl: number;
  readonly maxTtl: number;
  readonly explicitMaxTtl?: number;
  readonly period?: number;
  readonly numUses?: number;
  readonly boundCidrs?: readonly string[];
  readonly tokenType?: "default" | "service" | "batch" | "default-service" | "default-batch";
  readonly renewable: boolean;
  /** Kept with the token and handed back to `renew`. */
  readonly internalData?: Readonly<Record<string, unknown>>;
}

export interface LeaseGrant {
  readonly ttl: number;
  readonly renewable: boolean;
  readonly internalData?: Readonly<Record<string, unknown>>;
}

/**
 * What a handler answers.
 * - nothing: 204 without a body
 * - `data`, `auth`, `warnings`: the usual envelope (any of them may be absent)
 * - `status` with `data`: the usual envelope under another status (KV's 404 for deleted versions)
 * - `error`: an error response in the plugin's sense: bare text, status 400 or `status`
 * - `raw`: bytes as they are
 */
export type BackendReply =
  | undefined
  | {
      readonly data?: Readonly<Record<string, unknown>> | null;
      readonly auth?: AuthGrant;
      readonly lease?: LeaseGrant;
      readonly warnings?: readonly string[];
      readonly status?: number;
      /** A token that is there already; only the token store answers so. */
      readonly issued?: IssuedAuth;
      /** Wrapped already; only rewrapping answers so. */
      readonly wrapped?: WrapInfo;
      /** A lease that is there already; only renewing answers so. */
      readonly knownLease?: { readonly id: string; readonly duration: number; readonly renewable: boolean };
    }
  | {
      readonly error: string;
      readonly status?: number;
      readonly data?: Readonly<Record<string, unknown>> | readonly unknown[];
    }
  | { readonly raw: { readonly status: number; readonly contentType?: string; readonly body: string | Buffer } };

/**
 * An error that a handler returns in Go's sense. On an authenticated path the core wraps its text
 * (`1 error occurred:\n\t* <text>\n\n`), on a login path it stays bare. Without a status it becomes a 500.
 */
export class VaultError extends Error {
  override readonly name = "VaultError";
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

export interface BackendRequest {
  readonly operation: OperationName;
  /** Below the mount, without a leading slash. */
  readonly path: string;
  readonly data: FieldData;
  /** The body as it was sent; numbers keep their text where that matters. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
  readonly tls?: TlsInfo;
  /** The token of the caller; absent on unauthenticated paths. */
  readonly token?: TokenEntry;
  /** The journal's view of this request: handlers report their checks and log lines to it. */
  readonly exchange: Exchange;
}

export type Handler = (request: BackendRequest) => BackendReply | Promise<BackendReply>;

export interface Path {
  /**
   * A regular expression without anchors, as Vault writes it: `role/(?<name>\w(([\w-.]+)?\w)?)`. Named groups become fields.
   * The framework anchors it.
   */
  readonly pattern: string;
  readonly fields?: Readonly<Record<string, Field>>;
  readonly operations: Partial<Record<OperationName, Handler>>;
  /** Present where Vault has an existence check: then writes need `create` for what is new and `update` for what is there. */
  readonly exists?: (request: BackendRequest) => boolean | Promise<boolean>;
  /** Takes any keys without a warning about unrecognised ones. */
  readonly takesArbitraryInput?: boolean;
  /** Lists come in pages where the release has pages: the core knows `after` and `limit`, and cuts. */
  readonly paged?: boolean;
  readonly summary: string;
  readonly description?: string;
}

export interface Backend {
  readonly paths: readonly Path[];
  /** Paths without a token, in Vault's own notation: exact, or a prefix with `*` at the end, or with `+` segments. */
  readonly unauthenticated?: readonly string[];
  /** Paths that need `sudo`, in the same notation. */
  readonly sudo?: readonly string[];
  /**
   * Renews a token that a login of this backend made: may shorten or refuse. Nothing: not renewed, and without a
   * word.
   */
  renew?(grant: AuthGrant, request: BackendRequest): Renewal | Promise<Renewal>;
  stop?(): void;
  /** What a backend that takes this one's place inherits, by path. */
  readonly kept?: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** What comes of a renewal. */
export type Renewal = AuthGrant | { readonly error: string } | undefined;

/** What a backend gets from the Vault that it is mounted in. */
export interface BackendContext {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly release: Release;
  /** Does the emulated release behave so? */
  quirk(id: QuirkId): boolean;
  /** Live: changes with tuning. */
  readonly mount: Mount;
  /** Longest lease of the mount in seconds, tuning and system maximum considered; likewise the default. */
  maxLeaseTtl(): number;
  defaultLeaseTtl(): number;
  /** `enforce` refuses by `bound_audiences` on a Kubernetes role; `ignore` drops the key as the real plugin does. */
  readonly boundAudiences: "enforce" | "ignore";
  /** The pod that this Vault pretends to run in; without one there are no local token and CA file. */
  readonly pod?: PodIdentity;
  /** What the backend kept that stood here before. */
  readonly inherited?: NonNullable<Backend["kept"]>;
  /** Who failed to log in too often here. */
  readonly lockout: MountLockout;
}

/** What a pod finds under /var/run/secrets/kubernetes.io/serviceaccount. */
export interface PodIdentity {
  /** The service account's token, as it is now. */
  token(): string;
  /** PEM of the cluster's CA. */
  ca(): string;
}

export type BackendFactory = (context: BackendContext) => Backend;
