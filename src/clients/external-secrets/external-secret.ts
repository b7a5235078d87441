import { goQuote } from "../../runtime/index.js";
import { namespaceOf } from "../cluster.js";
import type { Fields } from "../fields.js";
import { asGoError, GoError } from "../go/error.js";
import { type SessionSettings, VaultSession } from "./session.js";
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
  readonly kind: "value" | "map" | "find";
}

/** pkg/controllers/externalsecret: one sync of one ExternalSecret. */
export async function syncSecret(secret: Fields, storeReady: boolean, settings: SessionSettings): Promise<Outcome> {
  const { store, version } = settings;
  const wanted = entriesOf(secret, hasQuirk(version, "spec-data-prefix"));
  const first = wanted[0];
  if (!storeReady) {
    const kinded = hasQuirk(version, "short-sync-message");
    const error = kinded
      ? `${store.kind} ${goQuote(store.name)} is not ready`
      : `the desired SecretStore ${store.name} is not ready`;
    return failed(secret, `${first?.prefix ?? ""}${error}`, settings);
  }
  const session = new VaultSession(settings, namespaceOf(secret));
  let opened = false;
  let values = 0;
  const keeps = (secret.at("spec", "target", "deletionPolicy").text || "Retain") === "Retain";
  try {
    for (const { ref, prefix, kind } of wanted) {
      try {
        if (!opened) await session.open();
        opened = true;
        if (kind === "find") {
          values += await session.find(ref);
          continue;
        }
        const value = await session.secret(ref);
        if (value === undefined && !keeps) continue;
        if (value === undefined) throw new GoError("Secret does not exist");
        values += kind === "map" ? keysOf(value) : 1;
      } catch (thrown) {
        return failed(secret, `${prefix}${asGoError(thrown).message}`, settings);
      }
    }
  } finally {
    await session.close();
  }
  const isDeleted = values === 0 && secret.at("spec", "target", "deletionPolicy").text === "Delete";
  return isDeleted ? deleted(secret, settings) : synced(secret, settings);
}

function entriesOf(secret: Fields, newWords: boolean): readonly Wanted[] {
  const from = secret.at("spec", "dataFrom").list.map((entry, i): Wanted => {
    const kind = entry.at("find").exists ? "find" : "map";
    const field = kind === "find" ? "find" : "extract";
    // Older releases put nothing before the errors of dataFrom.
    const prefix = newWords ? `error processing spec.dataFrom[${i}].${field}, err: ` : "";
    const more = newWords && kind === "find" ? "error getting all secrets: " : "";
    return { ref: entry.at(field), prefix: `${prefix}${more}`, kind };
  });
  const data = secret.at("spec", "data").list.map((entry, i): Wanted => {
    const ref = entry.at("remoteRef");
    const key = ref.at("key").text;
    const prefix = newWords
      ? `error processing spec.data[${i}] (key: ${key}), err: `
      : `error retrieving secret at .data[${i}], key: ${key}, err: `;
    return { ref, prefix, kind: "value" };
  });
  return [...from, ...data];
}

/** How many keys a whole secret has. @throws GoError if it is no JSON object */
function keysOf(json: string): number {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new GoError(`invalid character '${json.charAt(0)}' looking for beginning of value`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.keys(value).length;
  throw new GoError("json: cannot unmarshal value into Go value of type map[string]interface {}");
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
  const created = isNew ? "secret created" : "Created Secret";
  settings.report.event({ object: "ExternalSecret", name, type: "Normal", reason: "Created", message: created });
  return { ok: true, says: message, where: `ExternalSecret ${name}` };
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
