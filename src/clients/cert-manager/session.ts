import { parsePemBundle } from "../../go/index.js";
import { type Clock, goQuote, type Version } from "../../runtime/index.js";
import type { Cluster } from "../cluster.js";
import { asGoError, GoError } from "../go/error.js";
import { GoHttpClient } from "../go/http-client.js";
import { type KeyPair, keyPair, KeyPairError } from "../go/key-pair.js";
import type { TlsSettings } from "../go/tls-dial.js";
import { parseSecret, VaultApi, VaultResponseError } from "../go/vault-api.js";
import type { ReportBuilder } from "../report.js";
import type { VaultIssuer } from "./issuer.js";
import { login, type LoginContext, SecretNotFound, secretValue } from "./login.js";
import { hasQuirk, type QuirkId } from "./versions.js";

export interface SessionSettings {
  readonly version: Version;
  readonly issuer: VaultIssuer;
  readonly cluster: Cluster;
  readonly tls: TlsSettings;
  readonly report: ReportBuilder;
  readonly clock: Clock;
}

/** What a signing asks for; lists are joined with commas on the wire. */
export interface SignParameters {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
  /** A Go duration, e.g. `2160h0m0s`. */
  readonly ttl: string;
  readonly csrPem: string;
  /** The key that the request is for, as SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
}

/** One logged-in client, as cert-manager makes it anew for each reconcile and each signing. (internal/vault/vault.go) */
export class VaultSession implements Disposable {
  readonly #clients: GoHttpClient[] = [];

  private constructor(readonly settings: SessionSettings) {}

  /** @throws GoError as vault.New words it, SecretNotFound if a Secret is missing */
  static async open(settings: SessionSettings): Promise<VaultSession> {
    const session = new VaultSession(settings);
    try {
      await session.#login();
      return session;
    } catch (thrown) {
      session[Symbol.dispose]();
      throw thrown;
    }
  }

  [Symbol.dispose](): void {
    for (const http of this.#clients) {
      this.settings.report.traffic(http.calls, http.dials);
      http[Symbol.dispose]();
    }
    this.#clients.length = 0;
  }

  /** @throws GoError if Vault is not ready, in the words of the release */
  async checkHealth(): Promise<void> {
    const api = this.#api;
    const namespace = api.namespace;
    api.namespace = "";
    try {
      await api.raw("GET", "/v1/sys/health");
    } catch (thrown) {
      const error = asGoError(thrown);
      if (!this.#has("sealed-is-named")) {
        if (error instanceof VaultResponseError && [429, 472, 473].includes(error.status)) return;
        throw new GoError("Vault is not initialized or is sealed", "other", { cause: error });
      }
      if (!(error instanceof VaultResponseError)) throw error;
      const known = HEALTH[error.status];
      if (known === null) return;
      throw known === undefined ? error.wrap("error calling Vault /v1/sys/health: ") : new GoError(known);
    } finally {
      api.namespace = namespace;
    }
  }

  /** Has the request signed: the PEM of the certificate. @throws GoError in the words of Vault.Sign */
  async sign(parameters: SignParameters): Promise<string> {
    const path = this.settings.issuer.vault.at("path").text;
    let response;
    try {
      response = await this.#api.raw("POST", `/v1/${path}`, {
        common_name: parameters.commonName,
        alt_names: parameters.dnsNames.join(","),
        ip_sans: parameters.ipAddresses.join(","),
        uri_sans: parameters.uris.join(","),
        ttl: parameters.ttl,
        csr: parameters.csrPem,
        exclude_cn_from_sans: "true",
      });
    } catch (thrown) {
      throw asGoError(thrown).wrap("failed to sign certificate by vault: ");
    }
    let secret;
    try {
      secret = parseSecret(response);
      if (secret === undefined) throw new GoError("EOF");
    } catch (thrown) {
      throw asGoError(thrown).wrap("failed to decode response returned by vault: ");
    }
    const certificate = secret.data?.certificate;
    if (typeof certificate !== "string" || parsePemBundle(certificate).length === 0) {
      const more = this.#has("no-certificates-said") ? ": no valid certificates found" : "";
      throw new GoError(`failed to parse certificate chain from vault: error decoding certificate PEM block${more}`);
    }
    return certificate;
  }

  get #api(): VaultApi {
    const { api } = this;
    if (api === undefined) throw new GoError("the client is not logged in");
    return api;
  }
  private api: VaultApi | undefined;

  #has(quirk: QuirkId): boolean {
    return hasQuirk(this.settings.version, quirk);
  }

  async #login(): Promise<void> {
    const { issuer, cluster } = this.settings;
    const context: LoginContext = {
      issuer,
      cluster,
      has: (quirk) => this.#has(quirk),
      // The short-lived client of a login by certificate is not told of the namespace.
      withCertificate: (certificate) => this.#client({ ...this.#tls(context), certificate }, ""),
    };
    this.api = this.#client(this.#tls(context));
    await login(this.api, context);
  }

  #client(tls: TlsSettings, namespace = this.settings.issuer.vault.at("namespace").text): VaultApi {
    const { vault } = this.settings.issuer;
    const http = new GoHttpClient(tls);
    this.#clients.push(http);
    return new VaultApi(http, { address: vault.at("server").text, namespace });
  }

  /** newConfig: trust, the client's own certificate and the name to verify. */
  #tls(context: LoginContext): TlsSettings {
    const { tls, issuer } = this.settings;
    const bundle = attempt("failed to load vault CA bundle: ", () => caBundle(context));
    const roots = parsePemBundle(bundle);
    if (bundle !== "" && roots.length === 0) throw new GoError("no Vault CA bundles loaded, check bundle contents");
    const certificate = this.#has("client-certificate")
      ? attempt("failed to load vault client certificate: ", () => clientCertificate(context))
      : undefined;
    const serverName = this.#has("server-name") ? issuer.vault.at("serverName").text : "";
    return {
      ...tls,
      roots,
      ...(certificate !== undefined && { certificate }),
      ...(serverName !== "" && { serverName }),
    };
  }
}

/** Texts of sys/health's statuses since 1.14; `null` means that all is well. */
const HEALTH: Readonly<Record<number, string | null>> = {
  429: null,
  472: null,
  473: null,
  501: "Vault is not initialized",
  503: "Vault is sealed",
};

function attempt<T>(prefix: string, task: () => T): T {
  try {
    return task();
  } catch (thrown) {
    throw asGoError(thrown).wrap(prefix);
  }
}

function caBundle(context: LoginContext): string {
  const { vault, resourceNamespace } = context.issuer;
  const inline = vault.at("caBundle").text;
  if (inline !== "") return Buffer.from(inline, "base64").toString("utf8");
  const ref = vault.at("caBundleSecretRef");
  if (!ref.exists) return "";
  const name = ref.at("name").text;
  try {
    return secretValue(context, name, ref.at("key").text || "ca.crt");
  } catch (thrown) {
    if (!(thrown instanceof SecretNotFound)) throw thrown;
    throw new GoError(`could not access secret '${resourceNamespace}/${name}': ${thrown.message}`);
  }
}

function clientCertificate(context: LoginContext): KeyPair | undefined {
  const { vault } = context.issuer;
  if (!vault.at("clientCertSecretRef").exists || !vault.at("clientKeySecretRef").exists) return undefined;
  const cert = pairSecret(context, "clientCertSecretRef", "tls.crt");
  const key = pairSecret(context, "clientKeySecretRef", "tls.key");
  try {
    return keyPair({ certPem: cert.value(), keyPem: key.value() });
  } catch (thrown) {
    if (!(thrown instanceof KeyPairError)) throw thrown;
    throw thrown.wrap(`could not parse the TLS certificate from Secrets ${cert.where}(cert) and ${key.where}(key): `);
  }
}

/** Both Secrets are looked up before a value is taken from either. */
function pairSecret({ cluster, issuer }: LoginContext, field: string, defaultKey: string) {
  const ref = issuer.vault.at(field);
  const name = ref.at("name").text;
  const key = ref.at("key").text || defaultKey;
  const where = `'${issuer.resourceNamespace}/${name}'`;
  const secret = cluster.find("Secret", issuer.resourceNamespace, name);
  if (secret === undefined) throw new GoError(`could not access Secret ${where}: secrets "${name}" not found`);
  const value = (): string => {
    const found = cluster.value(secret, key);
    if (found === undefined) throw new GoError(`no data for ${goQuote(key)} in Secret ${where}`);
    return found;
  };
  return { where, value };
}
