import { goQuote } from "../../runtime/index.js";
import { VaultError } from "../core/backend.js";
import type { Metadata } from "../core/identity.js";

/** (vault/identity_store_structs.go) */
const [MOST_PAIRS, LONGEST_KEY, LONGEST_VALUE] = [64, 128, 512];
const KEY = /^[a-zA-Z0-9=/+_-]+$/;
const RESERVED = "vault-";

/**
 * (vault/identity_store_util.go: validateMetadata)
 * @throws VaultError where there is too much of it, or a key that may not be
 */
export function checkMetadata(metadata: Metadata, what: "entity" | "group"): void {
  const problem = metadataProblem(Object.entries(metadata));
  if (problem !== undefined) throw new VaultError(500, `invalid ${what} metadata: ${problem}`);
}

function metadataProblem(pairs: readonly (readonly [key: string, value: string])[]): string | undefined {
  if (pairs.length > MOST_PAIRS) return `metadata cannot contain more than ${MOST_PAIRS} key/value pairs`;
  for (const [key, value] of pairs) {
    const why = pairProblem(key, value);
    if (why !== undefined) return `failed to load metadata pair (${goQuote(key)}, ${goQuote(value)}): ${why}`;
  }
  return undefined;
}

function pairProblem(key: string, value: string): string | undefined {
  if (key === "") return "key cannot be blank";
  if (!KEY.test(key)) return "key contains invalid characters";
  if (key.length > LONGEST_KEY) return `key is too long (limit: ${LONGEST_KEY} characters)`;
  if (key.startsWith(RESERVED)) return `key prefix ${goQuote(RESERVED)} is reserved for internal use`;
  return value.length > LONGEST_VALUE ? `value is too long (limit: ${LONGEST_VALUE} characters)` : undefined;
}
