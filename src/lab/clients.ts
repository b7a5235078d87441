import type { IstioTarget, Targets } from "../clients/index.js";
import type { Journal } from "../journal/index.js";
import type { Clock } from "../runtime/index.js";
import { type ClientSetting, type Effective, resolve, type TemplateLookup } from "../scenario/index.js";
import { CHARTS } from "./charts.js";
import type { ClientOutcome, Result } from "./expect.js";
import { SHARED_KEYS } from "./keys.js";

export interface ClientSurroundings {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly lookup: TemplateLookup;
  /** The API server, with a bearer token of that service account; absent where the lab has none. */
  kubernetes(account: string | undefined): Promise<Targets["kubernetes"]>;
  /** The workload socket of the lab's SPIRE. */
  readonly workloadSocket?: string;
  readonly istio?: IstioTarget;
}

/** Runs a scenario's client model, then those beside it in their order. */
export async function runClients(
  effective: Effective,
  around: ClientSurroundings,
): Promise<Pick<Result, "client" | "clients">> {
  const since = around.journal.seq;
  const client = effective.client && (await runOne(effective.client, around));
  const clients: Record<string, ClientOutcome> = {};
  for (const [name, setting] of Object.entries(effective.clients ?? {})) clients[name] = await runOne(setting, around);
  await hungUp(around.journal, since);
  return { ...(client !== undefined && { client }), clients };
}

/** Turns of the event loop that a fake may take to notice that a client has hung up. */
const TURNS = 100;

/** A client is done when it has hung up; the fakes write down what they make of that a few turns later. */
async function hungUp(journal: Journal, since: number): Promise<void> {
  const count = (type: "connection" | "disconnect"): number => journal.events({ type }, since).length;
  for (let turn = 0; turn < TURNS && count("disconnect") < count("connection"); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function runOne(setting: ClientSetting, around: ClientSurroundings): Promise<ClientOutcome> {
  const { clock, journal, workloadSocket, istio } = around;
  const kubernetes = await around.kubernetes(setting.serviceAccount ?? CHARTS[setting.product]?.account);
  const { runClient } = await import("../clients/index.js");
  return await runClient(resolve(setting, around.lookup), {
    clock,
    journal,
    keys: SHARED_KEYS,
    ...(kubernetes !== undefined && { kubernetes }),
    ...(workloadSocket !== undefined && { workloadSocket }),
    ...(istio !== undefined && { istio }),
  });
}
