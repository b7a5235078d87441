import { GoError, asGoError } from "../go/error.js";
import { goMapJson } from "../go/map-json.js";
import type { VaultApi } from "../go/vault-api.js";
import { type Data, dataPath, isRecord, type Kv, metadataPath, readMetadata, readSecret } from "./kv.js";

/** What a PushSecret wants written. */
export interface Push {
  readonly remoteKey: string;
  /** The one property to write; empty for the whole secret. */
  readonly property: string;
  /** The source's value, or all its values as JSON. */
  readonly value: string;
  /** spec.provider.vault.checkAndSet.required, where the release knows it. */
  readonly checkAndSet: boolean;
}

type Has = (quirk: "push-compares-values" | "push-hides-json-errors") => boolean;

const LABEL = { custom_metadata: { "managed-by": "external-secrets" } } as const;

/** The provider's PushSecret: reads, checks who manages it, writes metadata before data. (client_push.go) */
export async function pushSecret(api: VaultApi, kv: Kv, push: Push, has: Has): Promise<void> {
  const path = dataPath(kv, push.remoteKey);
  const there = await readSecret(api, kv, path, "", false);
  if (there !== undefined) {
    const metadata = await readMetadata(api, kv, push.remoteKey);
    if (metadata["managed-by"] !== "external-secrets") throw new GoError("secret not managed by external-secrets");
  }
  const current = there === undefined ? undefined : ownKeys(there, kv);
  if (current !== undefined && isSame(current, push, has)) return;
  const wanted = merged(current, push, has);
  if (wanted === undefined) return;
  if (kv.isV1) {
    await api.logical("PUT", path, { ...wanted, ...LABEL });
    return;
  }
  const options = push.checkAndSet ? { options: { cas: await casVersion(api, kv, push, there !== undefined) } } : {};
  await api.logical("PUT", metadataPath(kv, push.remoteKey), LABEL);
  await api.logical("PUT", path, { data: wanted, ...options });
}

/** Whether there is nothing to write: by the values of a whole secret, or by the text of its JSON in older releases. */
function isSame(current: Data, { property, value }: Push, has: Has): boolean {
  if (!has("push-compares-values")) return goMapJson(current) === value;
  return property === "" && goMapJson(current) === goMapJson(parsed(value, "incoming secret value", has));
}

/** KV 1 keeps the label inside the secret. */
function ownKeys(data: Data, kv: Kv): Data {
  return kv.isV1 ? Object.fromEntries(Object.entries(data).filter(([key]) => key !== "custom_metadata")) : data;
}

/** The secret's new content; nothing if it already has the property's value. */
function merged(current: Data | undefined, { property, value }: Push, has: Has): Data | undefined {
  if (property === "") return parsed(value, "vault secret", has);
  const there = current?.[property];
  // Before 0.16 the provider takes it for a string without looking, and panics.
  if (there !== undefined && typeof there !== "string") throw new GoError(`error converting ${property} to string`);
  return there === value ? undefined : { ...current, [property]: value };
}

/** @throws GoError for what is no JSON object, which newer releases keep to themselves */
function parsed(value: string, what: string, has: Has): Data {
  const fail = (why: string): never => {
    throw new GoError(`error unmarshalling ${what}: ${has("push-hides-json-errors") ? "invalid JSON format" : why}`);
  };
  let content: unknown;
  try {
    content = JSON.parse(value);
  } catch {
    const why =
      value === ""
        ? "unexpected end of JSON input"
        : `invalid character '${value.charAt(0)}' looking for beginning of value`;
    return fail(why);
  }
  if (isRecord(content)) return content;
  const kind = Array.isArray(content) ? "array" : typeof content === "boolean" ? "bool" : typeof content;
  return fail(`json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
}

async function casVersion(api: VaultApi, kv: Kv, { remoteKey }: Push, exists: boolean): Promise<number> {
  if (!exists) return 0;
  try {
    const secret = await api.logical("GET", metadataPath(kv, remoteKey));
    const version = secret?.data?.current_version;
    return version === undefined ? 1 : Number(version);
  } catch (thrown) {
    throw asGoError(thrown).wrap("failed to get CAS version: failed to read metadata: ");
  }
}
