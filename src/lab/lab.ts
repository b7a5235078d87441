import type { Journal } from "../journal/index.js";
import { type LabClock, MistrustError, parseGoDuration, type Seed } from "../runtime/index.js";
import {
  applyVariant,
  type Effective,
  mergePatch,
  resolve,
  type Scenario,
  type TemplateLookup,
  templatesIn,
  variantOf,
  type World,
} from "../scenario/index.js";
import type { Bystanders } from "./bystanders.js";
import { runClients } from "./clients.js";
import type { Result } from "./expect.js";
import { type Explanation, explain, type Offer } from "./explain.js";
import type { Fake } from "./fakes/fake.js";
import type { Fakes } from "./fakes/index.js";
import type { FaultBoard } from "./faults.js";
import type { PrivateFolder } from "./folder.js";

/** What `startLab` puts together and hands over. */
export interface LabParts {
  readonly scenario: Scenario | undefined;
  readonly variant: string | undefined;
  /** A merge patch over every world of this lab: what a caller set for itself. */
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly seed: Seed;
  readonly clock: LabClock;
  readonly journal: Journal;
  readonly folder: PrivateFolder;
  readonly faults: FaultBoard;
  readonly bystanders: Bystanders;
  readonly fakes: Fakes;
}

/** A running world: a few listeners, a clock, a journal. Stop it, or let `await using` do so. */
export class Lab implements AsyncDisposable {
  readonly scenario: Scenario | undefined;
  readonly clock: LabClock;
  readonly journal: Journal;
  readonly #parts: LabParts;
  #variant: string | undefined;
  #stopping: Promise<void> | undefined;

  constructor(parts: LabParts) {
    this.#parts = parts;
    this.scenario = parts.scenario;
    this.clock = parts.clock;
    this.journal = parts.journal;
    this.#variant = parts.variant;
  }

  /** Id of the variant that is applied; `undefined` for the scenario as it stands. */
  get variant(): string | undefined {
    return this.#variant;
  }

  /** @throws MISTRUST_FAKE_ABSENT */
  get vault(): NonNullable<Fakes["vault"]> {
    return present("vault", this.#parts.fakes.vault);
  }

  /** @throws MISTRUST_FAKE_ABSENT */
  get kubernetes(): NonNullable<Fakes["kubernetes"]> {
    return present("kubernetes", this.#parts.fakes.kubernetes);
  }

  /** @throws MISTRUST_FAKE_ABSENT */
  get spire(): NonNullable<Fakes["spire"]> {
    return present("spire", this.#parts.fakes.spire);
  }

  /** Makes what the first requests would have to wait for; a long-running lab does so once it listens. */
  async warmUp(): Promise<void> {
    await this.#parts.fakes.kubernetes?.warmUp();
  }

  /** What programs that shall use this lab find in their environment. Files named in it are gone when the lab stops. */
  env(): Readonly<Record<string, string>> {
    const env: Record<string, string> = {};
    for (const fake of this.#fakes()) Object.assign(env, fake.env(this.#parts.folder));
    return env;
  }

  /** Where each fake can be reached. */
  addresses(): Readonly<Record<string, Readonly<Record<string, string>>>> {
    return Object.fromEntries(this.#fakes().map((fake) => [fake.name, fake.addresses()]));
  }

  /**
   * Changes the running world to that of a variant. Addresses stay, and so does each fake whose part of
   * the world does not change.
   * @throws MISTRUST_VARIANT_NOT_FOUND
   */
  async apply(variant: string): Promise<void> {
    if (this.scenario === undefined) {
      throw new MistrustError("MISTRUST_VARIANT_NOT_FOUND", `an empty lab has no variant "${variant}"`);
    }
    variantOf(this.scenario, variant);
    await this.#become(variant, `variant ${variant} applied`, false);
  }

  /** Back to the scenario as it stands, with an empty journal. */
  async reset(): Promise<void> {
    this.journal.clear();
    await this.#become(undefined, "reset", true);
  }

  /** Runs the scenario's client models against this lab and journals what they say. */
  async runClient(): Promise<Pick<Result, "client" | "clients">> {
    const effective = this.effective();
    if (effective === undefined) return { clients: {} };
    const { clock, journal, lookup } = this;
    const { istio, kubernetes, spire } = this.#parts.fakes;
    return await runClients(effective, {
      clock,
      journal,
      lookup,
      kubernetes: async (account) => await kubernetes?.target(account),
      ...(spire !== undefined && effective.world.spire !== undefined && { workloadSocket: spire.url }),
      ...(istio !== undefined && { istio: istio.target() }),
    });
  }

  /** The scenario with the variant that is applied now; `undefined` in an empty lab. */
  effective(): Effective | undefined {
    return this.scenario && applyVariant(this.scenario, this.#variant);
  }

  /** Faults that have struck nothing yet, in words. */
  unusedFaults(): string[] {
    return this.#parts.faults.unused();
  }

  /** What happened so far and why it was refused. */
  explain(): Explanation {
    const { scenario } = this;
    if (scenario === undefined) return explain(this.journal.events());
    return explain(this.journal.events(), {
      id: scenario.id,
      title: scenario.title,
      summary: scenario.summary,
      ...(this.#variant !== undefined && { variant: this.#variant }),
      variants: this.offers(),
    });
  }

  /** The scenario's variants. */
  offers(): Offer[] {
    return (this.scenario?.variants ?? []).map(({ id, kind, by, title, steps = [] }) => ({
      id,
      kind,
      by,
      title,
      steps,
      applied: id === this.#variant,
    }));
  }

  /** The values of `{{templates}}` in this lab. */
  readonly lookup: TemplateLookup = (name, argument) => {
    if (name === "lab.time") return new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    for (const one of [this.#parts.bystanders, ...this.#fakes()]) {
      const value = one.lookup(name, argument);
      if (value !== undefined) return value;
    }
    return undefined;
  };

  /** Stops all listeners, cuts open connections, and removes every file. May be called again. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Puts the world of the variant that is applied behind the fakes' addresses. `startLab` calls it first. */
  async configure(fresh = true): Promise<void> {
    const effective = this.effective();
    const world = worldOf(effective, this.#parts.overrides);
    const { pod } = world.vault ?? {};
    const podToken = pod === undefined ? "" : `{{kubernetes.token.${pod.namespace}/${pod.serviceAccountName}}}`;
    const uses = templatesIn(JSON.stringify({ ...effective, world, podToken }));
    const clients = [effective?.client, ...Object.values(effective?.clients ?? {})];
    const products = clients.flatMap((client) => client?.product ?? []);
    await this.#parts.faults.lay(resolve(effective?.faults ?? [], this.lookup));
    for (const fake of this.#fakes()) await fake.configure({ world, lookup: this.lookup, uses, products, fresh });
    const { advance } = effective?.clock ?? {};
    if (advance !== undefined) await this.clock.advance(parseGoDuration(advance) ?? 0);
  }

  async #become(variant: string | undefined, what: string, fresh: boolean): Promise<void> {
    const before = this.#variant;
    try {
      this.#variant = variant;
      await this.configure(fresh);
    } catch (error) {
      this.#variant = before;
      await this.configure();
      throw error;
    }
    this.journal.append({ server: "lab" }, { type: "lab", what });
  }

  /** In the order in which they are configured: Vault last, since it may ask the others. */
  #fakes(): Fake[] {
    const { istio, kubernetes, spire, vault } = this.#parts.fakes;
    return [kubernetes, spire, istio, vault].filter((fake) => fake !== undefined);
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#fakes().map((fake) => fake.stop()));
    this.clock.stop();
    this.#parts.folder.remove();
  }
}

/** The world of a scenario, or an empty one with a Vault and a Kubernetes to play with, under the caller's own settings. */
export function worldOf(effective: Effective | undefined, overrides: Readonly<Record<string, unknown>>): World {
  const empty: World = { kubernetes: {}, vault: {} };
  // The overrides are typed where they come from (LabOptions), so the merged shape is a world's.
  return mergePatch(effective?.world ?? empty, overrides) as World;
}

function present<T>(name: string, fake: T | undefined): T {
  if (fake !== undefined) return fake;
  throw new MistrustError("MISTRUST_FAKE_ABSENT", `this lab has no ${name}`, {
    remedy: `add "${name}" to the scenario's world`,
  });
}
