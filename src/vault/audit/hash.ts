import { createHmac } from "node:crypto";
import { JsonNumber } from "../core/json.js";

/** Turns a value into what a device writes in its place. */
export type Hash = (text: string) => string;

/** `hmac-sha256:` and 64 hex digits, the same for the same text within one device. (sdk/helper/salt) */
export function hashWith(salt: string): Hash {
  return (text) => `hmac-sha256:${createHmac("sha256", salt).update(text).digest("hex")}`;
}

export interface HashRules {
  readonly hash: Hash;
  /** Keys at the top whose values stay as they are. */
  readonly plain: ReadonlySet<string>;
  /** Numbers that a client sent are texts to Vault (Go: json.Number) and are hashed like these. */
  readonly numbers: boolean;
}

type Data = Readonly<Record<string, unknown>>;

/** Request or response data with every text in it hashed, however deep; keys and booleans stay. (audit/hashstructure.go) */
export function hashData(data: Data, rules: HashRules): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, rules.plain.has(key) ? value : hashValue(value, rules)]),
  );
}

function hashValue(value: unknown, rules: HashRules): unknown {
  if (typeof value === "string") return rules.hash(value);
  if (typeof value === "number" || value instanceof JsonNumber) {
    return rules.numbers ? rules.hash(String(value)) : value;
  }
  if (Buffer.isBuffer(value)) return rules.hash(value.toString());
  if (Array.isArray(value)) return value.map((item) => hashValue(item, rules));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hashValue(item, rules)]));
}
