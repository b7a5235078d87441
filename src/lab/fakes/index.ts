import type { World } from "../../scenario/index.js";
import { SHARED_KEYS } from "../keys.js";
import type { FakeContext } from "./fake.js";
import type { IstioFake } from "./istio.js";
import type { ApiServer } from "./kubernetes.js";
import type { SpireFake } from "./spire.js";
import type { VaultFake } from "./vault.js";

/** The fakes of one lab. */
export interface Fakes {
  readonly istio?: IstioFake;
  readonly kubernetes?: ApiServer;
  readonly spire?: SpireFake;
  readonly vault?: VaultFake;
}

function holdsSignedTokens(world: World): boolean {
  return /\{\{\s*kubernetes\.(?:token|shortToken|key)/.test(JSON.stringify(world));
}

/** Starts the listeners of every fake that the world has. Their code is loaded only then. */
export async function startFakes(context: FakeContext, world: World): Promise<Fakes> {
  // What signs them is made beside the event loop, while the code of the fakes is being loaded.
  if (world.kubernetes?.external === undefined && holdsSignedTokens(world)) void SHARED_KEYS.rsaAside();
  const starting = {
    istio: world.istio && import("./istio.js").then((fake) => fake.startIstio(context)),
    kubernetes: world.kubernetes && import("./kubernetes.js").then((fake) => fake.startKubernetes(context, world)),
    spire: world.spire && import("./spire.js").then((fake) => fake.startSpire(context)),
    vault: world.vault && import("./vault.js").then((fake) => fake.startVault(context, world)),
  };
  const settled = await Promise.allSettled(Object.values(starting).filter((one) => one !== undefined));
  const failed = settled.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    for (const one of settled) if (one.status === "fulfilled") await one.value.stop();
    throw failed.reason;
  }
  const [istio, kubernetes, spire, vault] = await Promise.all([
    starting.istio,
    starting.kubernetes,
    starting.spire,
    starting.vault,
  ]);
  return {
    ...(istio !== undefined && { istio }),
    ...(kubernetes !== undefined && { kubernetes }),
    ...(spire !== undefined && { spire }),
    ...(vault !== undefined && { vault }),
  };
}
