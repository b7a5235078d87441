import type { SpireOptions } from "./options.js";
import type { Spire } from "./spire.js";

export type {
  AgentSettings,
  EntrySpec,
  RateLimits,
  SdsSettings,
  ServerSettings,
  SocketAddress,
  SpireOptions,
  TcpAddress,
  WorkloadSpec,
} from "./options.js";
export type { Spire, WorkloadSocket } from "./spire.js";
export { hasQuirk, NEWEST, QUIRKS, type Quirk, type QuirkId, type Release, releaseOf } from "./quirks.js";

/**
 * A fake SPIRE, of which nothing listens yet. gRPC and its protos are loaded with the first one.
 * @throws MISTRUST_VERSION_UNKNOWN, MISTRUST_WORLD_REFUSED
 */
export async function createSpire(options: SpireOptions): Promise<Spire> {
  const { Spire } = await import("./spire.js");
  return new Spire(options);
}
