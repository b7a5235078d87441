import type { Journal, ServerName } from "../../journal/index.js";
import type { Authority } from "../../pki/index.js";
import type { LabClock, Seed } from "../../runtime/index.js";
import type { TemplateId, TemplateLookup, TemplateUse, World } from "../../scenario/index.js";
import type { FaultBoard } from "../faults.js";
import type { PrivateFolder } from "../folder.js";

/** What a lab lends to each of its fakes. */
export interface FakeContext {
  readonly clock: LabClock;
  readonly seed: Seed;
  readonly journal: Journal;
  /** The lab's CA, made when first asked for. */
  authority(): Authority;
  readonly folder: PrivateFolder;
  readonly faults: FaultBoard;
}

/** What the fakes of a lab are to become. */
export interface Plan {
  readonly world: World;
  readonly lookup: TemplateLookup;
  /** Every template in the experiment, for values that need time to be made. */
  readonly uses: readonly TemplateUse[];
  /** Begin anew, even where nothing changes. Otherwise a fake whose part stays the same stays as it is. */
  readonly fresh: boolean;
  /** Products that run in the cluster, as the scenario's clients name them. */
  readonly products: readonly string[];
}

/** A fake in a running lab, started by its own `start…` function. All of a lab's fakes listen before any is configured,
 * since they name each other's addresses. Its addresses are fixed when it starts; what is behind them can be replaced at any time. */
export interface Fake {
  readonly name: ServerName;
  /** Takes on its part of the world: fresh state behind the same addresses. */
  configure(plan: Plan): Promise<void>;
  /** The value of a template that this fake stands for; `undefined` for the others. */
  lookup(name: TemplateId, argument: string): string | undefined;
  /** What programs find in their environment. Files that it names are written to `folder` now. */
  env(folder: PrivateFolder): Readonly<Record<string, string>>;
  /** Where it can be reached, for people. */
  addresses(): Readonly<Record<string, string>>;
  stop(): Promise<void>;
}
