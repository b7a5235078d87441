import { genericName } from "../core/sdk.js";
import { HASH_FIELDS, hashReply, RANDOM_FIELDS, randomReply } from "../core/tools.js";
import type { SysPaths } from "./context.js";

/** `tools/hash` and `tools/random`. */
export const toolPaths: SysPaths = (core) => [
  {
    pattern: "tools/hash(?:/(?<urlalgorithm>.+))?",
    fields: HASH_FIELDS,
    operations: { update: ({ data }) => hashReply(data) },
    summary: "Hash the input",
  },
  {
    pattern: `tools/random(?:/${genericName("source")})?(?:/(?<urlbytes>.+))?`,
    fields: RANDOM_FIELDS,
    operations: { update: ({ data }) => randomReply(core(), data) },
    summary: "Random bytes",
  },
];
