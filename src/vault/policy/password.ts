import type { Seed } from "../../runtime/index.js";
import { multiError } from "../core/go.js";
import { decodeJson, JsonError } from "../core/json.js";
import { type Node, type ObjectNode, parseHcl } from "./hcl-parser.js";
import { HclError } from "./hcl-scanner.js";
import { jsonToNode } from "./json-policy.js";

/** How passwords are made. (sdk/helper/random: StringGenerator) */
export interface PasswordPolicy {
  readonly length: number;
  readonly rules: readonly CharsetRule[];
}

interface CharsetRule {
  readonly charset: string;
  readonly least: number;
}

/** A password policy that is refused; the text follows `invalid password policy: `. */
export class PasswordPolicyError extends Error {
  override readonly name = "PasswordPolicyError";
}

function fail(text: string): never {
  throw new PasswordPolicyError(text);
}

/**
 * Reads a password policy in HCL or JSON. (sdk/helper/random: PolicyParser)
 * @throws PasswordPolicyError
 */
export function parsePasswordPolicy(text: string): PasswordPolicy {
  const root = rootOf(text);
  const length = integer(root, "length");
  const rules = root.items
    .filter(({ keys }) => keys[0]?.name === "rule")
    .flatMap(({ keys, value }) => (keys[1] === undefined ? nested(value) : [rule(keys[1].name, value)]));
  const problem = policyProblem(length, rules);
  if (problem !== undefined) fail(multiError([problem]));
  return { length, rules };
}

function rootOf(text: string): ObjectNode {
  try {
    const node = text.trimStart().startsWith("{") ? jsonToNode(decodeJson(text)) : parseHcl(text);
    if (node.kind === "object") return node;
  } catch (error) {
    if (error instanceof HclError || error instanceof JsonError) fail(`unable to decode: ${error.message}`);
    throw error;
  }
  return fail("unable to decode: does not contain a root object");
}

/** In JSON rules stand in objects keyed by their type. */
function nested(value: Node): CharsetRule[] {
  const objects = value.kind === "list" ? value.items : [value];
  return objects.flatMap((object) =>
    object.kind === "object" ? object.items.map((item) => rule(item.keys[0]?.name ?? "", item.value)) : [],
  );
}

function rule(type: string, value: Node): CharsetRule {
  if (type !== "charset") {
    fail(`unable to parse rules: unable to parse rule ${type}: unrecognized rule type ${type}`);
  }
  const node = value.kind === "list" ? value.items[0] : value;
  if (node?.kind !== "object") return { charset: "", least: 0 };
  const charset = find(node, "charset");
  const chars = charset?.kind === "literal" ? String(charset.value) : "";
  return { charset: [...new Set(chars)].sort().join(""), least: integer(node, "min-chars") };
}

function find(node: ObjectNode, name: string): Node | undefined {
  return node.items.findLast(({ keys }) => keys[0]?.name === name)?.value;
}

function integer(node: ObjectNode, name: string): number {
  const value = find(node, name);
  if (value === undefined) return 0;
  if (value.kind === "literal" && value.type === "NUMBER") return Number(value.value);
  const got = value.kind === "literal" ? String(value.value) : "";
  return fail(
    `failed to decode configuration: 1 error(s) decoding:\n\n* '${name}' expected type 'int', got unconvertible type 'string', value: '${got}'`,
  );
}

/** (sdk/helper/random: StringGenerator.validateConfig) */
function policyProblem(length: number, rules: readonly CharsetRule[]): string | undefined {
  if (length <= 0) return "length must be > 0";
  const least = rules.reduce((sum, one) => sum + Math.max(0, one.least), 0);
  if (length < least) return `specified rules require at least ${least} characters but ${length} is specified`;
  return rules.every(({ charset }) => charset === "") ? "no charset specified" : undefined;
}

/** A password that keeps to the policy. */
export function passwordOf({ length, rules }: PasswordPolicy, seed: Seed): string {
  const all = [...new Set(rules.map(({ charset }) => charset).join(""))].join("");
  const wanted = rules.flatMap(({ charset, least }) => Array.from({ length: Math.max(0, least) }, () => charset));
  const places = [...wanted, ...Array.from({ length: length - wanted.length }, () => all)];
  const bytes = seed.bytes(places.length * 2);
  const picked = places.map((charset, at) => charset.charAt((bytes[at] ?? 0) % charset.length));
  return picked
    .map((char, at) => ({ char, order: bytes[places.length + at] ?? 0 }))
    .sort((a, b) => a.order - b.order)
    .map(({ char }) => char)
    .join("");
}
