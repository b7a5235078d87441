import type { BackendReply } from "./backend.js";

/** What Vault's SDK gives to every backend: names in paths, and the replies that all of them give alike. */

/** A name in a path, to be had as the field `field`. (sdk/framework: GenericNameRegex) */
export function genericName(field: string): string {
  return `(?<${field}>\\w(([\\w-.]+)?\\w)?)`;
}

/** What is not there: 404 with an empty list of errors. */
export const NOT_FOUND: BackendReply = { error: "", status: 404 };

/** The keys of a list, sorted; that an empty list is not found is left to HTTP. (sdk/logical: ListResponse) */
export function listReply(keys: Iterable<string>): BackendReply {
  return { data: { keys: [...keys].sort() } };
}
