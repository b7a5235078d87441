import { goQuote } from "../../runtime/index.js";
import { namespaceOf } from "../cluster.js";
import type { Fields } from "../fields.js";
import { asGoError } from "../go/error.js";
import { NoSecret } from "./kv.js";
import { type ReadKind, type SessionSettings, VaultSession } from "./session.js";
import { missingStore, refusedNamespace } from "./store.js";
import { hasQuirk } from "./versions.js";

/** How a step came out, and where the user reads so. */
export interface Outcome {
  readonly ok: boolean;
  readonly says: string;
  readonly where: string;
}

/** One `data` or `dataFrom` entry. */
interface Wanted {
  readonly ref: Fields;
  /** The words before its error. */
  readonly prefix: string;
  /** More words, before an error of the provider alone. */
  readonly providerPrefix: string;
  readonly kind: ReadKind;
  /** The event for a secret that is not there, where the deletionPolicy puts up with it. */
  readonly missing: string;
  /** What older releases warn of once it is read. */
  readonly notice?: string;
}

/** pkg/controllers/externalsecret: one sync of one ExternalSecret. */
export async function syncSecret(secret: Fields, storeReady: boolean, settings: SessionSettings): Promise<Outcome> {
  const wanted = entriesOf(secret, hasQuirk(settings.version, "spec-data-prefix"));
  const unusable = unusableStore(secret.at("spec", "secretStoreRef"), namespaceOf(secret), storeReady, settings);
  if (unusable !== undefined) return failed(secret, `${wanted[0]?.prefix ?? ""}${unusable}`, settings);
  const session = new VaultSession(settings, namespaceOf(secret));
  let opened = false;
  let values = 0;
  const keeps = (secret.at("spec", "target", "deletionPolicy").text || "Retain") === "Retain";
  try {
    for (const { ref, prefix, providerPrefix, kind, missing, notice } of wanted) {
      let words = prefix;
      try {
        if (!opened) await session.open();
        opened = true;
        words += providerPrefix;
        values += await session.read(ref, kind);
        if (notice !== undefined) warned(secret, settings, notice);
      } catch (thrown) {
        if (thrown instanceof NoSecret && !keeps) {
          told(
            secret,
            settings,
            hasQuirk(settings.version, "spec-data-prefix") ? "MissingProviderSecret" : "Deleted",
            missing,
          );
          continue;
        }
        return failed(secret, `${words}${asGoError(thrown).message}`, settings);
      }
    }
  } finally {
    await session.close();
  }
  if (values > 0 || secret.at("spec", "target", "deletionPolicy").text === "Merge") return synced(secret, settings);
  return keeps ? retained(secret, settings) : deleted(secret, settings);
}

function entriesOf(secret: Fields, newWords: boolean): readonly Wanted[] {
  const from = secret.at("spec", "dataFrom").list.map((entry, i): Wanted => {
    const kind = entry.at("find").exists ? "find" : "map";
    const field = kind === "find" ? "find" : "extract";
    // Older releases put nothing before the errors of dataFrom.
    const prefix = newWords ? `error processing spec.dataFrom[${i}].${field}, err: ` : "";
    const missing = `secret does not exist at provider using ${newWords ? "spec" : ""}.dataFrom[${i}]`;
    const providerPrefix = newWords && kind === "find" ? "error getting all secrets: " : "";
    const strategy = entry.at("find", "conversionStrategy").text || "Default";
    const isOutdated = kind === "find" && !newWords && entry.at("rewrite").list.length === 0;
    const notice = `dataFrom[${i}].find.conversionStrategy=${strategy} is deprecated and will be removed in further releases. Use dataFrom.rewrite instead`;
    return { ref: entry.at(field), prefix, providerPrefix, kind, missing, ...(isOutdated && { notice }) };
  });
  const data = secret.at("spec", "data").list.map((entry, i): Wanted => {
    const ref = entry.at("remoteRef");
    const key = ref.at("key").text;
    const prefix = newWords
      ? `error processing spec.data[${i}] (key: ${key}), err: `
      : `error retrieving secret at .data[${i}], key: ${key}, err: `;
    // Newer releases call it dataFrom, too.
    const missing = newWords
      ? `secret does not exist at provider using spec.dataFrom[${i}] (key=${key})`
      : `secret does not exist at provider using .data[${i}] key=${key}`;
    return { ref, prefix, providerPrefix: "", kind: "value", missing };
  });
  return [...from, ...data];
}

/** Why the client manager gives no client of the store; nothing if it does. (secretstore/client_manager.go) */
function unusableStore(
  ref: Fields,
  namespace: string,
  storeReady: boolean,
  { store, cluster, version }: SessionSettings,
): string | undefined {
  const unusable = missingStore(ref, store) ?? refusedNamespace(store, cluster.namespace(namespace));
  if (unusable !== undefined || storeReady) return unusable;
  return hasQuirk(version, "short-sync-message")
    ? `${store.kind} ${goQuote(store.name)} is not ready`
    : `the desired SecretStore ${store.name} is not ready`;
}

function failed(secret: Fields, error: string, settings: SessionSettings): Outcome {
  show(secret, settings, "False", "SecretSyncedError", "could not get secret data from provider");
  const name = secret.at("metadata", "name").text;
  settings.report.event({ object: "ExternalSecret", name, type: "Warning", reason: "UpdateFailed", message: error });
  return { ok: false, says: error, where: `event on ExternalSecret ${name}` };
}

function synced(secret: Fields, settings: SessionSettings): Outcome {
  const isNew = hasQuirk(settings.version, "short-sync-message");
  const message = isNew ? "secret synced" : "Secret was synced";
  const name = secret.at("metadata", "name").text;
  show(secret, settings, "True", "SecretSynced", message);
  const isTold = hasQuirk(settings.version, "created-is-told");
  const reason = isTold ? "Created" : "Updated";
  const created = hasQuirk(settings.version, "spec-data-prefix") ? "secret created" : `${reason} Secret`;
  told(secret, settings, reason, created);
  return { ok: true, says: message, where: `ExternalSecret ${name}` };
}

/** Nothing was found, and what there is stays. */
function retained(secret: Fields, settings: SessionSettings): Outcome {
  const isNew = hasQuirk(settings.version, "short-sync-message");
  const message = isNew ? "secret retained due to DeletionPolicy=Retain" : "Secret was synced";
  show(secret, settings, "True", "SecretSynced", message);
  if (!hasQuirk(settings.version, "created-is-told")) told(secret, settings, "Updated", "Updated Secret");
  return { ok: true, says: message, where: `ExternalSecret ${secret.at("metadata", "name").text}` };
}

function warned(secret: Fields, { report }: SessionSettings, message: string): void {
  const name = secret.at("metadata", "name").text;
  report.event({ object: "ExternalSecret", name, type: "Warning", reason: "ParameterDeprecated", message });
}

function told(secret: Fields, { report }: SessionSettings, reason: string, message: string): void {
  const name = secret.at("metadata", "name").text;
  report.event({ object: "ExternalSecret", name, type: "Normal", reason, message });
}

function deleted(secret: Fields, settings: SessionSettings): Outcome {
  const isNew = hasQuirk(settings.version, "short-sync-message");
  const message = isNew ? "secret deleted due to DeletionPolicy=Delete" : "secret deleted due to DeletionPolicy";
  show(secret, settings, "True", "SecretDeleted", message);
  return { ok: true, says: message, where: `ExternalSecret ${secret.at("metadata", "name").text}` };
}

function show(
  secret: Fields,
  { report }: SessionSettings,
  status: "True" | "False",
  reason: string,
  message: string,
): void {
  report.condition({
    object: "ExternalSecret",
    name: secret.at("metadata", "name").text,
    type: "Ready",
    status,
    reason,
    message,
  });
}
