import type { Fields } from "../fields.js";
import { asGoError, GoError } from "../go/error.js";
import type { VaultApi } from "../go/vault-api.js";
import { type Kv, metadataPath, readMetadata, readSecret } from "./kv.js";

/** GetAllSecrets: the names of the secrets that `dataFrom.find` finds, each of which is read. (client_get_all_secrets.go) */
export async function findSecrets(api: VaultApi, kv: Kv, find: Fields): Promise<string[]> {
  if (kv.isV1) throw new GoError("cannot perform find operations with kv version v1");
  const path = find.at("path");
  const candidates = await list(api, kv, path.exists ? `${path.text}/` : "");
  const found: string[] = [];
  for (const name of candidates) {
    if (!(await matches(api, kv, find, name))) continue;
    if ((await readSecret(api, kv, name, "", false)) !== undefined) found.push(name);
  }
  return found;
}

async function matches(api: VaultApi, kv: Kv, find: Fields, name: string): Promise<boolean> {
  if (find.at("name").exists) return new RegExp(find.at("name", "regexp").text).test(name);
  const metadata = await readMetadata(api, kv, name);
  return find.at("tags").entries.every(([tag, value]) => metadata[tag] === value.text);
}

/** Lists a folder and those below it; a list is a GET with a query in Go's client. */
async function list(api: VaultApi, kv: Kv, path: string): Promise<string[]> {
  const url = metadataPath(kv, path);
  let secret;
  try {
    secret = await api.logical("GET", `${url}?list=true`);
  } catch (thrown) {
    throw asGoError(thrown).wrap("cannot read secret data from Vault: ");
  }
  if (secret === undefined) throw new GoError(`provided path ${url} does not contain any secrets`);
  const keys = Array.isArray(secret.data?.keys) ? secret.data.keys.map(String) : [];
  const names: string[] = [];
  for (const key of keys) {
    if (key.endsWith("/")) names.push(...(await list(api, kv, `${path}${key}`)));
    else names.push(`${path}${key}`);
  }
  return names;
}
