import { Exchange, Journal } from "../journal/index.js";
import { type Clock, Ids, MistrustError, type Seed } from "../runtime/index.js";
import type { HttpHandler, HttpReply } from "../transport/index.js";
import { AuditBroker } from "./audit/index.js";
import { BACKENDS } from "./backends.js";
import type { BackendFactory, PodIdentity } from "./core/backend.js";
import type { BackendRegistry, Core } from "./core/core.js";
import { IdentityStore } from "./core/identity.js";
import { LeaseStore } from "./core/leases.js";
import { Lockouts } from "./core/lockouts.js";
import { MountTable, type NewMount } from "./core/mounts.js";
import { Namespaces } from "./core/namespaces.js";
import { ClusterNode } from "./core/node.js";
import { Quotas } from "./core/quotas.js";
import { Seal } from "./core/seal.js";
import { Wrapping } from "./core/wrapping.js";
import { httpHandler } from "./http/handler.js";
import { identityBackend } from "./identity/backend.js";
import { PolicyStore } from "./policy/store.js";
import { hasQuirk, type Release, releaseOf } from "./release.js";
import { cubbyhole } from "./secrets/cubbyhole/index.js";
import { kv } from "./secrets/kv/index.js";
import { systemBackend } from "./sys/backend.js";
import { tokenBackend } from "./token/backend.js";
import { PLAIN_FORMS, SIGNED_FORMS, TokenMint } from "./token/format.js";
import { devRoot } from "./token/root.js";
import { TokenStore } from "./token/store.js";

export interface VaultOptions {
  readonly clock: Clock;
  readonly seed: Seed;
  /** Where `write` and `read` leave their traces; a journal of its own if absent. */
  readonly journal?: Journal;
  /** The release to emulate, e.g. `1.21.1` or `openbao-2.6`; default 1.21.1. */
  readonly version?: string;
  /** The dev server's root token; default `root`. */
  readonly rootToken?: string;
  /** Whether `bound_audiences` on a Kubernetes role refuses; `ignore` drops the key as the real plugin does. Default `enforce`. */
  readonly boundAudiences?: "enforce" | "ignore";
  /** Vault runs in this pod, and finds its service account's token and CA there. */
  readonly pod?: PodIdentity;
  /** A dev server is initialised and unsealed and has KV version 2 at `secret/`; otherwise the Vault is never initialised. Default true. */
  readonly devMode?: boolean;
  readonly backends?: BackendRegistry;
  /** The folder that this Vault takes for `/` when an audit device writes a file; default `/`. */
  readonly fileRoot?: string;
}

/** A running fake Vault without a listener: feed its `handle` with requests. */
export interface Vault {
  readonly handle: HttpHandler;
  readonly release: Release;
  readonly rootToken: string;
  readonly core: Core;
  /**
   * `vault write PATH k=v` with the root token, through the HTTP API's own code.
   * @returns the reply's JSON; `undefined` where it has no body
   * @throws MISTRUST_WORLD_REFUSED with the reply's text
   */
  write(path: string, data: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** `vault read PATH`, as `write`. */
  read(path: string): Promise<unknown>;
  /** Starts an audit device at `stdout/`, whose lines the journal holds, whatever the release lets the API do. */
  audit(): Promise<void>;
  stop(): void;
}

/** The release that a Vault is unless another is named. */
export const DEFAULT_VERSION = "1.21.1";

/**
 * Makes a Vault.
 * @throws MISTRUST_VERSION_UNKNOWN
 */
export function createVault(options: VaultOptions): Vault {
  const release = releaseOf(options.version ?? DEFAULT_VERSION);
  const devMode = options.devMode ?? true;
  const core = createCore(options, release);
  if (devMode) {
    core.seal.openAsDev();
    mountSecret(core);
  }
  const rootToken = devMode ? devRoot(core, options.rootToken ?? "root") : "";
  const handle = httpHandler(core);
  const journal = options.journal ?? new Journal({ clock: options.clock });
  const operate = operator(handle, journal, () => rootToken);
  return {
    handle,
    release,
    rootToken,
    core,
    write: (path, data) => operate("PUT", path, data),
    read: (path) => operate("GET", path),
    audit: async () => {
      const device = { path: "stdout/", type: "file", description: "", options: { file_path: "stdout" }, local: false };
      await core.audit.enable(device, new Exchange(journal, "vault", 0));
    },
    stop: () => {
      core.mounts.stop();
      core.namespaces?.stop();
      core.audit.stop();
    },
  };
}

/** A Vault's inside; within `around`, that of a namespace in it, which shares what belongs to the server. */
function createCore(
  options: VaultOptions,
  release: Release,
  around?: { readonly parent: Core; readonly path: string },
): Core {
  const { clock } = options;
  const devMode = options.devMode ?? true;
  const ids = new Ids(options.seed.fork(around === undefined ? "vault" : `namespace ${around.path}`));
  const forms = hasQuirk(release, "tokens-are-signed") ? SIGNED_FORMS : PLAIN_FORMS;
  const tokens = new TokenStore(clock, new TokenMint(forms, ids), around?.parent.tokens);
  const identity = new IdentityStore(clock, ids);
  const hasNamespaces = release.enterprise || hasQuirk(release, "has-namespaces");
  const lockouts = new Lockouts(clock);
  const core: Core = {
    clock,
    ids,
    release,
    registry: options.backends ?? BACKENDS,
    lockouts,
    mounts: new MountTable({
      clock,
      ids,
      release,
      boundAudiences: options.boundAudiences ?? "enforce",
      pod: options.pod,
      lockouts,
    }),
    tokens,
    policies: new PolicyStore(identity, release, clock),
    identity,
    leases: new LeaseStore(clock, ids, tokens),
    seal: new Seal(ids),
    node: new ClusterNode(),
    quotas: new Quotas(clock),
    wrapping: new Wrapping(clock, tokens),
    audit: new AuditBroker({ clock, ids, release, machine: { root: options.fileRoot ?? "/" } }),
    cluster: { name: `vault-cluster-${ids.hex(4)}`, id: ids.uuid() },
    settings: { ui: devMode, storageType: devMode ? "inmem" : "file", cors: undefined },
    namespace: {
      id: around === undefined ? "root" : ids.base62(release.product === "openbao" ? 6 : 5),
      path: around?.path ?? "",
    },
    ...(hasNamespaces && {
      namespaces: new Namespaces((parent, path) => {
        const inner = createCore(options, release, { parent, path });
        const uuid = release.product === "openbao" ? inner.ids.uuid() : "";
        return { id: inner.namespace.id, uuid, path, customMetadata: {}, core: inner };
      }),
    }),
    ...(around !== undefined && shared(around.parent)),
  };
  mountOwn(core);
  return core;
}

/** What the cores of all namespaces have together. */
function shared(parent: Core): Partial<Core> & { readonly parent: Core } {
  const { seal, node, audit, cluster, settings, namespaces } = parent;
  return { parent, seal, node, audit, cluster, settings, ...(namespaces !== undefined && { namespaces }) };
}

/** The mounts that every Vault has. (vault/mount.go: requiredMountTable, vault/auth.go: defaultAuthTable) */
function mountOwn(core: Core): void {
  const runningVersion = `v${core.release.text}+builtin.${core.release.product === "vault" ? "vault" : "bao"}`;
  const add = (mount: Omit<NewMount, "runningVersion">, factory: BackendFactory): void => {
    core.mounts.add({ ...mount, runningVersion }, factory);
  };
  add(
    {
      class: "system",
      type: "system",
      path: "sys/",
      description: "system endpoints used for control, policy and debugging",
      sealWrap: true,
      tune: { passthroughRequestHeaders: ["Accept"] },
    },
    systemBackend(() => core),
  );
  add(
    {
      class: "secret",
      type: "cubbyhole",
      path: "cubbyhole/",
      description: "per-token private secret storage",
      local: true,
    },
    cubbyhole,
  );
  add(
    {
      class: "secret",
      type: "identity",
      path: "identity/",
      description: "identity store",
      tune: { passthroughRequestHeaders: ["Authorization"] },
    },
    identityBackend(() => core),
  );
  add(
    { class: "auth", type: "token", path: "auth/token/", description: "token based credentials" },
    tokenBackend(() => core),
  );
}

function mountSecret(core: Core): void {
  core.mounts.add(
    {
      class: "secret",
      path: "secret/",
      type: "kv",
      runningVersion: core.registry.secrets.get("kv")?.runningVersion(core.release) ?? "",
      description: "key/value secret storage",
      options: { version: "2" },
    },
    kv,
  );
}

type Operate = (method: string, path: string, data?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** Sends requests of the operator's own, on a connection that no listener has accepted. */
function operator(handle: HttpHandler, journal: Journal, token: () => string): Operate {
  return async (method, path, data) => {
    const reply = await handle({
      method,
      target: `/v1/${path}`,
      headers: { "x-vault-token": token(), "x-vault-request": "true" },
      body: data === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(data)),
      remoteAddress: "127.0.0.1",
      remotePort: 0,
      exchange: new Exchange(journal, "vault", 0),
    });
    return contentOf(reply, `${method} ${path}`);
  };
}

function contentOf(reply: HttpReply, what: string): unknown {
  const text = reply.body === undefined ? "" : reply.body.toString();
  if (reply.status >= 400 || reply.cut !== undefined) {
    throw new MistrustError("MISTRUST_WORLD_REFUSED", `Vault answered "${what}" with ${reply.status}: ${text.trim()}`);
  }
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}
