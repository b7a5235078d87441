import { goQuote } from "../../runtime/index.js";
import { goMapJson } from "../go/map-json.js";
import { asGoError, GoError } from "../go/error.js";
import type { VaultApi, VaultSecret } from "../go/vault-api.js";

/** How a store's KV engine is addressed. */
export interface Kv {
  readonly isV1: boolean;
  /** spec.provider.vault.path */
  readonly mount: string | undefined;
}

export type Data = Readonly<Record<string, unknown>>;

/**
 * The provider's readSecret and readSecretMetadata. Nothing if there is no such secret.
 * @param version `remoteRef.version`; empty for the newest
 */
export async function readSecret(
  api: VaultApi,
  kv: Kv,
  key: string,
  version: string,
  metadata: boolean,
): Promise<Data | undefined> {
  if (metadata && kv.isV1) throw new GoError("cannot perform metadata fetch operations with kv version v1");
  if (metadata) return await readMetadata(api, kv, key);
  const query = version === "" ? "" : `?version=${encodeURIComponent(version)}`;
  const secret = await read(api, `${dataPath(kv, key)}${query}`);
  if (secret === undefined) return undefined;
  if (kv.isV1) return secret.data;
  const data = secret.data?.data;
  if (data === undefined) throw new GoError("failed to find data field");
  if (data === null) return undefined;
  if (!isRecord(data)) throw new GoError("failed to unmarshall JSON");
  return data;
}

/** The custom metadata of a secret. */
export async function readMetadata(api: VaultApi, kv: Kv, key: string): Promise<Data> {
  const secret = await read(api, metadataPath(kv, key));
  if (secret === undefined) throw new GoError("secret not found");
  const custom = secret.data?.custom_metadata;
  return isRecord(custom) ? custom : {};
}

/** buildMetadataPath. KV 1 keeps its label in the secret itself. */
export function metadataPath({ isV1, mount }: Kv, key: string): string {
  if (isV1) return `${mount ?? ""}/${key}`;
  if (mount !== undefined) return `${mount}/metadata/${key}`;
  if (!key.includes("data")) throw new GoError("provided Path isn't a valid kv v2 path");
  return key.replace("/data/", "/metadata/");
}

async function read(api: VaultApi, path: string): Promise<VaultSecret | undefined> {
  try {
    return await api.logical("GET", path);
  } catch (thrown) {
    throw asGoError(thrown).wrap("cannot read secret data from Vault: ");
  }
}

/** buildPath: mount and `data` are put in, or left alone where the key already has them. */
export function dataPath({ isV1, mount }: Kv, key: string): string {
  if (mount === undefined) {
    if (isV1 || key.includes("/data/")) return key;
    const [first = "", ...rest] = key.split("/");
    return [first, "data", ...rest].join("/");
  }
  let rest = key;
  if (rest.startsWith(`${mount}/`)) {
    rest = rest.slice(mount.length + 1);
    if (!isV1 && rest.startsWith("data/")) rest = rest.slice("data/".length);
  }
  return [mount, ...(isV1 ? [] : ["data"]), rest].join("/");
}

/** The property of a secret, or all of it as JSON. @throws GoError if there is no such property */
export function secretValue(data: Data, property: string): string {
  if (property === "") return goMapJson(data);
  const value = property in data ? data[property] : descend(data, property);
  if (value === undefined) throw new GoError(`cannot find secret data for key: ${goQuote(property)}`);
  return typeof value === "string" ? value : goMapJson(value);
}

/** The plain part of gjson's path syntax: names and indices joined by dots, `\.` for a dot in a name. */
function descend(data: Data, path: string): unknown {
  let value: unknown = data;
  for (const part of path.split(/(?<!\\)\./).map((name) => name.replaceAll("\\.", "."))) {
    if (Array.isArray(value)) value = part === "#" ? value.length : value[Number(part)];
    else value = isRecord(value) ? value[part] : undefined;
  }
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
