import { goQuote } from "../../runtime/index.js";
import { goMapJson } from "../go/map-json.js";
import { asGoError, GoError } from "../go/error.js";
import type { VaultApi, VaultSecret } from "../go/vault-api.js";

/** How a store's KV engine is addressed. */
export interface Kv {
  readonly isV1: boolean;
  /** spec.provider.vault.path */
  readonly mount: string | undefined;
  readonly has: (quirk: "metadata-folder-exact" | "system-metadata") => boolean;
}

/** esv1.NoSecretErr, which a deletionPolicy other than Retain puts up with. */
export class NoSecret extends GoError {
  constructor() {
    super("Secret does not exist");
  }
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

/** The metadata of a secret, as the provider gives them. */
export async function readMetadata(api: VaultApi, kv: Kv, key: string): Promise<Data> {
  const secret = await read(api, metadataPath(kv, key));
  if (secret === undefined) throw new GoError("secret not found");
  const { custom_metadata: custom, ...system } = secret.data ?? {};
  const kept =
    kv.isV1 || !kv.has("system-metadata") ? [] : SYSTEM_METADATA.filter((name) => (system[name] ?? null) !== null);
  const fields = kept.map((name) => [name, String(system[name])] as const);
  return { ...Object.fromEntries(fields), ...(isRecord(custom) && custom) };
}

const SYSTEM_METADATA = ["created_time", "current_version", "delete_version_after"] as const;

/** buildMetadataPath. KV 1 keeps its label in the secret itself. */
export function metadataPath({ isV1, mount, has }: Kv, key: string): string {
  if (isV1) return `${mount ?? ""}/${key}`;
  if (mount !== undefined) return `${mount}/metadata/${key}`;
  if (!key.includes("data")) throw new GoError("provided Path isn't a valid kv v2 path");
  return has("metadata-folder-exact") ? key.replace("/data/", "/metadata/") : key.replace("data", "metadata");
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
  const value = propertyOf(data, property);
  if (value === undefined) throw new GoError(`cannot find secret data for key: ${goQuote(property)}`);
  return typeof value === "string" ? value : goMapJson(value);
}

/** A property by its name, else by its path. */
export function propertyOf(data: Data, property: string): unknown {
  return property in data ? data[property] : descend(data, property);
}

/** How many keys a whole secret has. @throws GoError if it is no JSON object */
export function keysOf(json: string): number {
  if (json === "") throw new GoError("unexpected end of JSON input");
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new GoError(`invalid character '${json.charAt(0)}' looking for beginning of value`);
  }
  if (value === null) return 0;
  if (isRecord(value)) return Object.keys(value).length;
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  throw new GoError(`json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
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
