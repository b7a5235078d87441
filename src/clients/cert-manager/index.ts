import { X509Certificate } from "node:crypto";
import { goQuote, type Version } from "../../runtime/index.js";
import { Cluster, namespaceOf } from "../cluster.js";
import { dialling } from "../dialling.js";
import type { Fields } from "../fields.js";
import { asGoError, type GoError } from "../go/error.js";
import type { Client, ClientModel, ClientReport, Targets } from "../model.js";
import { knownVersion } from "../releases.js";
import { ReportBuilder } from "../report.js";
import { CertificateStatus } from "./certificate-status.js";
import { signParameters } from "./certificate.js";
import { findIssuer, refusedByApiServer, setupError, type VaultIssuer } from "./issuer.js";
import { SecretNotFound } from "./login.js";
import { type SessionSettings, VaultSession } from "./session.js";
import { buildOf, hasQuirk, RELEASES } from "./versions.js";

const PRODUCT = "cert-manager";

/** cert-manager's controller with a Vault issuer: readies the issuer, then has each Certificate of it signed. */
export const certManager: ClientModel = { releases: RELEASES, run };

async function run(client: Client, targets: Targets): Promise<ClientReport> {
  const version = knownVersion(PRODUCT, client.version, RELEASES);
  const tls = dialling(buildOf(version), client, targets);
  const cluster = new Cluster(client, targets, tls);
  const issuer = findIssuer(cluster);
  const report = new ReportBuilder(PRODUCT, targets);
  const refused = refusedByApiServer(issuer, !hasQuirk(version, "service-account-ref"));
  if (refused !== undefined) return report.finish("failure", refused, "kubectl apply");
  const settings: SessionSettings = { version, issuer, cluster, tls, report, clock: tls.clock };
  // The issuer's own status update wakes its controller, so that every issuer is set up twice.
  await setup(settings);
  const issuerSays = await setup(settings);
  let result: Result = { ...issuerSays, where: `${issuer.kind} ${issuer.name}` };
  for (const certificate of cluster.all("Certificate").filter((one) => isBy(one, issuer))) {
    const outcome = await issue(certificate, issuerSays.ready, settings, targets);
    if (result.ready && outcome !== undefined) result = outcome;
  }
  for (const certificate of cluster.all("Certificate").filter((one) => isByNobody(one, cluster))) {
    const outcome = withoutIssuer(certificate, settings);
    if (result.ready) result = outcome;
  }
  return report.finish(result.ready ? "success" : "failure", result.says, result.where);
}

interface Result {
  readonly ready: boolean;
  readonly says: string;
  readonly where: string;
}

/** pkg/issuer/vault/setup.go and what pkg/controller/issuers makes of it. */
async function setup(settings: SessionSettings): Promise<{ readonly ready: boolean; readonly says: string }> {
  const { issuer, report, version } = settings;
  const invalid = setupError(issuer.vault, methods(version), {
    serviceAccountRef: hasQuirk(version, "service-account-ref"),
    appRoleKey: hasQuirk(version, "app-role-key-required"),
  });
  if (invalid !== undefined) return setReady(settings, false, invalid);
  let session;
  try {
    session = await VaultSession.open(settings);
  } catch (thrown) {
    const error = asGoError(thrown);
    initFailed(settings, error);
    return setReady(settings, false, `Failed to initialize Vault client: ${error.message}`);
  }
  using opened = session;
  try {
    await opened.checkHealth();
  } catch (thrown) {
    const error = asGoError(thrown);
    initFailed(settings, error);
    if (error.cause instanceof Error) report.log(`${issuer.name}: ${error.message}: error: ${error.cause.message}`);
    const prefix = hasQuirk(version, "health-prefix") ? "Failed to verify Vault is initialized and unsealed: " : "";
    return setReady(settings, false, `${prefix}${error.message}`);
  }
  return setReady(settings, true, "Vault verified");
}

function methods(version: Version) {
  return [
    "tokenSecretRef",
    "appRole",
    ...(hasQuirk(version, "certificate-auth") ? (["clientCertificate"] as const) : []),
    "kubernetes",
    ...(hasQuirk(version, "aws-auth") ? (["aws"] as const) : []),
  ] as const;
}

function setReady(
  { issuer, report }: SessionSettings,
  ready: boolean,
  message: string,
): { ready: boolean; says: string } {
  report.condition({
    object: issuer.kind,
    name: issuer.name,
    type: "Ready",
    status: ready ? "True" : "False",
    reason: ready ? "VaultVerified" : "VaultError",
    message,
  });
  return { ready, says: message };
}

function initFailed({ issuer, report }: SessionSettings, error: GoError): void {
  const message = `Error initializing issuer: ${error.message}`;
  report.event({ object: issuer.kind, name: issuer.name, type: "Warning", reason: "ErrInitIssuer", message });
  report.log(`"error setting up issuer" err=${JSON.stringify(error.message)}`);
}

function isFor(certificatePem: string, publicKey: Buffer): boolean {
  const issued = new X509Certificate(certificatePem).publicKey;
  return issued.export({ type: "spki", format: "der" }).equals(publicKey);
}

/** Whether a Certificate names an issuer of cert-manager's own that is not there. */
function isByNobody(certificate: Fields, cluster: Cluster): boolean {
  const ref = certificate.at("spec", "issuerRef");
  const kind = ref.at("kind").text || "Issuer";
  if ((ref.at("group").text || "cert-manager.io") !== "cert-manager.io") return false;
  return !cluster.all(kind).some((one) => {
    const isNear = kind === "ClusterIssuer" || namespaceOf(one) === namespaceOf(certificate);
    return isNear && one.at("metadata", "name").text === ref.at("name").text;
  });
}

function withoutIssuer(certificate: Fields, settings: SessionSettings): Result {
  const show = new CertificateStatus(certificate.at("metadata", "name").text, settings);
  const ref = certificate.at("spec", "issuerRef");
  const kind = ref.at("kind").text || "Issuer";
  const missing = `${kind.toLowerCase()}.cert-manager.io ${goQuote(ref.at("name").text)} not found`;
  show.requested();
  const says = show.pending("IssuerNotFound", `Referenced ${goQuote(kind)} not found: ${missing}`);
  return { ready: false, says, where: `CertificateRequest ${show.requestName}` };
}

function isBy(certificate: Fields, issuer: VaultIssuer): boolean {
  const ref = certificate.at("spec", "issuerRef");
  const kind = ref.at("kind").text || "Issuer";
  if (ref.at("name").text !== issuer.name || kind !== issuer.kind) return false;
  return issuer.namespace === "" || namespaceOf(certificate) === issuer.namespace;
}

/** pkg/controller/certificates and pkg/controller/certificaterequests/vault, from the Certificate to its end. */
async function issue(
  certificate: Fields,
  issuerReady: boolean,
  settings: SessionSettings,
  targets: Targets,
): Promise<Result | undefined> {
  const name = certificate.at("metadata", "name").text;
  const show = new CertificateStatus(name, settings);
  show.requested();
  if (!issuerReady) {
    show.pending("IssuerNotReady", "Referenced issuer does not have a Ready status condition");
    return undefined;
  }
  const where = `CertificateRequest ${show.requestName}`;
  let session;
  try {
    session = await VaultSession.open(settings);
  } catch (thrown) {
    const error = asGoError(thrown);
    const missing = error instanceof SecretNotFound;
    const text = missing ? "Required secret resource not found" : "Failed to initialise vault client for signing";
    return {
      ready: false,
      says: show.pending(missing ? "SecretMissing" : "VaultInitError", `${text}: ${error.message}`),
      where,
    };
  }
  using opened = session;
  const parameters = await signParameters(certificate, targets);
  let issued;
  try {
    issued = await opened.sign(parameters);
  } catch (thrown) {
    return { ready: false, says: show.failed(`Vault failed to sign certificate: ${asGoError(thrown).message}`), where };
  }
  if (!hasQuirk(settings.version, "other-key-refused") || isFor(issued, parameters.publicKey)) {
    return { ready: true, says: show.issued(), where };
  }
  return { ready: false, says: show.otherKey(), where: `Certificate ${name}` };
}
