import { namespaceOf } from "../cluster.js";
import type { Fields } from "../fields.js";
import { asGoError, GoError } from "../go/error.js";
import type { Outcome } from "./external-secret.js";
import { type SessionSettings, VaultSession } from "./session.js";
import { missingStore, refusedNamespace, type VaultStore } from "./store.js";

/** pkg/controllers/pushsecret: one reconcile of one PushSecret. The store need not be ready for it. */
export async function syncPush(push: Fields, settings: SessionSettings): Promise<Outcome> {
  const name = push.at("metadata", "name").text;
  const show = (ok: boolean, reason: string, message: string): Outcome => {
    const head = { object: "PushSecret", name, reason, message };
    settings.report.condition({ ...head, type: "Ready", status: ok ? "True" : "False" });
    settings.report.event({ ...head, type: ok ? "Normal" : "Warning" });
    return { ok, says: message, where: `PushSecret ${name}` };
  };
  const namespace = namespaceOf(push);
  const source = settings.cluster.find("Secret", namespace, push.at("spec", "selector", "secret", "name").text);
  if (source === undefined) return show(false, "Errored", "could not get source secret");
  const { store, cluster } = settings;
  const missing = push
    .at("spec", "secretStoreRefs")
    .list.map((ref) => missingStore(ref, store))
    .find(Boolean);
  if (missing !== undefined) return show(false, "Errored", missing);
  const refused = refusedNamespace(store, cluster.namespace(namespace));
  if (refused !== undefined) return show(false, "Errored", `set secret failed: ${noClient(store)}${refused}`);
  const session = new VaultSession(settings, namespace);
  try {
    await pushAll(push, source, session, settings);
    const unchanged =
      push.at("spec", "updatePolicy").text === "IfNotExists" ? ". Existing secrets in providers unchanged." : "";
    return show(true, "Synced", `PushSecret synced successfully${unchanged}`);
  } catch (thrown) {
    return show(false, "Errored", `set secret failed: ${asGoError(thrown).message}`);
  } finally {
    await session.close();
  }
}

async function pushAll(
  push: Fields,
  source: Fields,
  session: VaultSession,
  { store, cluster }: SessionSettings,
): Promise<void> {
  try {
    await session.open();
  } catch (thrown) {
    throw asGoError(thrown).wrap(noClient(store));
  }
  for (const entry of push.at("spec", "data").list) {
    const key = entry.at("match", "secretKey").text;
    const value = key === "" ? wholeSecret(source, cluster) : cluster.value(source, key);
    if (value === undefined) throw new GoError(`secret key ${key} does not exist`);
    const ref = entry.at("match", "remoteRef");
    if (push.at("spec", "updatePolicy").text === "IfNotExists" && (await exists(session, ref))) continue;
    try {
      await session.push(ref, value);
    } catch (thrown) {
      throw asGoError(thrown).wrap(`could not write remote ref ${key} to target secretstore ${store.name}: `);
    }
  }
}

async function exists(session: VaultSession, ref: Fields): Promise<boolean> {
  try {
    return await session.exists(ref);
  } catch (thrown) {
    throw asGoError(thrown).wrap("could not verify if secret exists in store: ");
  }
}

function noClient({ name }: VaultStore): string {
  return `could not get secrets client for store ${name}: `;
}

function wholeSecret(source: Fields, cluster: SessionSettings["cluster"]): string {
  const keys = [...source.at("data").entries, ...source.at("stringData").entries].map(([key]) => key).sort();
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, cluster.value(source, key) ?? ""])));
}
