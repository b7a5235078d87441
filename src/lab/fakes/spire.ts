import { join } from "node:path";
import { MistrustError } from "../../runtime/index.js";
import { resolve, type SpireSetting, type TemplateId } from "../../scenario/index.js";
import { createSpire, type Spire, type SpireOptions, type WorkloadSocket } from "../../spire/index.js";
import { parseAddress } from "./door.js";
import type { Fake, FakeContext, Plan } from "./fake.js";
import { entriesOf, spireOptions, workloadsOf } from "./spire-settings.js";

interface Running {
  readonly spire: Spire;
  readonly setting: SpireSetting;
  /** By workload; `tcp` for the address beside them. */
  readonly sockets: ReadonlyMap<string, WorkloadSocket>;
  /** The admin socket as a workload sees it, by workload. */
  readonly admin: ReadonlyMap<string, WorkloadSocket>;
}

/** The fake SPIRE of a lab: one trust domain's server and agent, with a socket for each workload. */
export class SpireFake implements Fake {
  readonly name = "spire";
  readonly #context: FakeContext;
  #running: Running | undefined;

  constructor(context: FakeContext) {
    this.#context = context;
  }

  /** The agent and its server: entries, bundles, rotation, outages. */
  get core(): Spire {
    return this.#configured().spire;
  }

  /** The first workload's socket, as SPIFFE_ENDPOINT_SOCKET has it. */
  get url(): string {
    return this.urlOf(undefined);
  }

  get trustDomain(): string {
    return this.core.trustDomain;
  }

  /**
   * The socket of one workload.
   * @throws MISTRUST_FAKE_ABSENT
   */
  urlOf(workload: string | undefined): string {
    return socketOf(this.#configured().sockets, workload, "workload");
  }

  /**
   * The admin socket as one workload sees it; the first that has one if none is named.
   * @throws MISTRUST_FAKE_ABSENT
   */
  adminUrlOf(workload: string | undefined): string {
    return socketOf(this.#configured().admin, workload, "workload with an adminSocket");
  }

  /** New entries reach open streams; anything else takes an agent that is started anew, over the same sockets. */
  async configure({ world, lookup, fresh }: Plan): Promise<void> {
    const setting = resolve(world.spire ?? {}, lookup);
    const before = this.#running;
    if (before !== undefined && !fresh) {
      if (same(before.setting, setting)) return;
      const onlyEntries = same({ ...before.setting, entries: null }, { ...setting, entries: null });
      if (onlyEntries && setting.workloads !== undefined && areTold(before.setting) && areTold(setting)) {
        await reconcile(before.spire, before.setting, setting);
        this.#running = { ...before, setting };
        return;
      }
    }
    const ports = new Map([...(before?.sockets ?? [])].map(([name, socket]) => [name, socket.uri]));
    await before?.spire.stop();
    const { clock, seed, journal } = this.#context;
    const spire = await createSpire({ clock, seed, journal, ...(await this.#options(setting)) });
    try {
      const sockets = await this.#listen(spire, setting, ports);
      this.#running = { spire, setting, sockets, admin: await this.#listenAdmin(spire, setting) };
    } catch (error) {
      await spire.stop();
      throw error;
    }
  }

  lookup(name: TemplateId): string | undefined {
    switch (name) {
      case "spire.socket":
        return this.url.replace(/^unix:\/\//, "");
      case "spire.url":
        return this.url;
      case "spire.adminSocket":
        return this.#configured().admin.size === 0 ? undefined : this.adminUrlOf(undefined).replace(/^unix:\/\//, "");
      case "spire.trustDomain":
        return this.trustDomain;
      case "spire.bundle":
        return this.core.bundlePem;
      default:
        return undefined;
    }
  }

  env(): Readonly<Record<string, string>> {
    return { SPIFFE_ENDPOINT_SOCKET: this.url };
  }

  addresses(): Readonly<Record<string, string>> {
    const { spire, sockets, admin } = this.#configured();
    const named = [...sockets].map(([name, socket]) => [sockets.size === 1 ? "socket" : name, socket.uri] as const);
    const admins = [...admin].map(([name, { uri }]) => [admin.size === 1 ? "admin" : `${name} admin`, uri] as const);
    return { ...Object.fromEntries([...named, ...admins]), "trust domain": spire.trustDomain, version: spire.version };
  }

  async stop(): Promise<void> {
    await this.#running?.spire.stop();
  }

  async #options(setting: SpireSetting): Promise<Omit<SpireOptions, "clock" | "seed" | "journal">> {
    const { clock, seed, journal } = this.#context;
    const foreignBundles: Record<string, string> = {};
    for (const trustDomain of setting.federatesWith ?? []) {
      // Another SPIRE stands there; all that is ever seen of it is its bundle.
      const other = await createSpire({ clock, seed: seed.fork(trustDomain), journal, trustDomain });
      foreignBundles[trustDomain] = other.bundleDocument;
      await other.stop();
    }
    return { ...spireOptions(setting), foreignBundles };
  }

  async #listen(
    spire: Spire,
    setting: SpireSetting,
    before: ReadonlyMap<string, string>,
  ): Promise<ReadonlyMap<string, WorkloadSocket>> {
    const sockets = new Map<string, WorkloadSocket>();
    const workloads = workloadsOf(setting);
    for (const { name, spec, socket } of workloads) {
      const path = socket ?? join(this.#context.folder.path(), `${workloads.length === 1 ? "spire" : name}.sock`);
      sockets.set(name, await spire.listen({ path }, spec));
    }
    const [first] = workloads;
    if (setting.listen !== undefined && first !== undefined) {
      const { host, port } = parseAddress(setting.listen);
      const known = Number(/:(\d+)$/.exec(before.get("tcp") ?? "")?.[1] ?? port);
      sockets.set("tcp", await spire.listen({ host, port: known }, first.spec));
    }
    return sockets;
  }

  /** An admin socket is never in the folder of the public one: the agent would not start. */
  async #listenAdmin(spire: Spire, setting: SpireSetting): Promise<ReadonlyMap<string, WorkloadSocket>> {
    const sockets = new Map<string, WorkloadSocket>();
    for (const { name, spec, adminSocket } of workloadsOf(setting)) {
      if (adminSocket === undefined) continue;
      const path = adminSocket === true ? join(this.#context.folder.path(), "admin", `${name}.sock`) : adminSocket;
      sockets.set(name, await spire.listenAdmin({ path }, spec));
    }
    return sockets;
  }

  #configured(): Running {
    if (this.#running !== undefined) return this.#running;
    throw new MistrustError("MISTRUST_INTERNAL", "the fake SPIRE is not configured yet");
  }
}

function socketOf(sockets: ReadonlyMap<string, WorkloadSocket>, name: string | undefined, what: string): string {
  const socket = name === undefined ? [...sockets.values()][0] : sockets.get(name);
  if (socket !== undefined) return socket.uri;
  const sentence = name === undefined ? `SPIRE has no ${what}` : `SPIRE has no ${what} "${name}"`;
  throw new MistrustError("MISTRUST_FAKE_ABSENT", sentence, {
    remedy: sockets.size === 0 ? "add one to world.spire.workloads" : `it has ${[...sockets.keys()].join(", ")}`,
  });
}

/** Its sockets come with its configuration: nothing of a trust domain can be told before. */
export function startSpire(context: FakeContext): SpireFake {
  return new SpireFake(context);
}

/** Can the entries be told apart by their SPIFFE IDs, by which a running agent's entries are changed? */
function areTold(setting: SpireSetting): boolean {
  const ids = entriesOf(setting).map(({ spiffeId }) => spiffeId);
  return new Set(ids).size === ids.length;
}

/** Entries as an operator changes them: what is no longer there is deleted, the rest is created or updated. */
async function reconcile(spire: Spire, before: SpireSetting, after: SpireSetting): Promise<void> {
  const old = new Map(entriesOf(before).map((entry) => [entry.spiffeId, entry]));
  const wanted = entriesOf(after);
  for (const id of old.keys()) if (!wanted.some((entry) => entry.spiffeId === id)) spire.removeEntry(id);
  for (const entry of wanted) {
    const known = old.get(entry.spiffeId);
    if (known !== undefined && known.entryId !== entry.entryId) spire.removeEntry(entry.spiffeId);
    if (known === undefined || known.entryId !== entry.entryId) await spire.addEntry(entry);
    else if (!same(known, entry)) await spire.updateEntry(entry);
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
