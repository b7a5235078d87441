import type { Journal } from "../journal/index.js";
import { type Clock, Ids, MistrustError, type Seed } from "../runtime/index.js";
import type { HttpHandler } from "../transport/index.js";
import { Authorizer } from "./access/authorizer.js";
import type { Cluster } from "./cluster.js";
import { bootstrap } from "./bootstrap.js";
import { kubeconfigText } from "./kubeconfig.js";
import { applyManifest, type ManifestSource, removeManifest } from "./manifests.js";
import type { KubernetesObject } from "./objects.js";
import { kubernetesRelease } from "./quirks.js";
import { findResource } from "./resources.js";
import { ApiServer } from "./server.js";
import { ObjectStore } from "./store.js";
import { TokenAuthenticator, type User } from "./tokens/authenticator.js";
import { type BoundObjectRef, TokenIssuer } from "./tokens/issue.js";
import { sharedSigningKeys, type SigningKey, type SigningKeys, type SigningKeyType } from "./tokens/keys.js";

export interface KubernetesOptions {
  readonly clock: Clock;
  readonly seed: Seed;
  readonly journal?: Journal;
  /** Release of kube-apiserver to be, e.g. `1.34.4`. */
  readonly version?: string;
  /** `--api-audiences`. */
  readonly apiAudiences?: readonly string[];
  /** `--service-account-issuer`; the first of the API audiences by default. */
  readonly issuer?: string;
  /** `--service-account-jwks-uri`; this server as the client named it by default. */
  readonly jwksUrl?: string;
  /** PEM of the CA that the server's certificate is from, for the Secrets of long-lived tokens. */
  readonly ca?: string;
  /** What signs service account tokens; RSA as in most clusters. */
  readonly signingKeyType?: SigningKeyType;
  /** Where signing keys come from; a process-wide pool by default, since an RSA key takes a while to make. */
  readonly signingKeys?: Pick<SigningKeys, "key">;
}

export interface IssueOptions {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** The API server's own by default. */
  readonly audiences?: readonly string[];
  /** At least 600; an hour by default. */
  readonly expirationSeconds?: number;
  readonly boundObject?: BoundObjectRef;
}

const DEFAULT_VERSION = "1.34.4";
const DEFAULT_AUDIENCE = "https://kubernetes.default.svc.cluster.local";
const ADMIN: User = { username: "admin", uid: "admin-uid", groups: ["system:masters"] };

/** A fake kube-apiserver: what Vault, External Secrets and cert-manager need of one. */
export class KubernetesApi {
  /** A bearer token of the group system:masters. */
  readonly adminToken: string;
  readonly apiAudiences: readonly string[];
  readonly issuer: string;
  /** `v1.34.4`. */
  readonly version: string;
  readonly handle: HttpHandler;
  readonly #cluster: Cluster;
  readonly #journal: Journal | undefined;

  constructor(options: KubernetesOptions) {
    const ids = new Ids(options.seed.fork("kubernetes"));
    const objects = new ObjectStore();
    const release = kubernetesRelease(options.version ?? DEFAULT_VERSION);
    const { clock } = options;
    this.adminToken = ids.base62(32);
    this.apiAudiences = options.apiAudiences ?? [DEFAULT_AUDIENCE];
    this.issuer = options.issuer ?? this.apiAudiences[0] ?? DEFAULT_AUDIENCE;
    this.version = release.gitVersion;
    this.#journal = options.journal;
    const { issuer, apiAudiences } = this;
    const type = options.signingKeyType ?? "rsa-2048";
    const key = (): Promise<SigningKey> => (options.signingKeys ?? sharedSigningKeys).key(type);
    const known = new Map([[this.adminToken, ADMIN]]);
    this.#cluster = {
      clock,
      ids,
      release,
      objects,
      authorizer: new Authorizer(objects),
      authenticator: new TokenAuthenticator({
        clock,
        objects,
        issuer,
        apiAudiences,
        known,
        keys: async () => [await key()],
      }),
      issuer: new TokenIssuer({ clock, ids, objects, release, issuer, apiAudiences, key }),
      issuerName: issuer,
      apiAudiences,
      jwksUrl: options.jwksUrl,
      ca: options.ca,
      signingKey: key,
    };
    bootstrap(this.#cluster);
    const server = new ApiServer(this.#cluster);
    this.handle = (request) => server.handle(request);
  }

  /**
   * Creates or replaces an object from an ordinary manifest, as `kubectl apply` would.
   * @throws MISTRUST_MANIFEST_UNKNOWN_KIND, MISTRUST_MANIFEST_INVALID
   */
  async apply(manifest: unknown, source: ManifestSource = {}): Promise<KubernetesObject> {
    const object = await applyManifest(this.#cluster, manifest, source);
    this.#note(`applied ${object.kind} ${pathOf(object)}`);
    return object;
  }

  /** Deletes the object that a manifest describes. Tells whether there was one. */
  remove(manifest: unknown, source: ManifestSource = {}): boolean {
    const removed = removeManifest(this.#cluster, manifest, source);
    if (removed) this.#note("removed an object");
    return removed;
  }

  /** The stored object, e.g. `object("Secret", "default", "reviewer-token")`; cluster-wide kinds have the namespace "". */
  object(kind: string, namespace: string, name: string): KubernetesObject | undefined {
    const plural = `${kind.toLowerCase()}s`;
    const resource = findResource("", "v1", plural) ?? findResource("rbac.authorization.k8s.io", "v1", plural);
    return resource === undefined ? undefined : this.#cluster.objects.get(resource, namespace, name);
  }

  /**
   * A service account token, by the code that serves TokenRequest.
   * @throws MISTRUST_WORLD_REFUSED with the text of the Status that a client would get
   */
  async issueToken(options: IssueOptions): Promise<string> {
    const { namespace, serviceAccount, audiences = [], expirationSeconds = 3_600, boundObject } = options;
    const spec = { audiences, expirationSeconds, ...(boundObject !== undefined && { boundObjectRef: boundObject }) };
    const { issued, decision } = await this.#cluster.issuer.issue(namespace, serviceAccount, spec);
    if (issued !== undefined) return issued.token;
    const reason = decision.refusal?.reply.message ?? "no reason given";
    throw new MistrustError("MISTRUST_WORLD_REFUSED", `no token for ${namespace}/${serviceAccount}: ${reason}`);
  }

  /** A token of any claims, signed by the cluster: for tokens that TokenRequest would not issue, such as expired ones. */
  async signToken(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    return (await this.#cluster.signingKey()).sign(claims, header);
  }

  /** Makes the signing key now instead of with the first token. */
  async prepare(): Promise<void> {
    await this.#cluster.signingKey();
  }

  /** A kubeconfig of the administrator. `caPem`: what vouches for the certificate behind `url`. */
  kubeconfig(url: string, caPem?: string): string {
    return kubeconfigText(url, caPem, this.adminToken);
  }

  #note(what: string): void {
    this.#journal?.append({ server: "kubernetes" }, { type: "lab", what });
  }
}

function pathOf(object: KubernetesObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function createKubernetes(options: KubernetesOptions): KubernetesApi {
  return new KubernetesApi(options);
}
