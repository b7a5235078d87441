import { Ids, MistrustError } from "../../runtime/index.js";
import { resolve, type TemplateId, type TemplateLookup, type VaultSetting, type World } from "../../scenario/index.js";
import {
  createVault,
  DEFAULT_VERSION,
  goOf,
  hasQuirk,
  type PodIdentity,
  releaseOf,
  type Vault,
} from "../../vault/index.js";
import type { PrivateFolder } from "../folder.js";
import type { Listener } from "../../transport/index.js";
import { type Door, type DoorTls, openDoor } from "./door.js";
import type { Fake, FakeContext, Plan } from "./fake.js";
import { openConfigured } from "./vault-listeners.js";

/** The fake Vault of a lab. */
export class VaultFake implements Fake {
  readonly name = "vault";
  readonly #context: FakeContext;
  readonly #door: Door;
  #vault: Vault | undefined;
  /** Those of a configuration file, beside the door. */
  #configured: readonly Listener[] = [];
  /** Stays when the world changes. */
  #rootToken = "";
  /** What it was configured with. */
  #became: string | undefined;

  constructor(context: FakeContext, door: Door) {
    this.#context = context;
    this.#door = door;
  }

  /** `https://127.0.0.1:PORT` */
  get url(): string {
    return this.#door.url;
  }

  /** PEM of the CA that its certificate comes from; `undefined` where it speaks plain HTTP. */
  get ca(): string | undefined {
    return this.#door.ca;
  }

  get rootToken(): string {
    return this.#rootToken;
  }

  /** What is behind the address now: `write` and `read` as root, without the wire. */
  get core(): Vault {
    if (this.#vault === undefined) throw new MistrustError("MISTRUST_INTERNAL", "the fake Vault is not configured yet");
    return this.#vault;
  }

  async configure({ world, lookup, fresh }: Plan): Promise<void> {
    this.#rootToken = world.vault?.rootToken ?? (this.#rootToken || newRootToken(this.#context, world.vault ?? {}));
    const { tls, ...setting } = resolve(world.vault ?? {}, lookup);
    const front = frontOf({ ...setting, ...(tls !== undefined && { tls }) });
    const become = JSON.stringify(setting);
    const before = this.#vault;
    // A change of the listener alone leaves tokens and secrets as they are.
    if (become === this.#became && !fresh) {
      this.#door.present(front);
      return;
    }
    const pod = podOf(setting, lookup);
    const vault = createVault({
      clock: this.#context.clock,
      seed: this.#context.seed,
      ...(setting.version !== undefined && { version: setting.version }),
      rootToken: this.#rootToken,
      devMode: setting.state !== "uninitialized",
      ...(pod !== undefined && { pod }),
      ...(setting.boundAudiences !== undefined && { boundAudiences: setting.boundAudiences }),
    });
    for (const [path, writes] of Object.entries(setting.write ?? {})) {
      for (const fields of listOf(writes)) this.#noteWarnings(path, await vault.write(path, fields));
    }
    if (setting.audit === true) await vault.audit();
    this.#door.present(front);
    if (setting.leader !== undefined) vault.core.node.leader = { forwards: true, ...setting.leader };
    enterState(vault, setting.state ?? "active");
    this.#vault = vault;
    this.#became = become;
    this.#door.leadTo(vault.handle);
    before?.stop();
  }

  /** What Vault says to an operator who overlooks it. */
  #noteWarnings(path: string, reply: unknown): void {
    if (typeof reply !== "object" || reply === null || !("warnings" in reply) || !Array.isArray(reply.warnings)) return;
    const note = reply.warnings.join("; ");
    this.#context.journal.append({ server: "vault" }, { type: "lab", what: `vault write ${path}`, note });
  }

  lookup(name: TemplateId): string | undefined {
    switch (name) {
      case "vault.url":
        return this.url;
      case "vault.host":
        return this.#door.host;
      case "vault.port":
        return String(this.#door.listener.port);
      case "vault.ca":
        return this.ca;
      case "vault.ca.base64":
        return this.ca && base64(this.ca);
      case "vault.ca.base64Twice":
        return this.ca && base64(base64(this.ca));
      case "vault.ca.quoted":
        return this.ca?.replaceAll("\n", "\\n");
      case "vault.token":
        return this.#rootToken;
      default:
        return undefined;
    }
  }

  env(folder: PrivateFolder): Readonly<Record<string, string>> {
    return {
      VAULT_ADDR: this.url,
      ...(this.ca !== undefined && { VAULT_CACERT: folder.write("vault-ca.pem", this.ca) }),
      VAULT_TOKEN: this.rootToken,
    };
  }

  addresses(): Readonly<Record<string, string>> {
    const configured = this.#configured.map(({ url }, at) => [`listener ${at + 1}`, url] as const);
    return {
      address: this.url,
      ...Object.fromEntries(configured),
      version: this.core.release.text,
      "root token": this.rootToken,
    };
  }

  /** Opens the listeners of a Vault configuration file. @throws MISTRUST_USAGE, MISTRUST_LISTEN_FAILED */
  async listenAlso(configFile: string, { version }: VaultSetting): Promise<void> {
    const served = { handler: this.#door.handle, go: goFor(version) };
    this.#configured = await openConfigured(this.#context, configFile, served);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#configured.map(async (listener) => await listener.close()));
    await this.#door.listener.close();
    this.#vault?.stop();
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

type Fields = Readonly<Record<string, unknown>>;

/** One body, or several to the same path. */
function listOf(writes: Fields | readonly Fields[]): readonly Fields[] {
  return isList(writes) ? writes : [writes];
}

/** Array.isArray does not tell a readonly list from a map. */
function isList(writes: Fields | readonly Fields[]): writes is readonly Fields[] {
  return Array.isArray(writes);
}

/** Starts the listener; requests wait until it is configured. */
export async function startVault(context: FakeContext, world: World): Promise<VaultFake> {
  const setting = world.vault ?? {};
  const door = await openDoor(context, {
    server: "vault",
    listen: setting.listen,
    tls: frontOf(setting),
    dnsNames: ["vault"],
  });
  const fake = new VaultFake(context, door);
  try {
    if (setting.configFile !== undefined) await fake.listenAlso(setting.configFile, setting);
    return fake;
  } catch (error) {
    await fake.stop();
    throw error;
  }
}

/** What its listener speaks: a Vault's alerts are those of the Go that built it, unless the world names another. */
function frontOf({ tls = {}, version }: VaultSetting): DoorTls {
  return tls === false ? false : { go: goFor(version), ...tls };
}

function goFor(version = DEFAULT_VERSION): string {
  return goOf(releaseOf(version));
}

/** As a dev server makes one where none is named: in the form of its release, from the lab's seed. */
function newRootToken({ seed }: FakeContext, { version }: VaultSetting): string {
  const signed = version === undefined || hasQuirk(releaseOf(version), "tokens-are-signed");
  return `${signed ? "hvs" : "s"}.${new Ids(seed.fork("root token")).base62(24)}`;
}

function enterState(vault: Vault, state: NonNullable<VaultSetting["state"]>): void {
  switch (state) {
    case "active":
    case "uninitialized":
      return;
    case "sealed":
      vault.core.seal.close();
      return;
    case "standby":
    case "performance-standby":
    case "dr-secondary":
    case "leaderless":
      vault.core.node.standing = state;
  }
}

/** What a Vault in a pod finds on its disk: the token is one that the kubelet renews in time. */
function podOf(setting: VaultSetting, lookup: TemplateLookup): PodIdentity | undefined {
  const { pod } = setting;
  if (pod === undefined) return undefined;
  const account = `${pod.namespace}/${pod.serviceAccountName}`;
  return {
    token: () => lookup("kubernetes.token", account) ?? "",
    ca: () => lookup("kubernetes.ca", "") ?? "",
  };
}
