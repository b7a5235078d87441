import { createHash } from "node:crypto";
import { goQuote, type Ids } from "../../runtime/index.js";
import type { Release } from "../release.js";
import type { BackendReply, Field, FieldData } from "./backend.js";

/** Hashes and random bytes, which Vault gives out in two places: `sys/tools` and the transit engine. */

/** Algorithms by the names that Vault has for them. */
export const HASHES: Readonly<Record<string, string>> = {
  "sha2-224": "sha224",
  "sha2-256": "sha256",
  "sha2-384": "sha384",
  "sha2-512": "sha512",
  "sha3-224": "sha3-224",
  "sha3-256": "sha3-256",
  "sha3-384": "sha3-384",
  "sha3-512": "sha3-512",
};

export const HASH_FIELDS: Readonly<Record<string, Field>> = {
  input: { type: "string" },
  algorithm: { type: "string", default: "sha2-256" },
  urlalgorithm: { type: "string" },
  format: { type: "string", default: "hex" },
};

export const RANDOM_FIELDS: Readonly<Record<string, Field>> = {
  urlbytes: { type: "string" },
  bytes: { type: "int", default: 32 },
  source: { type: "string", default: "platform" },
  format: { type: "string", default: "base64" },
};

const MOST_BYTES = 128 * 1024;

/** (vault/logical_system.go: pathHashWrite; builtin/logical/transit/path_hash.go) */
export function hashReply(data: FieldData): BackendReply {
  const name = data.string("urlalgorithm") || data.string("algorithm");
  const format = data.string("format");
  const input = data.string("input");
  const bad = badBase64(input);
  if (bad !== undefined) return { error: `unable to decode input as base64: illegal base64 data at input byte ${bad}` };
  if (format !== "hex" && format !== "base64")
    return { error: `unsupported encoding format ${format}; must be "hex" or "base64"` };
  const algorithm = HASHES[name];
  if (algorithm === undefined) return { error: `unsupported algorithm ${name}` };
  return { data: { sum: createHash(algorithm).update(Buffer.from(input, "base64")).digest(format) } };
}

/** Where Go's decoder stops, if it does. */
export function badBase64(text: string): number | undefined {
  if (/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(text)) return undefined;
  const wrong = text.search(/[^A-Za-z\d+/=]/);
  return wrong === -1 ? text.length - (text.length % 4) : wrong;
}

/** (helper/random: HandleRandomAPI) */
export function randomReply({ ids, release }: Source, data: FieldData): BackendReply {
  const quote = release.product === "openbao" ? "'bytes'" : '"bytes"';
  const { source, count } = fromPath(data.string("source"), data.string("urlbytes"));
  if (count !== undefined && !/^[-+]?\d+$/.test(count)) {
    return { error: `error parsing url-set byte count: strconv.Atoi: parsing ${goQuote(count)}: invalid syntax` };
  }
  const bytes = count === undefined ? data.number("bytes") : Number(count);
  const format = data.string("format");
  if (bytes < 1) return { error: `${quote} cannot be less than 1` };
  if (bytes > MOST_BYTES) return { error: `${quote} should be less than ${MOST_BYTES}` };
  if (format !== "hex" && format !== "base64")
    return { error: `unsupported encoding format "${format}"; must be "hex" or "base64"` };
  if (!SOURCES.has(source)) {
    return { error: `unsupported entropy source ${goQuote(source)}; must be "platform" or "seal", or "all"` };
  }
  const reply = { data: { random_bytes: ids.seed.bytes(bytes).toString(format) } };
  if (source !== "seal") return reply;
  return { ...reply, warnings: ["no seal/entropy augmentation available, using platform entropy source"] };
}

/** Where bytes are drawn from, and who asks. */
export interface Source {
  readonly ids: Ids;
  readonly release: Release;
}

const SOURCES: ReadonlySet<string> = new Set(["platform", "seal", "all"]);

/** The path may name a source, a count or both; what stands alone and is no source is a count. (helper/random: HandleRandomAPI) */
function fromPath(first: string, second: string): { readonly source: string; readonly count?: string } {
  if (first === "") return { source: "platform" };
  if (second !== "") return { source: first, count: second };
  return SOURCES.has(first) ? { source: first } : { source: "platform", count: first };
}
