import type { Targets } from "../../clients/index.js";
import { createKubernetes, type KubernetesApi, SigningKey, SigningKeys } from "../../kubernetes/index.js";
import { MistrustError } from "../../runtime/index.js";
import { resolve, type TemplateId, type TemplateUse, type World } from "../../scenario/index.js";
import { CHARTS } from "../charts.js";
import type { PrivateFolder } from "../folder.js";
import { SHARED_KEYS } from "../keys.js";
import { type Door, openDoor } from "./door.js";
import { externalKubernetes } from "./external-kubernetes.js";
import type { Fake, FakeContext, Plan } from "./fake.js";

/** The Kubernetes side of a lab: the fake API server, or a real one. */
export interface ApiServer extends Fake {
  readonly url: string;
  /** PEM of the CA that its certificate comes from. */
  readonly ca: string | undefined;
  /**
   * What a program needs to talk to it.
   * @param account NAMESPACE/NAME of the service account that it runs as; one that may do everything if absent
   */
  target(account?: string): Promise<Targets["kubernetes"]>;
  /**
   * A token of a service account, as TokenRequest gives it.
   * @throws MISTRUST_WORLD_REFUSED, MISTRUST_FAKE_ABSENT where the API server is a real one
   */
  issueToken(account: string, audiences?: readonly string[], expirationSeconds?: number): Promise<string>;
  /** Makes the key that the first token would have to wait for. */
  warmUp(): Promise<void>;
}

/** Seconds that the tokens of templates live. */
const TOKEN_LIVES: Readonly<Partial<Record<TemplateId, number>>> = {
  "kubernetes.token": 365 * 86_400,
  "kubernetes.shortToken": 3_600,
};

/** The fake Kubernetes API of a lab. */
class KubernetesFake implements ApiServer {
  readonly name = "kubernetes";
  readonly #context: FakeContext;
  readonly #door: Door;
  #api: KubernetesApi | undefined;
  /** What it was configured with. */
  #became: string | undefined;
  /** Tokens and the like that this world's templates name. */
  #values: ReadonlyMap<string, string> = new Map();
  readonly #signingKeys = new SigningKeys(async () => new SigningKey("rsa-2048", await SHARED_KEYS.rsaAside()));

  constructor(context: FakeContext, door: Door) {
    this.#context = context;
    this.#door = door;
  }

  get url(): string {
    return this.#door.url;
  }

  get ca(): string | undefined {
    return this.#door.ca;
  }

  async configure({ world, lookup, uses, products, fresh }: Plan): Promise<void> {
    const setting = resolve(world.kubernetes ?? {}, lookup);
    const made = uses
      .filter(({ name }) => name === "kubernetes.key" || (name !== undefined && name in TOKEN_LIVES))
      .map(({ text }) => text);
    const become = JSON.stringify([setting, made, products]);
    if (become === this.#became && !fresh) return;
    const { clock, seed } = this.#context;
    const api = createKubernetes({
      clock,
      seed,
      signingKeys: this.#signingKeys,
      ...(setting.version !== undefined && { version: setting.version }),
      ...(setting.apiAudiences !== undefined && { apiAudiences: setting.apiAudiences }),
      ...(setting.serviceAccountIssuer !== undefined && { issuer: setting.serviceAccountIssuer }),
      ...(this.ca !== undefined && { ca: this.ca }),
    });
    for (const product of products) for (const manifest of CHARTS[product]?.manifests ?? []) await api.apply(manifest);
    for (const manifest of Object.values(setting.apply ?? {})) await api.apply(manifest);
    this.#door.present(setting.tls ?? {});
    this.#values = await valuesFor(api, this.#signingKeys, uses);
    this.#api = api;
    this.#became = become;
    this.#door.leadTo(api.handle);
  }

  lookup(name: TemplateId, argument: string): string | undefined {
    switch (name) {
      case "kubernetes.url":
        return this.url;
      case "kubernetes.host":
        return this.#door.host;
      case "kubernetes.ca":
        return this.ca;
      case "kubernetes.ca.base64":
        return this.ca && Buffer.from(this.ca).toString("base64");
      case "kubernetes.issuer":
        return this.#api?.issuer;
      default:
        return this.#values.get(`${name} ${argument}`);
    }
  }

  env(folder: PrivateFolder): Readonly<Record<string, string>> {
    const { ca, url } = this;
    return {
      KUBECONFIG: folder.write("kubeconfig", this.#running().kubeconfig(url, ca)),
      MISTRUST_KUBERNETES_URL: url,
      ...(ca !== undefined && { MISTRUST_KUBERNETES_CACERT: folder.write("kubernetes-ca.pem", ca) }),
      MISTRUST_KUBERNETES_TOKEN: this.#running().adminToken,
    };
  }

  addresses(): Readonly<Record<string, string>> {
    return { address: this.url, version: this.#running().version };
  }

  async target(account?: string): Promise<Targets["kubernetes"]> {
    const token = account === undefined ? this.#running().adminToken : await this.issueToken(account);
    return { url: this.url, token, ...(this.ca !== undefined && { caPem: this.ca }) };
  }

  async issueToken(account: string, audiences: readonly string[] = [], expirationSeconds = 3_600): Promise<string> {
    return await this.#running().issueToken({ ...splitAccount(account), audiences, expirationSeconds });
  }

  async warmUp(): Promise<void> {
    await this.#running().prepare();
  }

  async stop(): Promise<void> {
    await this.#door.listener.close();
  }

  #running(): KubernetesApi {
    if (this.#api !== undefined) return this.#api;
    throw new MistrustError("MISTRUST_INTERNAL", "the fake Kubernetes API is not configured yet");
  }
}

/** Starts the listener; requests wait until it is configured. */
export async function startKubernetes(context: FakeContext, world: World): Promise<ApiServer> {
  const setting = world.kubernetes ?? {};
  if (setting.external !== undefined) return await externalKubernetes(setting.external);
  const dnsNames = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  const door = await openDoor(context, { server: "kubernetes", listen: setting.listen, tls: setting.tls, dnsNames });
  return new KubernetesFake(context, door);
}

/** Templates are filled in at once, and tokens are not made at once: so those that will be asked for are made before. */
async function valuesFor(
  api: KubernetesApi,
  keys: SigningKeys,
  uses: readonly TemplateUse[],
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const { name, argument } of uses) {
    const key = `${name ?? ""} ${argument}`;
    if (values.has(key)) continue;
    const expirationSeconds = name && TOKEN_LIVES[name];
    if (expirationSeconds !== undefined) {
      values.set(key, await api.issueToken({ ...splitAccount(argument), expirationSeconds }));
    } else if (name === "kubernetes.key") {
      const { publicKey } = await keys.key("rsa-2048");
      values.set(key, publicKey.export({ type: "spki", format: "pem" }).toString());
    }
  }
  return values;
}

function splitAccount(account: string): { namespace: string; serviceAccount: string } {
  const [namespace = "", serviceAccount = ""] = account.split("/");
  return { namespace, serviceAccount };
}
