import type { Fields } from "../fields.js";
import { asGoError, GoError } from "../go/error.js";
import type { VaultApi } from "../go/vault-api.js";
import { type Kv, metadataPath, NoSecret, readMetadata, readSecret } from "./kv.js";

type Has = (quirk: "find-in-kv1" | "empty-folder-is-no-secret") => boolean;

/** GetAllSecrets: the names of the secrets that `dataFrom.find` finds, each of which is read. (client_get_all_secrets.go) */
export async function findSecrets(api: VaultApi, kv: Kv, find: Fields, has: Has): Promise<string[]> {
  const searchesKv1 = has("find-in-kv1");
  if (kv.isV1 && !searchesKv1) throw new GoError("cannot perform find operations with kv version v1");
  if (kv.isV1 && find.at("tags").exists) throw new GoError("cannot perform find by tag operations with kv version v1");
  const path = find.at("path");
  const candidates = await list(api, kv, path.exists ? `${path.text}/` : "", has);
  const pattern = find.at("name").exists ? compiled(find.at("name", "regexp").text) : undefined;
  const found: string[] = [];
  for (const name of candidates) {
    if (!(pattern === undefined ? await hasTags(api, kv, find, name) : pattern.test(name))) continue;
    if ((await readSecret(api, kv, name, "", false)) !== undefined) found.push(name);
  }
  return found;
}

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const why = GO_WORDS.find(([ours]) => text.endsWith(ours))?.[1](pattern) ?? text;
    throw new GoError(`could not compile find.name.regexp [${pattern}]: error parsing regexp: ${why}`);
  }
}

/** regexp/syntax on what JavaScript complains of, too. unverified: patterns that only one of the two refuses */
const GO_WORDS: readonly (readonly [ours: string, theirs: (pattern: string) => string])[] = [
  ["Unterminated group", (pattern) => `missing closing ): \`${pattern}\``],
  ["Unmatched ')'", (pattern) => `unexpected ): \`${pattern}\``],
  ["Unterminated character class", (pattern) => `missing closing ]: \`${pattern.slice(pattern.indexOf("["))}\``],
  [
    "Nothing to repeat",
    (pattern) => `missing argument to repetition operator: \`${/[*+?]/.exec(pattern)?.[0] ?? ""}\``,
  ],
];

async function hasTags(api: VaultApi, kv: Kv, find: Fields, name: string): Promise<boolean> {
  const metadata = await readMetadata(api, kv, name);
  return find.at("tags").entries.every(([tag, value]) => metadata[tag] === value.text);
}

/** Lists a folder and those below it; a list is a GET with a query in Go's client. */
async function list(api: VaultApi, kv: Kv, path: string, has: Has): Promise<string[]> {
  const url = metadataPath(kv, path);
  let secret;
  try {
    secret = await api.logical("GET", `${url}?list=true`);
  } catch (thrown) {
    throw asGoError(thrown).wrap("cannot read secret data from Vault: ");
  }
  if (secret === undefined) {
    throw has("empty-folder-is-no-secret")
      ? new NoSecret()
      : new GoError(`provided path ${url} does not contain any secrets`);
  }
  const keys = Array.isArray(secret.data?.keys) ? secret.data.keys.map(String) : [];
  const names: string[] = [];
  for (const key of keys) {
    if (key.endsWith("/")) names.push(...(await list(api, kv, `${path}${key}`, has)));
    else names.push(`${path}${key}`);
  }
  return names;
}
