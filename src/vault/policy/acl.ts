import { CAPABILITIES, type Capability } from "./capabilities.js";
import { refusedParameter } from "./parameters.js";
import type { PathRule, Policy } from "./policy.js";

/** Where a permission comes from, for the journal. */
export interface Source {
  readonly policy: string;
  readonly line: number;
  /** As written, with its stars. */
  readonly path: string;
}

/** What the rules of all policies for one path come to. */
export interface Permissions {
  deny: boolean;
  readonly capabilities: Set<Capability>;
  allowed: Map<string, readonly unknown[]>;
  denied: Map<string, readonly unknown[]>;
  required: string[];
  minWrapTtl: number;
  maxWrapTtl: number;
  paginationLimit: number;
  keysFilter: string;
  readonly sources: Source[];
}

/** A request as far as an ACL looks at it. */
export interface AclRequest {
  readonly operation: string;
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Seconds; 0 = no wrapping asked for. */
  readonly wrapTtl: number;
}

export type AclVerdict =
  | {
      readonly allowed: true;
      readonly sudo: boolean;
      readonly root: boolean;
      readonly by: readonly Source[];
      /** What the request's `limit` becomes. */
      readonly limit?: string;
      /** A template of the path that must be readable for an entry to be listed. */
      readonly keysFilter?: string;
    }
  | { readonly allowed: false; readonly wanted: string; readonly got: string; readonly by: readonly Source[] };

interface Wildcard {
  readonly first: number;
  readonly plusses: number;
  readonly prefix: boolean;
  /** Without the star at its end. */
  readonly path: string;
  readonly parts: readonly string[];
  readonly permissions: Permissions;
}

export interface AclOptions {
  /** Does a list that is sent keep to a rule if each of its elements does? */
  readonly byElement: boolean;
  /** Is a folder that is listed looked for with its slash first? */
  readonly slashFirst: boolean;
}

const WITH_PARAMETERS: ReadonlySet<string> = new Set(["read", "update", "create", "patch"]);
const LISTS: ReadonlySet<string> = new Set(["list", "scan"]);
const ROOT: AclVerdict = { allowed: true, sudo: true, root: true, by: [{ policy: "root", line: 0, path: "*" }] };

/** The policies of a token, ready to decide. (vault/acl.go) */
export class Acl {
  readonly root: boolean;
  readonly exact = new Map<string, Permissions>();
  readonly prefixes = new Map<string, Permissions>();
  readonly #wildcards = new Map<string, Permissions>();
  /** Longest prefix first. */
  readonly #prefixOrder: readonly (readonly [string, Permissions])[];
  readonly #wildcardOrder: readonly Wildcard[];

  constructor(
    policies: readonly { readonly name: string; readonly policy: Policy }[],
    readonly options: AclOptions = { byElement: false, slashFirst: false },
  ) {
    this.root = policies.some(({ name }) => name === "root");
    for (const { name, policy } of policies) for (const rule of policy.rules) this.#add(name, rule);
    this.#prefixOrder = [...this.prefixes].sort(([a], [b]) => b.length - a.length);
    this.#wildcardOrder = [...this.#wildcards].map(([path, permissions]) => wildcard(path, permissions));
  }

  get wildcards(): ReadonlyMap<string, Permissions> {
    return this.#wildcards;
  }

  decide(request: AclRequest): AclVerdict {
    if (this.root) return ROOT;
    const permissions = this.permissions(request.path, LISTS.has(request.operation));
    const wanted = `${request.operation} on "${request.path}"`;
    if (permissions === undefined) return { allowed: false, wanted, got: "no rule for the path", by: [] };
    const by = permissions.sources;
    if (!permissions.capabilities.has(request.operation as Capability)) {
      return { allowed: false, wanted, got: `[${this.#names(permissions).join(", ")}] by ${describe(by)}`, by };
    }
    const wrap = refusedWrapping(request.wrapTtl, permissions);
    if (wrap !== undefined) return { allowed: false, ...wrap, by };
    const parameter = WITH_PARAMETERS.has(request.operation)
      ? refusedParameter(request.data, permissions, this.options.byElement)
      : undefined;
    if (parameter !== undefined) return { allowed: false, ...parameter, by };
    const { paginationLimit, keysFilter, required } = permissions;
    const isList = LISTS.has(request.operation);
    const limit = isList && paginationLimit > 0 ? pageLimit(request.data, paginationLimit, required) : undefined;
    if (limit !== undefined && "refused" in limit) return { allowed: false, ...limit.refused, by };
    return {
      allowed: true,
      sudo: permissions.capabilities.has("sudo"),
      root: false,
      by,
      ...(limit !== undefined && { limit: limit.limit }),
      ...(isList && keysFilter !== "" && { keysFilter }),
    };
  }

  /** The names that sys/capabilities lists for a path. */
  capabilities(path: string): string[] {
    if (this.root) return ["root"];
    const permissions = this.permissions(path, true);
    return permissions === undefined ? ["deny"] : this.#names(permissions);
  }

  /** The permissions that hold for a path; listing looks without the slash at its end first. */
  permissions(path: string, listing: boolean): Permissions | undefined {
    const exact = this.exact.get(path);
    if (exact !== undefined) return exact;
    if (!listing || !path.endsWith("/")) return this.#inexact(path);
    const bare = path.slice(0, -1);
    const exactly = this.exact.get(bare);
    if (exactly !== undefined) return exactly;
    const [first, second] = this.options.slashFirst ? [path, bare] : [bare, path];
    return this.#inexact(first) ?? this.#inexact(second);
  }

  /** May anything below a mount be done? Decides what sys/internal/ui/mounts shows. (vault: hasMountAccess) */
  hasAccessBelow(mount: string): boolean {
    if (this.root) return true;
    const grants = ({ deny, capabilities }: Permissions): boolean => !deny && capabilities.size > 0;
    for (const [path, permissions] of this.exact) if (path.startsWith(mount) && grants(permissions)) return true;
    for (const [path, permissions] of this.prefixes) {
      if ((path.startsWith(mount) || mount.startsWith(path)) && grants(permissions)) return true;
    }
    const segments = mount.split("/").slice(0, -1);
    return this.#wildcardOrder.some(({ parts, permissions, prefix }) => {
      if (!prefix && parts.length < segments.length) return false;
      return (
        grants(permissions) && segments.every((s, i) => parts[i] === undefined || parts[i] === "+" || parts[i] === s)
      );
    });
  }

  #names({ deny, capabilities }: Permissions): string[] {
    if (deny || capabilities.size === 0) return ["deny"];
    return CAPABILITIES.filter((name) => capabilities.has(name)).sort();
  }

  #inexact(path: string): Permissions | undefined {
    const prefix = this.#prefixOrder.find(([start]) => path.startsWith(start));
    if (this.#wildcardOrder.length === 0) return prefix?.[1];
    const segments = path.split("/");
    const found = this.#wildcardOrder.filter((candidate) => fits(candidate, segments));
    if (prefix !== undefined) found.push(prefixWildcard(...prefix));
    return found.sort(byPriority).at(-1)?.permissions;
  }

  #add(policy: string, rule: PathRule): void {
    const table = rule.segments ? this.#wildcards : rule.prefix ? this.prefixes : this.exact;
    const source = { policy, line: rule.line, path: rule.prefix ? `${rule.path}*` : rule.path };
    const there = table.get(rule.path);
    if (there === undefined) table.set(rule.path, start(rule, source));
    else merge(there, rule, source);
  }
}

function start(rule: PathRule, source: Source): Permissions {
  return {
    deny: rule.deny,
    capabilities: new Set(rule.capabilities),
    allowed: new Map(rule.allowed),
    denied: new Map(rule.denied),
    required: [...rule.required],
    minWrapTtl: rule.minWrapTtl,
    maxWrapTtl: rule.maxWrapTtl,
    paginationLimit: rule.paginationLimit,
    keysFilter: rule.keysFilter,
    sources: [source],
  };
}

/** A second rule for the same path: capabilities unite, deny wins, the shorter wrapping times hold. */
function merge(there: Permissions, rule: PathRule, source: Source): void {
  if (there.deny) return;
  there.sources.push(source);
  if (rule.deny) {
    there.deny = true;
    there.capabilities.clear();
    there.allowed = new Map();
    there.denied = new Map();
    return;
  }
  for (const capability of rule.capabilities) there.capabilities.add(capability);
  there.maxWrapTtl = lesser(there.maxWrapTtl, rule.maxWrapTtl);
  there.minWrapTtl = lesser(there.minWrapTtl, rule.minWrapTtl);
  there.paginationLimit = lesser(there.paginationLimit, rule.paginationLimit);
  if (there.keysFilter === "") there.keysFilter = rule.keysFilter;
  mergeParameters(there.allowed, rule.allowed);
  mergeParameters(there.denied, rule.denied);
  there.required = [...new Set([...there.required, ...rule.required])];
}

function lesser(there: number, here: number): number {
  return here > 0 && (there === 0 || here < there) ? here : there;
}

function mergeParameters(there: Map<string, readonly unknown[]>, here: ReadonlyMap<string, readonly unknown[]>): void {
  for (const [name, values] of here) {
    const known = there.get(name);
    const any = values.length === 0 || known?.length === 0;
    there.set(name, any ? [] : [...values, ...(known ?? [])]);
  }
}

/** The `limit` that a list gets under a rule that limits pages. (OpenBao: vault/policy/acl.go AllowOperation) */
function pageLimit(
  data: AclRequest["data"],
  most: number,
  required: readonly string[],
): { readonly limit: string } | { readonly refused: { readonly wanted: string; readonly got: string } } {
  const { limit } = data;
  const wanted = `a limit of at most ${most}`;
  if (limit === undefined) {
    const isRequired = required.some((name) => name.toLowerCase() === "limit");
    return isRequired ? { refused: { wanted, got: "none" } } : { limit: String(most) };
  }
  if (limit === "max" || (typeof limit === "string" && /^[+-]?0+$/.test(limit))) return { limit: String(most) };
  const number = typeof limit === "string" && /^[+-]?\d+$/.test(limit) ? Number(limit) : Number.NaN;
  if (!(number >= 0 && number <= most)) return { refused: { wanted, got: JSON.stringify(limit) } };
  return { limit: String(number) };
}

function refusedWrapping(
  ttl: number,
  { minWrapTtl, maxWrapTtl }: Permissions,
): { wanted: string; got: string } | undefined {
  if (maxWrapTtl === 0 && minWrapTtl === 0) return undefined;
  const tooLong = maxWrapTtl > 0 && (ttl === 0 || ttl > maxWrapTtl);
  const tooShort = minWrapTtl > 0 && (ttl === 0 || ttl < minWrapTtl);
  const contradictory = minWrapTtl !== 0 && maxWrapTtl !== 0 && maxWrapTtl < minWrapTtl;
  if (!tooLong && !tooShort && !contradictory) return undefined;
  const most = maxWrapTtl === 0 ? "any longer time" : `${maxWrapTtl}s`;
  return { wanted: `a reply wrapped for ${minWrapTtl}s to ${most}`, got: ttl === 0 ? "no wrapping" : `${ttl}s` };
}

function wildcard(full: string, permissions: Permissions): Wildcard {
  const prefix = full.endsWith("*");
  const path = prefix ? full.slice(0, -1) : full;
  const parts = path.split("/");
  return {
    first: full.indexOf("+"),
    plusses: parts.filter((part) => part === "+").length,
    prefix,
    path,
    parts,
    permissions,
  };
}

function prefixWildcard(path: string, permissions: Permissions): Wildcard {
  return { first: path.length, plusses: 0, prefix: true, path, parts: [], permissions };
}

function fits({ parts, prefix }: Wildcard, segments: readonly string[]): boolean {
  if (prefix ? segments.length < parts.length : segments.length !== parts.length) return false;
  return parts.every((part, i) => {
    if (part === "+" || part === segments[i]) return true;
    return prefix && i === parts.length - 1 && (segments[i] ?? "").startsWith(part);
  });
}

/** Lower priority first: an earlier wildcard, a prefix, more `+`, a shorter path, the smaller text. */
function byPriority(a: Wildcard, b: Wildcard): number {
  if (a.first !== b.first) return a.first - b.first;
  if (a.prefix !== b.prefix) return a.prefix ? -1 : 1;
  if (a.plusses !== b.plusses) return b.plusses - a.plusses;
  if (a.path.length !== b.path.length) return a.path.length - b.path.length;
  return a.path < b.path ? -1 : 1;
}

function describe(sources: readonly Source[]): string {
  return sources.map(({ policy, line, path }) => `policy "${policy}" line ${line}, path "${path}"`).join("; ");
}
