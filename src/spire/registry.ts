import { type Ids, MistrustError } from "../runtime/index.js";
import { type Bundle, readBundle, sameBundle } from "./bundle.js";
import { byId, type Entry, entryOf, type EntryRules, matchesEntry, sameSet } from "./entries.js";
import type { EntrySpec } from "./options.js";
import { trustDomainId } from "./spiffe-id.js";

/** What `spire-server` keeps: registration entries, and the bundles of other trust domains. */
export class Registry {
  readonly #entries = new Map<string, Entry>();
  readonly #foreign = new Map<string, Bundle>();
  #lastCreated = 0;

  constructor(
    readonly trustDomain: string,
    readonly ids: Ids,
  ) {}

  /** By id. */
  entries(): readonly Entry[] {
    return [...this.#entries.values()].sort(byId);
  }

  /** Entries whose identity a caller gets, by entry id. */
  matching(selectors: ReadonlySet<string>): readonly Entry[] {
    return this.entries().filter((entry) => matchesEntry(entry, selectors));
  }

  entry(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** Bundles of the trust domains that an entry federates with, by trust domain name. */
  federatedBundles(): readonly Bundle[] {
    const wanted = new Set([...this.#entries.values()].flatMap(({ federatesWith }) => federatesWith));
    return [...this.#foreign.values()]
      .filter(({ id }) => wanted.has(id))
      .sort((a, b) => (a.trustDomain < b.trustDomain ? -1 : 1));
  }

  /**
   * Creates entries, all in the same second.
   * @param now ms since the epoch
   * @throws MISTRUST_WORLD_REFUSED where there is one already with the same SPIFFE ID and selectors
   */
  add(specs: readonly EntrySpec[], now: number): Entry[] {
    // Two calls never share a second, so that the older of two entries can always be told.
    this.#lastCreated = Math.max(this.#lastCreated + 1, Math.floor(now / 1000));
    return specs.map((spec) => {
      const twin = [...this.#entries.values()].some(
        (entry) =>
          entry.id === spec.entryId || (entry.spiffeId === spec.spiffeId && sameSet(entry.selectors, spec.selectors)),
      );
      if (twin) {
        const sentence = `the entry ${spec.spiffeId} was not created: similar entry already exists`;
        throw new MistrustError("MISTRUST_WORLD_REFUSED", sentence);
      }
      return this.#put(entryOf(spec, this.#rules(), this.ids, this.#lastCreated));
    });
  }

  /** Replaces an entry by one that the specification makes, under the same id. */
  update(before: Entry, spec: EntrySpec): Entry {
    return this.#put(entryOf(spec, this.#rules(), this.ids, before.createdAt, before));
  }

  remove({ id }: Entry): void {
    this.#entries.delete(id);
  }

  /** @throws MISTRUST_WORLD_REFUSED where there is none */
  withSpiffeId(spiffeId: string): readonly Entry[] {
    const found = [...this.#entries.values()].filter((entry) => entry.spiffeId === spiffeId);
    if (found.length > 0) return found;
    throw new MistrustError("MISTRUST_WORLD_REFUSED", `no entry has the SPIFFE ID ${spiffeId}`);
  }

  /**
   * Takes another trust domain's bundle.
   * @returns the entries that see it change; `undefined` if it says what is known already
   * @throws MISTRUST_WORLD_REFUSED for what is no SPIFFE bundle document
   */
  setForeignBundle(trustDomain: string, document: string): readonly Entry[] | undefined {
    const id = trustDomainId(trustDomain);
    const bundle = readBundle(trustDomain, document);
    if (sameBundle(this.#foreign.get(id), bundle)) return undefined;
    this.#foreign.set(id, bundle);
    return this.#federating(id);
  }

  /** Forgets a bundle, and every entry stops federating with it. @returns those entries as they are now */
  dissociate(trustDomain: string): readonly Entry[] {
    const id = trustDomainId(trustDomain);
    this.#foreign.delete(id);
    return this.#federating(id).map((entry) =>
      this.#put({ ...entry, federatesWith: entry.federatesWith.filter((other) => other !== id) }),
    );
  }

  #rules(): EntryRules {
    return { trustDomain: this.trustDomain, knownBundles: new Set(this.#foreign.keys()) };
  }

  #put(entry: Entry): Entry {
    this.#entries.set(entry.id, entry);
    return entry;
  }

  #federating(id: string): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.federatesWith.includes(id));
  }
}
