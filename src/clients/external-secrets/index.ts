import { byteFieldError, Cluster } from "../cluster.js";
import { dialling } from "../dialling.js";
import { asGoError } from "../go/error.js";
import type { Fields } from "../fields.js";
import type { Client, ClientModel, ClientReport, Targets } from "../model.js";
import { knownVersion } from "../releases.js";
import { ReportBuilder } from "../report.js";
import { type Outcome, syncSecret } from "./external-secret.js";
import { syncPush } from "./push-secret.js";
import { type SessionSettings, VaultSession } from "./session.js";
import { findStore, isReferent } from "./store.js";
import { buildOf, hasQuirk, RELEASES } from "./versions.js";

const PRODUCT = "external-secrets";

/** The External Secrets Operator with a Vault store: validates the store, then syncs each ExternalSecret of it. */
export const externalSecrets: ClientModel = { releases: RELEASES, run };

async function run(client: Client, targets: Targets): Promise<ClientReport> {
  const version = knownVersion(PRODUCT, client.version, RELEASES);
  const tls = dialling(buildOf(version), client, targets);
  const cluster = new Cluster(client, targets, tls);
  const store = findStore(cluster);
  const report = new ReportBuilder(PRODUCT, targets);
  const refused = byteFieldError(store.manifest, "external-secrets.io", "spec.provider.vault.caBundle");
  if (refused !== undefined) return report.finish("failure", refused, "kubectl apply");
  const settings: SessionSettings = { version, store, cluster, tls, report, clock: tls.clock };
  const { text: controller } = store.manifest.at("spec", "controller");
  // Stores of another controller class are left alone, and so is what uses them: nothing is shown.
  if (controller !== "" && controller !== "default") return report.finish("failure", "skip store", "the debug log");
  // The store's own status update wakes its controller, so that every store is validated twice.
  await validateStore(settings);
  let outcome = await validateStore(settings);
  const others = new Set(storesOf(cluster).filter((name) => name !== `${store.kind}/${store.name}`));
  const concerns = (ref: Fields): boolean =>
    !others.has(`${ref.at("kind").text || "SecretStore"}/${ref.at("name").text}`);
  for (const secret of cluster.all("ExternalSecret").filter((one) => concerns(one.at("spec", "secretStoreRef")))) {
    const synced = await syncSecret(secret, outcome.ok, settings);
    if (outcome.ok) outcome = synced;
  }
  for (const push of cluster.all("PushSecret").filter((one) => one.at("spec", "secretStoreRefs").list.some(concerns))) {
    let pushed = await syncPush(push, settings);
    // Its own status update wakes the controller, which looks into the store again where nothing tells it not to.
    if (pushed.ok && !hasQuirk(version, "push-waits-for-refresh")) pushed = await syncPush(push, settings);
    if (outcome.ok) outcome = pushed;
  }
  return report.finish(outcome.ok ? "success" : "failure", outcome.says, outcome.where);
}

/** Every store among the manifests; only the first is played. */
function storesOf(cluster: Cluster): string[] {
  const kinds = ["SecretStore", "ClusterSecretStore"];
  return kinds.flatMap((kind) => cluster.all(kind).map((one) => `${kind}/${one.at("metadata", "name").text}`));
}

/** pkg/controllers/secretstore/common.go */
async function validateStore(settings: SessionSettings): Promise<Outcome> {
  const { store, version } = settings;
  if (isReferent(store)) return ready(settings);
  const session = new VaultSession(settings, store.namespace);
  try {
    try {
      await session.open();
    } catch (thrown) {
      const text = asGoError(thrown).message;
      return notReady(
        settings,
        "InvalidProviderConfig",
        "unable to create client",
        text,
        `could not get provider client: ${text}`,
      );
    }
    try {
      await session.validate();
    } catch (thrown) {
      const reason = hasQuirk(version, "validation-is-config-error") ? "InvalidProviderConfig" : "ValidationFailed";
      const text = asGoError(thrown).message;
      const shown = hasQuirk(version, "validation-error-shown") ? `: ${text}` : "";
      const message = `unable to validate store${shown}`;
      return notReady(settings, reason, message, text, `could not validate provider: ${text}`);
    }
    return ready(settings);
  } finally {
    await session.close();
  }
}

function ready({ store, report }: SessionSettings): Outcome {
  const message = "store validated";
  report.condition({ object: store.kind, name: store.name, type: "Ready", status: "True", reason: "Valid", message });
  report.event({ object: store.kind, name: store.name, type: "Normal", reason: "Valid", message });
  return { ok: true, says: message, where: `${store.kind} ${store.name}` };
}

function notReady(
  { store, report, clock }: SessionSettings,
  reason: string,
  message: string,
  cause: string,
  logged: string,
): Outcome {
  const { kind: object, name } = store;
  report.condition({ object, name, type: "Ready", status: "False", reason, message });
  report.event({ object, name, type: "Warning", reason, message: cause });
  report.log(
    JSON.stringify({
      level: "error",
      ts: clock.now() / 1_000,
      logger: `controllers.${object}`,
      msg: "unable to validate store",
      [object.toLowerCase()]: { name, ...(store.namespace !== "" && { namespace: store.namespace }) },
      error: logged,
    }),
  );
  return { ok: false, says: cause, where: `event on ${object} ${name}` };
}
