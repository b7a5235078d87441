import { type Clock, Ids, type Seed } from "../runtime/index.js";
import { durationOf, type JwtSvid, type ServerAuthority } from "./authority.js";
import { type Bundle, sameBundle } from "./bundle.js";
import type { X509Svid } from "./certificates.js";
import { type Entry, sameSet } from "./entries.js";
import { FetchFailed, JwtCache } from "./jwt-cache.js";
import type { AgentSettings, EntrySpec } from "./options.js";
import { hasQuirk, type Release } from "./quirks.js";
import { Registry } from "./registry.js";
import { Subscriptions } from "./subscriptions.js";
import { SvidCache } from "./svid-cache.js";

export interface Identity {
  readonly entry: Entry;
  readonly svid: X509Svid;
}

/** All that a workload may see at one moment. Never changed, only replaced: prepared answers hang off its identity. */
export interface WorkloadView {
  readonly bundle: Bundle;
  /** By trust domain name. */
  readonly federated: readonly Bundle[];
  /** By entry id. */
  readonly identities: readonly Identity[];
}

export interface ManagerOptions {
  readonly clock: Clock;
  readonly seed: Seed;
  readonly release: Release;
  readonly trustDomain: string;
  readonly authority: ServerAuthority;
  readonly settings: AgentSettings;
}

/**
 * Entries, bundles and certificates, and who hears of their changes: what the server's registry and the agent's cache
 * are together. (pkg/agent/manager/cache) Changes take hold at once, where a real agent waits for its next sync.
 */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #registry: Registry;
  readonly #jwts: JwtCache;
  readonly #svids: SvidCache;
  /** Entries that the agent knows and has no certificate for yet. */
  readonly #pending = new Set<string>();
  readonly #subscriptions = new Subscriptions<WorkloadView>((selectors) => this.#viewOf(selectors));
  readonly #bundleListeners = new Set<() => void>();
  /** The bundles that the listeners have heard of last. */
  #known: readonly Bundle[];
  #cancelAlarm: (() => void) | undefined;
  #serverUp = true;

  constructor(options: ManagerOptions) {
    const { clock, authority, seed, settings } = options;
    this.#options = options;
    this.#registry = new Registry(options.trustDomain, new Ids(seed.fork("entries")));
    this.#jwts = new JwtCache(seed.fork("jwt-cache"));
    this.#svids = new SvidCache({
      clock,
      authority,
      seed: seed.fork("svid-cache"),
      keyType: settings.workloadX509SvidKeyType ?? "ec-p256",
      syncInterval: durationOf(settings.syncInterval ?? "5s"),
    });
    this.#known = this.bundles();
    this.#arm();
  }

  /** Takes the entries and foreign bundles that a world starts with. @throws MISTRUST_WORLD_REFUSED */
  load(entries: readonly EntrySpec[], foreign: Readonly<Record<string, string>>): void {
    for (const [name, document] of Object.entries(foreign)) this.#registry.setForeignBundle(name, document);
    this.#registry.add(entries, this.#options.clock.now());
    this.#subscriptions.forget();
    this.#known = this.bundles();
  }

  /** By id. */
  entries(): readonly Entry[] {
    return this.#registry.entries();
  }

  /** Own bundle first, then by name those of the other trust domains that entries federate with: an agent gets no more. */
  bundles(): readonly [Bundle, ...Bundle[]] {
    return [this.#options.authority.bundle, ...this.#registry.federatedBundles()];
  }

  /** @throws MISTRUST_WORLD_REFUSED where there is one already with its SPIFFE ID and selectors */
  async addEntry(spec: EntrySpec): Promise<void> {
    const added = this.#registry.add([spec], this.#options.clock.now());
    // An agent first learns of the entry and tells its subscribers, then fetches a certificate and tells them again.
    for (const { id } of added) this.#pending.add(id);
    this.#tell(added);
    this.#bundlesMayHaveChanged();
    await new Promise(setImmediate);
    for (const { id } of added) this.#pending.delete(id);
    this.#tell(added);
  }

  /** Replaces every entry with that SPIFFE ID. @throws MISTRUST_WORLD_REFUSED where there is none */
  async updateEntry(spec: EntrySpec): Promise<void> {
    for (const before of this.#registry.withSpiffeId(spec.spiffeId)) {
      const entry = this.#registry.update(before, spec);
      const moved = !sameSet(before.selectors, entry.selectors) || before.storeSvid !== entry.storeSvid;
      if (moved) this.#tell([before, entry]);
      else if (!sameSet(before.federatesWith, entry.federatesWith)) this.#tell([entry]);
      this.#bundlesMayHaveChanged();
      await new Promise(setImmediate);
      this.#svids.forget(entry.id);
      this.#tell([entry]);
    }
  }

  /** Removes every entry with that SPIFFE ID. @throws MISTRUST_WORLD_REFUSED where there is none */
  removeEntry(spiffeId: string): void {
    const gone = this.#registry.withSpiffeId(spiffeId);
    for (const entry of gone) {
      this.#registry.remove(entry);
      this.#svids.forget(entry.id);
    }
    this.#tell(gone);
    this.#bundlesMayHaveChanged();
  }

  /** A second X.509 authority joins the own bundle; the first goes on signing. */
  rotateBundle(): void {
    const before = this.#options.authority.bundle;
    this.#options.authority.prepareX509(this.#options.clock.now());
    this.#ownBundleMayHaveChanged(before);
    this.#arm();
  }

  /** @throws MISTRUST_WORLD_REFUSED for what is no SPIFFE bundle document */
  setForeignBundle(trustDomain: string, document: string): void {
    const touched = this.#registry.setForeignBundle(trustDomain, document);
    if (touched === undefined) return;
    this.#tell(touched);
    this.#bundlesMayHaveChanged();
  }

  /** Every entry stops federating with it. */
  removeForeignBundle(trustDomain: string): void {
    this.#tell(this.#registry.dissociate(trustDomain));
    this.#bundlesMayHaveChanged();
  }

  /** Without its server the agent goes on with what it has and gets nothing new. */
  setServerUp(up: boolean): void {
    this.#serverUp = up;
    this.#arm();
  }

  /** Entries whose identity a caller gets, by entry id. */
  matching(selectors: ReadonlySet<string>): readonly Entry[] {
    return this.#registry.matching(selectors);
  }

  view(selectors: ReadonlySet<string>): WorkloadView {
    return this.#subscriptions.view(selectors);
  }

  /** Calls `listener` with each new view; the returned function ends that. */
  subscribe(selectors: ReadonlySet<string>, listener: (view: WorkloadView) => void): () => void {
    return this.#subscriptions.subscribe(selectors, listener);
  }

  /** Calls `listener` when any trust domain's bundle has changed. */
  subscribeToBundles(listener: () => void): () => void {
    this.#bundleListeners.add(listener);
    return () => void this.#bundleListeners.delete(listener);
  }

  /** A token of the entry, from the cache where it has one. @throws FetchFailed */
  jwtSvid(entry: Entry, asked: readonly string[]): JwtSvid {
    const now = this.#options.clock.now();
    return this.#jwts.get(entry.spiffeId, asked, now, () => {
      if (!this.#serverUp) throw new FetchFailed(SERVER_GONE);
      // The server leaves empty audiences out, and refuses where nothing is left. (pkg/server/credtemplate/builder.go)
      const audience = asked.filter((one) => one !== "");
      if (audience.length === 0) throw new FetchFailed(EMPTY_AUDIENCE);
      const own = hasQuirk(this.#options.release, "jwt-svid-ttl") ? entry.jwtSvidTtl : entry.x509SvidTtl;
      const ttl = (own > 0 ? own : 300) * 1000;
      return this.#options.authority.jwtSvid({ spiffeId: entry.spiffeId, audience, now, ttl });
    });
  }

  /** Nothing is renewed and nobody is told any more. */
  stop(): void {
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
    this.#serverUp = false;
    this.#subscriptions.clear();
    this.#bundleListeners.clear();
  }

  #viewOf(selectors: ReadonlySet<string>): WorkloadView {
    const identities = this.matching(selectors).flatMap((entry) => {
      const svid = this.#svid(entry);
      return svid === undefined ? [] : [{ entry, svid }];
    });
    const ids = new Set(identities.flatMap(({ entry }) => entry.federatesWith));
    const [bundle, ...foreign] = this.bundles();
    return { bundle, federated: foreign.filter(({ id }) => ids.has(id)), identities };
  }

  #svid(entry: Entry): X509Svid | undefined {
    const known = this.#svids.get(entry.id);
    if (known !== undefined || this.#pending.has(entry.id) || !this.#serverUp) return known;
    const minted = this.#svids.mint(entry);
    this.#arm();
    return minted;
  }

  /** One alarm for everything that time changes: certificates at half of their life, and the server's authorities. */
  #arm(): void {
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
    if (!this.#serverUp) return;
    const { clock, authority } = this.#options;
    const due = Math.min(authority.due, this.#svids.due);
    this.#cancelAlarm = clock.setTimeout(() => this.#renew(), Math.max(0, due - clock.now()));
  }

  #renew(): void {
    const { clock, authority } = this.#options;
    const now = clock.now();
    const before = authority.bundle;
    authority.rotate(now);
    this.#ownBundleMayHaveChanged(before);
    const due = this.#svids.dueBy(now).flatMap((id) => this.#registry.entry(id) ?? []);
    for (const entry of due) this.#svids.mint(entry);
    this.#tell(due);
    this.#arm();
  }

  #ownBundleMayHaveChanged(before: Bundle): void {
    if (sameBundle(before, this.#options.authority.bundle)) return;
    this.#subscriptions.notifyAll();
    this.#bundlesMayHaveChanged();
  }

  /** Tells the workloads that get one of these entries; an entry for an SVID store is nobody's. */
  #tell(entries: readonly Entry[]): void {
    const sets = entries.filter(({ storeSvid }) => !storeSvid).map(({ selectors }) => selectors);
    if (sets.length > 0) this.#subscriptions.notify(sets);
  }

  #bundlesMayHaveChanged(): void {
    const before = this.#known;
    const now = this.bundles();
    if (
      before.length === now.length &&
      now.every((bundle, at) => bundle.id === before[at]?.id && sameBundle(bundle, before[at]))
    )
      return;
    this.#known = now;
    for (const listener of [...this.#bundleListeners]) listener();
  }
}

const SERVER_GONE =
  'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:8081: connect: connection refused"';
const EMPTY_AUDIENCE =
  "rpc error: code = Internal desc = failed to sign JWT-SVID: invalid JWT-SVID audience: cannot be empty";
