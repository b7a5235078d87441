import type { IstioAgent } from "./agent.js";
import type { IstioAgentOptions } from "./options.js";

export type { AgentSockets, IstioAgent } from "./agent.js";
export {
  clusterReferences,
  type ClientTls,
  listenerReferences,
  type Naming,
  namingOf,
  type SecretReference,
  type SecretSource,
  type ServerTls,
  workloadReferences,
} from "./names.js";
export { type IstioAgentOptions, type IstioSettings, SYSTEM_ROOTS } from "./options.js";
export { hasQuirk, QUIRKS, type Quirk, type QuirkId, type Release, releaseOf } from "./quirks.js";

/**
 * Starts the SDS server of a proxy's istio-agent, if it has one.
 * @throws MISTRUST_VERSION_UNKNOWN, MISTRUST_SOCKET_PATH_TOO_LONG, MISTRUST_LISTEN_FAILED
 */
export async function createIstioAgent(options: IstioAgentOptions): Promise<IstioAgent> {
  const { IstioAgent } = await import("./agent.js");
  const agent = new IstioAgent(options);
  await agent.start();
  return agent;
}
