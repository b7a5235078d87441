import { join } from "node:path";
import { MistrustError } from "../../runtime/index.js";
import { resolve, type SpireSetting, type TemplateId } from "../../scenario/index.js";
import { createSpire, type Spire, type SpireOptions, type WorkloadSocket } from "../../spire/index.js";
import { parseAddress } from "./door.js";
import type { Fake, FakeContext, Plan } from "./fake.js";
import { entriesOf, spireOptions, workloadsOf } from "./spire-settings.js";

/** The fake SPIRE of a lab: one trust domain's server and agent, with a socket for each workload. */
export class SpireFake implements Fake {
  readonly name = "spire";
  readonly #context: FakeContext;
  #running:
    | { readonly spire: Spire; readonly sockets: ReadonlyMap<string, WorkloadSocket>; readonly setting: SpireSetting }
    | undefined;

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
    const { sockets } = this.#configured();
    const socket = workload === undefined ? [...sockets.values()][0] : sockets.get(workload);
    if (socket !== undefined) return socket.uri;
    throw new MistrustError("MISTRUST_FAKE_ABSENT", `SPIRE has no workload "${workload ?? ""}"`, {
      remedy: `it has ${[...sockets.keys()].join(", ")}`,
    });
  }

  /** New entries reach open streams; anything else takes an agent that is started anew, over the same sockets. */
  async configure({ world, lookup, fresh }: Plan): Promise<void> {
    const setting = resolve(world.spire ?? {}, lookup);
    const before = this.#running;
    if (before !== undefined && !fresh) {
      if (same(before.setting, setting)) return;
      if (
        same({ ...before.setting, entries: null }, { ...setting, entries: null }) &&
        setting.workloads !== undefined
      ) {
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
      this.#running = { spire, setting, sockets: await this.#listen(spire, setting, ports) };
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
    const { spire, sockets } = this.#configured();
    const named = [...sockets].map(([name, socket]) => [sockets.size === 1 ? "socket" : name, socket.uri] as const);
    return { ...Object.fromEntries(named), "trust domain": spire.trustDomain, version: spire.version };
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
    for (const { name, selectors, socket } of workloads) {
      const path = socket ?? join(this.#context.folder.path(), `${workloads.length === 1 ? "spire" : name}.sock`);
      sockets.set(name, await spire.listen({ path }, { selectors }));
    }
    const [first] = workloads;
    if (setting.listen !== undefined && first !== undefined) {
      const { host, port } = parseAddress(setting.listen);
      const known = Number(/:(\d+)$/.exec(before.get("tcp") ?? "")?.[1] ?? port);
      sockets.set("tcp", await spire.listen({ host, port: known }, { selectors: first.selectors }));
    }
    return sockets;
  }

  #configured(): {
    readonly spire: Spire;
    readonly sockets: ReadonlyMap<string, WorkloadSocket>;
    readonly setting: SpireSetting;
  } {
    if (this.#running !== undefined) return this.#running;
    throw new MistrustError("MISTRUST_INTERNAL", "the fake SPIRE is not configured yet");
  }
}

/** Its sockets come with its configuration: nothing of a trust domain can be told before. */
export function startSpire(context: FakeContext): SpireFake {
  return new SpireFake(context);
}

/** Entries as an operator changes them: what is no longer there is deleted, the rest is created or updated. */
async function reconcile(spire: Spire, before: SpireSetting, after: SpireSetting): Promise<void> {
  const old = new Map(entriesOf(before).map((entry) => [entry.spiffeId, entry]));
  const wanted = entriesOf(after);
  for (const id of old.keys()) if (!wanted.some((entry) => entry.spiffeId === id)) spire.removeEntry(id);
  for (const entry of wanted) {
    const known = old.get(entry.spiffeId);
    if (known === undefined) await spire.addEntry(entry);
    else if (!same(known, entry)) await spire.updateEntry(entry);
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
