import { goQuote } from "../../runtime/index.js";
import { multiError, parseDurationSeconds } from "../core/go.js";
import { decodeJson, JsonError } from "../core/json.js";
import { type Capability, isCapability, OLD_POLICIES } from "./capabilities.js";
import { type Item, type Node, type ObjectNode, parseHcl } from "./hcl-parser.js";
import { HclError, type Pos } from "./hcl-scanner.js";
import { jsonToNode } from "./json-policy.js";
import { templateProblem } from "./template.js";

/** One `path` of a policy. */
export interface PathRule {
  /** Without the star of a prefix; with it where there are `+` segments too. */
  readonly path: string;
  readonly prefix: boolean;
  readonly segments: boolean;
  readonly deny: boolean;
  readonly capabilities: ReadonlySet<Capability>;
  /** Names in lower case; no values = any. */
  readonly allowed: ReadonlyMap<string, readonly unknown[]>;
  readonly denied: ReadonlyMap<string, readonly unknown[]>;
  readonly required: readonly string[];
  /** Seconds; 0 = none. */
  readonly minWrapTtl: number;
  readonly maxWrapTtl: number;
  /** How many entries a list may have; 0 = any number. */
  readonly paginationLimit: number;
  /** A template of the path that must be readable for an entry to be listed; "" = all are. */
  readonly keysFilter: string;
  /** Where it stands in the policy; counts from 1. */
  readonly line: number;
}

/** What policies can say besides, by release. */
export interface PolicyDialect {
  /** OpenBao's: the capability to scan, limits on pages, filters of lists, paths that expire. */
  readonly openbao: boolean;
  /** Milliseconds since the epoch. */
  now(): number;
}

const VAULT: PolicyDialect = { openbao: false, now: () => 0 };

export interface Policy {
  readonly rules: readonly PathRule[];
  /** Does a path hold `{{identity…}}`? */
  readonly templated: boolean;
}

/** A policy that Vault refuses; the text follows `failed to parse policy: `. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
}

const PATH_KEYS: ReadonlySet<string> = new Set([
  "comment",
  "policy",
  "capabilities",
  "allowed_parameters",
  "denied_parameters",
  "required_parameters",
  "min_wrapping_ttl",
  "max_wrapping_ttl",
  "mfa_methods",
  "control_group",
]);

const OPENBAO_KEYS: ReadonlySet<string> = new Set([
  ...PATH_KEYS,
  "pagination_limit",
  "expiration",
  "list_scan_response_keys_filter_path",
]);

/**
 * Reads an ACL policy in HCL or JSON. `render` fills in templates; a path that it cannot fill in is left out.
 * (vault/policy.go: ParseACLPolicy)
 * @throws PolicyError
 */
export function parsePolicy(
  text: string,
  render?: (path: string) => string | undefined,
  dialect: PolicyDialect = VAULT,
): Policy {
  const root = parseRoot(text);
  checkKeys(root, new Set(["name", "path"]));
  const rules: PathRule[] = [];
  let templated = false;
  for (const { key, line, value } of pathItems(root)) {
    templated ||= key.includes("{{");
    const path = render === undefined ? key : render(key);
    if (path === undefined) continue;
    if (render === undefined) {
      const problem = templateProblem(key);
      if (problem !== undefined) throw new PolicyError(`failed to validate policy templating: ${problem}`);
    }
    const rule = pathRule(path, line, value, dialect);
    if (rule !== undefined) rules.push(rule);
  }
  return { rules, templated };
}

function parseRoot(text: string): ObjectNode {
  try {
    const node = text.trimStart().startsWith("{") ? jsonToNode(decodeJson(text)) : parseHcl(text);
    if (node.kind === "object") return node;
  } catch (error) {
    if (error instanceof HclError || error instanceof JsonError) throw new PolicyError(error.message);
    throw error;
  }
  throw new PolicyError("does not contain a root object");
}

interface PathItem {
  readonly key: string;
  readonly line: number;
  readonly value: Node;
}

/** The `path` items, whether written as blocks or, as in JSON, as objects or lists of objects keyed by path. */
function pathItems(root: ObjectNode): PathItem[] {
  return root.items.filter(({ keys }) => keys[0]?.name === "path").flatMap((item) => pathsOf(item));
}

function pathsOf(item: Item): PathItem[] {
  const key = item.keys[1];
  const line = item.keys[0]?.pos.line ?? 1;
  if (key !== undefined) return [{ key: key.name, line, value: item.value }];
  const objects = item.value.kind === "list" ? item.value.items : [item.value];
  return objects.flatMap((object) => {
    if (object.kind !== "object") return [{ key: "path", line, value: object }];
    return object.items.map((inner) => ({ key: inner.keys[0]?.name ?? "path", line, value: inner.value }));
  });
}

/** (sdk/helper/hclutil: CheckHCLKeys) */
function checkKeys(node: Node, valid: ReadonlySet<string>, prefix = ""): void {
  if (node.kind !== "object") throw new PolicyError(`${prefix}cannot check HCL keys of type ${goNodeType(node)}`);
  const bad = node.items
    .filter(({ keys }) => !valid.has(keys[0]?.name ?? ""))
    .map(
      ({ keys, assignedAt }) => `${prefix}invalid key ${goQuote(keys[0]?.name ?? "")} on line ${assignedAt?.line ?? 0}`,
    );
  if (bad.length > 0) throw new PolicyError(multiError(bad));
}

/** Nothing: the path has expired. */
function pathRule(key: string, line: number, node: Node, dialect: PolicyDialect): PathRule | undefined {
  const prefix = `path ${goQuote(key)}: `;
  checkKeys(node, dialect.openbao ? OPENBAO_KEYS : PATH_KEYS, prefix);
  const read = new Reader(node, prefix);
  const wrote = read.strings("capabilities");
  const old = read.text("policy");
  const allowed = read.parameters("allowed_parameters");
  const denied = read.parameters("denied_parameters");
  const required = read.strings("required_parameters");
  const paginationLimit = read.whole("pagination_limit");
  const keysFilter = read.text("list_scan_response_keys_filter_path");
  const expiration = read.text("expiration");
  if (expiration !== "" && absoluteTime(expiration, prefix) < dialect.now()) return undefined;

  const path = key.replace(/^\//, "");
  if (path.includes("+*")) throw new PolicyError(`path ${goQuote(path)}: invalid use of wildcards ('+*' is forbidden)`);
  const segments = path === "+" || path.includes("/+") || path.startsWith("+/");
  if (old !== "" && OLD_POLICIES[old] === undefined) throw new PolicyError(`${prefix}invalid policy ${goQuote(old)}`);
  const { deny, capabilities } = granted([...wrote, ...(OLD_POLICIES[old] ?? [])], prefix, dialect);
  const isPrefix = path.endsWith("*") && !segments;
  read.checkControlGroup();
  const wrap = deny ? { minWrapTtl: 0, maxWrapTtl: 0 } : wrapping(read);
  if (!deny && keysFilter !== "") checkFilter(keysFilter, capabilities);
  return {
    path: isPrefix ? path.slice(0, -1) : path,
    prefix: isPrefix,
    segments,
    deny,
    capabilities,
    allowed: deny ? new Map() : allowed,
    denied: deny ? new Map() : denied,
    required: deny ? [] : required,
    ...wrap,
    paginationLimit: deny ? 0 : paginationLimit,
    keysFilter: deny ? "" : keysFilter,
    line,
  };
}

/** (hashicorp/go-secure-stdlib: parseutil.ParseAbsoluteTime) */
function absoluteTime(text: string, prefix: string): number {
  const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isDate ? Date.parse(text) : /^[+-]?\d+$/.test(text) ? Number(text) * 1000 : Number.NaN;
  if (Number.isNaN(time)) {
    throw new PolicyError(`${prefix}invalid expiration time: could not parse string as date and time`);
  }
  return time;
}

/** (OpenBao: vault/policy/policy.go parsePaths) */
function checkFilter(template: string, capabilities: ReadonlySet<Capability>): void {
  const name = "list_scan_response_keys_filter_path";
  if (!capabilities.has("list")) {
    throw new PolicyError(`${name} needs to be used on a path with the list capability`);
  }
  if (filteredPath(template, "", "a") === filteredPath(template, "", "b")) {
    throw new PolicyError(`${name} resulted in same path for two different keys`);
  }
}

/** The path that a filter's template names for a key; of Go's templates only the two names are known. */
export function filteredPath(template: string, path: string, key: string): string {
  return template.replace(/\{\{-?\s*\.(path|key)\s*-?\}\}/g, (_, name: string) => (name === "path" ? path : key));
}

function granted(
  names: readonly string[],
  prefix: string,
  { openbao }: PolicyDialect,
): { deny: boolean; capabilities: Set<Capability> } {
  const capabilities = new Set<Capability>();
  for (const name of names) {
    if (name === "deny") return { deny: true, capabilities: new Set() };
    if (!isCapability(name) || (name === "scan" && !openbao))
      throw new PolicyError(`${prefix}invalid capability ${goQuote(name)}`);
    capabilities.add(name);
  }
  return { deny: false, capabilities };
}

function wrapping(read: Reader): { minWrapTtl: number; maxWrapTtl: number } {
  const minWrapTtl = read.seconds("min_wrapping_ttl");
  const maxWrapTtl = read.seconds("max_wrapping_ttl");
  if (minWrapTtl !== 0 && maxWrapTtl !== 0 && maxWrapTtl < minWrapTtl) {
    throw new PolicyError("max_wrapping_ttl cannot be less than min_wrapping_ttl");
  }
  return { minWrapTtl, maxWrapTtl };
}

/** Reads a path's keys as hashicorp/hcl's decoder fills Vault's struct. */
class Reader {
  constructor(
    readonly node: Node,
    readonly prefix: string,
  ) {}

  text(name: string): string {
    const node = this.#get(name);
    return node === undefined ? "" : this.#string(node, `root.${name}`);
  }

  strings(name: string): string[] {
    const node = this.#get(name);
    if (node === undefined) return [];
    return this.#list(node).map((item, i) => this.#string(item, `root.${name}[${i}]`));
  }

  parameters(name: string): Map<string, readonly unknown[]> {
    const node = this.#get(name);
    if (node === undefined) return new Map();
    if (node.kind !== "object") this.#fail(node.pos, `root.${name}: not an object type for map (${goNodeType(node)})`);
    return new Map(
      node.items.map((item) => [(item.keys[0]?.name ?? "").toLowerCase(), this.#list(item.value).map(plain)]),
    );
  }

  whole(name: string): number {
    const node = this.#get(name);
    if (node === undefined) return 0;
    const value = plain(node);
    if (typeof value === "number") return Math.trunc(value);
    if (node.kind !== "literal") return this.#fail(node.pos, `root.${name}: unknown type ${goNodeType(node)}`);
    const number = Number(value);
    if (/^[+-]?\d+$/.test(String(value))) return number;
    throw new PolicyError(`${this.prefix}strconv.ParseInt: parsing ${goQuote(String(value))}: invalid syntax`);
  }

  seconds(name: string): number {
    const node = this.#get(name);
    if (node === undefined) return 0;
    try {
      const sent = plain(node);
      return typeof sent === "number" ? Math.trunc(sent) : parseDurationSeconds(sent);
    } catch (error) {
      throw new PolicyError(`error parsing ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Its span is all that is read of a control group. */
  checkControlGroup(): void {
    const group = this.#get("control_group");
    const ttl = group?.kind === "object" ? group.items.findLast(({ keys }) => keys[0]?.name === "ttl") : undefined;
    if (ttl === undefined) return;
    try {
      parseDurationSeconds(plain(ttl.value));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new PolicyError(`error parsing control group max ttl: ${why}`);
    }
  }

  #get(name: string): Node | undefined {
    return this.node.kind === "object"
      ? this.node.items.findLast(({ keys }) => keys[0]?.name === name)?.value
      : undefined;
  }

  #list(node: Node): readonly Node[] {
    if (node.kind === "list") return node.items;
    if (node.kind === "object") return [node];
    return this.#fail(node.pos, `unknown slice type: ${goNodeType(node)}`);
  }

  #string(node: Node, name: string): string {
    if (node.kind === "literal" && node.type !== "BOOL" && node.type !== "FLOAT") return String(node.value);
    return this.#fail(node.pos, `${name}: unknown type for string ${goNodeType(node)}`);
  }

  #fail(pos: Pos, text: string): never {
    throw new PolicyError(`${this.prefix}At ${pos.line}:${pos.column}: ${text}`);
  }
}

function plain(node: Node): unknown {
  if (node.kind === "literal") return node.value;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries(node.items.map((item) => [item.keys[0]?.name ?? "", plain(item.value)]));
}

function goNodeType(node: Node): string {
  return `*ast.${{ literal: "LiteralType", list: "ListType", object: "ObjectType" }[node.kind]}`;
}
