import { Journal } from "../journal/index.js";
import { type Authority, createAuthority } from "../pki/index.js";
import { LabClock, type LabClockOptions, Seed } from "../runtime/index.js";
import {
  applyVariant,
  type Effective,
  type KubernetesSetting,
  findScenario,
  type Scenario,
  type SpireSetting,
  type VaultSetting,
} from "../scenario/index.js";
import { Bystanders } from "./bystanders.js";
import { startFakes } from "./fakes/index.js";
import { FaultBoard } from "./faults.js";
import { PrivateFolder } from "./folder.js";
import { Lab, worldOf } from "./lab.js";

export interface LabOptions {
  /** Id of the variant to start in. */
  readonly variant?: string;
  /** Fixes every id that the fakes draw; the scenario's own, its id, or "mistrust" if absent. Keys are always random. */
  readonly seed?: string;
  readonly clock?: LabClockOptions;
  /** Settings that go over the scenario's, as a JSON merge patch. */
  readonly vault?: Partial<VaultSetting>;
  readonly kubernetes?: Partial<KubernetesSetting>;
  readonly spire?: Partial<SpireSetting>;
  /** How many journal events are kept; 50 000 if absent. */
  readonly journalCapacity?: number;
}

/**
 * Starts a lab and resolves once every listener answers.
 *
 * ```ts
 * await using lab = await startLab("cert-manager/vault-token-audience");
 * process.env.VAULT_ADDR = lab.vault.url;
 * ```
 *
 * @param what a scenario's id, the path of a scenario file, or a scenario; nothing for a Vault and a Kubernetes API to
 * play with
 * @throws MISTRUST_SCENARIO_NOT_FOUND, MISTRUST_SCENARIO_INVALID, MISTRUST_VARIANT_NOT_FOUND, MISTRUST_WORLD_REFUSED,
 * MISTRUST_LISTEN_FAILED
 */
export async function startLab(what?: string | Scenario, options: LabOptions = {}): Promise<Lab> {
  const scenario = typeof what === "string" ? await findScenario(what) : what;
  const effective = scenario && applyVariant(scenario, options.variant);
  const overrides = overridesOf(options);
  const clock = new LabClock(options.clock ?? clockOf(effective));
  const journal = new Journal({
    clock,
    ...(options.journalCapacity !== undefined && { capacity: options.journalCapacity }),
  });
  const seed = new Seed(options.seed ?? effective?.seed ?? scenario?.id ?? "mistrust");
  const folder = new PrivateFolder();
  const faults = new FaultBoard(clock);
  const world = worldOf(effective, overrides);
  let authority: Authority | undefined;
  const fakes = await startFakes(
    {
      clock,
      seed,
      journal,
      folder,
      faults,
      authority: () => (authority ??= createAuthority({ clock, commonName: "mistrust lab CA" })),
    },
    world,
  );
  const bystanders = new Bystanders(clock);
  const parts = { scenario, variant: options.variant, overrides, seed, clock, journal, folder, faults, bystanders };
  const lab = new Lab({ ...parts, fakes });
  try {
    await lab.configure();
  } catch (error) {
    await lab.stop();
    throw error;
  }
  journal.append(
    { server: "lab" },
    { type: "lab", what: "started", ...(scenario !== undefined && { note: scenario.id }) },
  );
  return lab;
}

function overridesOf({ vault, kubernetes, spire }: LabOptions): Readonly<Record<string, unknown>> {
  return {
    ...(vault !== undefined && { vault }),
    ...(kubernetes !== undefined && { kubernetes }),
    ...(spire !== undefined && { spire }),
  };
}

function clockOf(effective: Effective | undefined): LabClockOptions {
  const { start, frozen } = effective?.clock ?? {};
  return { ...(start !== undefined && { startAt: Date.parse(start) }), ...(frozen !== undefined && { frozen }) };
}
