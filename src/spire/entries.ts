import { type Ids, MistrustError } from "../runtime/index.js";
import type { EntrySpec } from "./options.js";
import { readSpiffeId, trustDomainId } from "./spiffe-id.js";

/** A registration entry as the server keeps it. Never changed, only replaced. */
export interface Entry {
  readonly id: string;
  readonly spiffeId: string;
  readonly selectors: ReadonlySet<string>;
  readonly dnsNames: readonly string[];
  readonly hint: string;
  /** Seconds; 0 means the server's default. */
  readonly x509SvidTtl: number;
  readonly jwtSvidTtl: number;
  readonly storeSvid: boolean;
  readonly admin: boolean;
  readonly downstream: boolean;
  /** Trust domain ids, `spiffe://…`. */
  readonly federatesWith: readonly string[];
  /** Seconds since the epoch. */
  readonly createdAt: number;
  readonly revision: number;
}

/** What the server looks at before it takes an entry. */
export interface EntryRules {
  readonly trustDomain: string;
  /** Ids of the trust domains whose bundle the server has. */
  readonly knownBundles: ReadonlySet<string>;
}

/** The entry that a specification makes. @throws MISTRUST_WORLD_REFUSED in the server's words where they are known */
export function entryOf(spec: EntrySpec, rules: EntryRules, ids: Ids, createdAt: number, before?: Entry): Entry {
  const id = readSpiffeId(spec.spiffeId);
  if ("problem" in id) refuse(spec, `invalid SPIFFE ID: ${id.problem}`);
  else if (id.trustDomain !== rules.trustDomain) {
    refuse(spec, `"${spec.spiffeId}" is not a member of trust domain "${rules.trustDomain}"`);
  }
  if (spec.selectors.length === 0) refuse(spec, "selector list is empty");
  const federatesWith = (spec.federatesWith ?? []).map(trustDomainId);
  for (const foreign of federatesWith) {
    if (!rules.knownBundles.has(foreign)) refuse(spec, `unable to find federated bundle "${foreign}"`);
  }
  return {
    id: before?.id ?? spec.entryId ?? ids.uuid(),
    spiffeId: spec.spiffeId,
    selectors: new Set(spec.selectors),
    dnsNames: spec.dnsNames ?? [],
    hint: spec.hint ?? "",
    x509SvidTtl: spec.x509SvidTtl ?? 0,
    jwtSvidTtl: spec.jwtSvidTtl ?? 0,
    storeSvid: spec.storeSvid ?? false,
    admin: spec.admin ?? false,
    downstream: spec.downstream ?? false,
    federatesWith,
    createdAt: before?.createdAt ?? createdAt,
    revision: (before?.revision ?? -1) + 1,
  };
}

/** Does a caller with these selectors get the entry's identity? */
export function matchesEntry(entry: Entry, selectors: ReadonlySet<string>): boolean {
  if (entry.storeSvid) return false;
  for (const selector of entry.selectors) if (!selectors.has(selector)) return false;
  return true;
}

/** Entry ids compare byte by byte, which decides who is the default identity. */
export function byId(a: Entry, b: Entry): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

export function sameSet(
  a: ReadonlySet<string> | readonly string[],
  b: ReadonlySet<string> | readonly string[],
): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((item) => right.has(item));
}

function refuse(spec: EntrySpec, why: string): never {
  throw new MistrustError("MISTRUST_WORLD_REFUSED", `the entry ${spec.spiffeId} was not created: ${why}`);
}
