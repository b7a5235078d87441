import { MistrustError, nearest } from "../runtime/index.js";
import type { Client, ClientModel, ClientReport, Targets } from "./model.js";

export type {
  Client,
  ClientModel,
  ClientReport,
  Condition,
  IstioTarget,
  KubeEvent,
  Manifest,
  Targets,
} from "./model.js";

/** The products that can be played, and where their models are. A model is loaded when it is first asked for. */
const PRODUCTS: Readonly<Record<string, () => Promise<ClientModel>>> = {
  "cert-manager": async () => (await import("./cert-manager/index.js")).certManager,
  "external-secrets": async () => (await import("./external-secrets/index.js")).externalSecrets,
  "istio-proxy": async () => (await import("./istio-proxy/index.js")).istioProxy,
  spiffe: async () => (await import("./spiffe/index.js")).spiffe,
};

/** Names of the products that have a model. */
export const products: readonly string[] = Object.keys(PRODUCTS);

/**
 * The model of a product.
 * @throws MISTRUST_SCENARIO_INVALID for a product that has none
 */
export async function clientModel(product: string): Promise<ClientModel> {
  const load = PRODUCTS[product];
  if (load !== undefined) return await load();
  const near = nearest(product, products);
  throw new MistrustError("MISTRUST_SCENARIO_INVALID", `there is no model of a client "${product}"`, {
    remedy: near === undefined ? `known are ${products.join(", ")}` : `did you mean "${near}"?`,
  });
}

/**
 * Does on the wire what a version of a product does with the user's manifests, and reports what it would show.
 * @throws MISTRUST_SCENARIO_INVALID, MISTRUST_VERSION_UNKNOWN, MISTRUST_MANIFEST_INVALID
 */
export async function runClient(client: Client, targets: Targets): Promise<ClientReport> {
  const model = await clientModel(client.product);
  return await model.run(client, targets);
}
