import { parsePemBundle } from "../../go/index.js";
import type { Clock, Version } from "../../runtime/index.js";
import type { Cluster } from "../cluster.js";
import type { Fields } from "../fields.js";
import { asGoError, GoError } from "../go/error.js";
import { GoHttpClient } from "../go/http-client.js";
import type { TlsSettings } from "../go/tls-dial.js";
import { VaultApi } from "../go/vault-api.js";
import type { ReportBuilder } from "../report.js";
import { findSecrets } from "./find.js";
import { dataPath, keysOf, type Kv, NoSecret, propertyOf, readSecret, secretValue } from "./kv.js";
import { pushSecret } from "./push.js";
import { clientKeyPair, login } from "./login.js";
import { caBundle, type Scope, secretKey } from "./resolve.js";
import type { VaultStore } from "./store.js";
import { hasQuirk } from "./versions.js";

export interface SessionSettings {
  readonly version: Version;
  readonly store: VaultStore;
  readonly cluster: Cluster;
  readonly tls: TlsSettings;
  readonly report: ReportBuilder;
  readonly clock: Clock;
}

/** What an entry of an ExternalSecret is read as: one value, a map of them, or all that are found. */
export type ReadKind = "value" | "map" | "find";

/** One client of the provider, from its login to the revocation of its token; nothing is kept between reconciles. */
export class VaultSession {
  #api: VaultApi | undefined;
  readonly #clients: GoHttpClient[] = [];
  readonly #scope: Scope;

  constructor(
    readonly settings: SessionSettings,
    namespace: string,
  ) {
    const { store, cluster, version } = settings;
    this.#scope = { store, cluster, namespace, has: (quirk) => hasQuirk(version, quirk) };
  }

  /** newClient: configures and logs in. @throws GoError as the provider words it */
  async open(): Promise<void> {
    const tls = this.#tls();
    const api = this.#client(tls);
    this.#api = api;
    await login(api, {
      ...this.#scope,
      log: (line) => this.settings.report.log(line),
      // The transport's settings change before its first connection, so that a new client is the same thing.
      present: (certificate) => (this.#api = this.#client({ ...tls, certificate }, api)),
    });
    this.#api.namespace = this.settings.store.vault.at("namespace").text;
  }

  /** Validate: is the token alive? @throws GoError `invalid vault credentials: …` */
  async validate(): Promise<void> {
    try {
      await this.#checkToken();
    } catch (thrown) {
      throw asGoError(thrown).wrap("invalid vault credentials: ");
    }
  }

  /** GetSecret, GetSecretMap or GetAllSecrets: how many values an entry gives. @throws NoSecret, GoError */
  async read(ref: Fields, kind: ReadKind): Promise<number> {
    if (kind === "find") return (await findSecrets(this.#require(), this.#kv(), ref, this.#scope.has)).length;
    const value = await this.#value(ref);
    return kind === "map" ? keysOf(value) : 1;
  }

  /** GetSecret for one `remoteRef`; empty for metadata that are not there. */
  async #value(ref: Fields): Promise<string> {
    const fetchesMetadata = ref.at("metadataPolicy").text === "Fetch";
    const [key, version] = [ref.at("key").text, ref.at("version").text];
    const data = await readSecret(this.#require(), this.#kv(), key, version, fetchesMetadata);
    if (data === undefined) throw new NoSecret();
    if (fetchesMetadata && Object.keys(data).length === 0) return "";
    return secretValue(data, ref.at("property").text);
  }

  /** SecretExists for one `remoteRef` of a PushSecret. */
  async exists(ref: Fields): Promise<boolean> {
    const kv = this.#kv();
    const data = await readSecret(this.#require(), kv, dataPath(kv, ref.at("remoteKey").text), "", false);
    const property = ref.at("property").text;
    return data !== undefined && (property === "" || propertyOf(data, property) !== undefined);
  }

  /** PushSecret for one `remoteRef`. */
  async push(ref: Fields, value: string): Promise<void> {
    const checkAndSet =
      this.#scope.has("check-and-set") && this.settings.store.vault.at("checkAndSet", "required").isTrue;
    const { text: remoteKey } = ref.at("remoteKey");
    const { has } = this.#scope;
    await pushSecret(
      this.#require(),
      this.#kv(),
      { remoteKey, property: ref.at("property").text, value, checkAndSet },
      has,
    );
  }

  /** Close: revokes the token unless the user gave it. What fails here is logged by the real one and changes nothing. */
  async close(): Promise<void> {
    const isStatic = this.settings.store.vault.at("auth", "tokenSecretRef").exists;
    try {
      if (this.#api !== undefined && this.#api.token !== "" && !isStatic && (await this.#checkToken())) {
        await this.#api.raw("PUT", "/v1/auth/token/revoke-self");
      }
    } catch (thrown) {
      this.settings.report.log(`error while revoking token: ${asGoError(thrown).message}`);
    } finally {
      for (const http of this.#clients) {
        this.settings.report.traffic(http.calls, http.dials);
        http[Symbol.dispose]();
      }
      this.#clients.length = 0;
    }
  }

  #kv(): Kv {
    const { vault } = this.settings.store;
    const path = vault.at("path");
    return {
      isV1: vault.at("version").text === "v1",
      mount: path.exists ? path.text : undefined,
      has: this.#scope.has,
    };
  }

  #require(): VaultApi {
    if (this.#api === undefined) throw new GoError("the client is not logged in");
    return this.#api;
  }

  /** checkToken: false for a token that will not do any more. */
  async #checkToken(): Promise<boolean> {
    const secret = await this.#require().logical("GET", "auth/token/lookup-self");
    if (secret === undefined) throw new GoError("no response nor error for token lookup");
    const { data = {} } = secret;
    if (!("type" in data)) throw new GoError("could not assert token type");
    if (data.type === "batch") return false;
    if (!this.#scope.has("token-lifetime-checked")) return true;
    if (!("ttl" in data)) throw new GoError("no TTL found in response");
    if (!("expire_time" in data)) throw new GoError("no expiration time found in response");
    return !(Number(data.ttl) < 60 && data.expire_time !== null);
  }

  #client(tls: TlsSettings, like?: VaultApi): VaultApi {
    const { vault, manifest } = this.settings.store;
    const http = new GoHttpClient(tls);
    this.#clients.push(http);
    const retries = manifest.at("spec", "retrySettings");
    const inconsistent = vault.at("readYourWrites").isTrue && vault.at("forwardInconsistent").isTrue;
    const api = new VaultApi(http, {
      address: vault.at("server").text,
      namespace: like?.namespace ?? vault.at("namespace").text,
      ...(retries.exists && { maxRetries: Number(retries.at("maxRetries").text || 0) }),
      headers: {
        ...(this.#scope.has("headers") &&
          Object.fromEntries(vault.at("headers").entries.map(([name, value]) => [name, value.text]))),
        ...(inconsistent && { "X-Vault-Inconsistent": "forward-active-node" }),
      },
    });
    return api;
  }

  #tls(): TlsSettings {
    const { vault } = this.settings.store;
    const bundle = caBundle(this.#scope);
    const [cert, key] = [vault.at("tls", "certSecretRef"), vault.at("tls", "keySecretRef")];
    const keyPem = cert.exists && key.exists ? secretKey(this.#scope, key, "tls.key") : undefined;
    const certPem = keyPem === undefined ? undefined : secretKey(this.#scope, cert, "tls.crt");
    return {
      ...this.settings.tls,
      roots: bundle === undefined ? [] : parsePemBundle(bundle),
      ...(certPem !== undefined && keyPem !== undefined && { certificate: clientKeyPair({ certPem, keyPem }) }),
    };
  }
}
