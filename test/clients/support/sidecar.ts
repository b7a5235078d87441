import { join } from "node:path";
import { cluster, downstreamTls, Envoy, listener, secret, upstreamTls } from "./envoy.js";
import type { Tool } from "./tools.js";

/** The release of Envoy that the tests run, as PyPI has it. */
export const ENVOY = "1.40.0";

const WEB = "spiffe://example.org/ns/default/sa/web";

/** The proxy's own secrets, for which it waits as long as it takes. */
const own = {
  certificate: secret("default", "sds-grpc", "0s"),
  roots: secret("ROOTCA", "sds-grpc", "0s"),
  name: { san_type: "URI", exact: WEB },
} as const;

/**
 * A sidecar: it serves mTLS with its SVID, and calls itself in the same way.
 * @param sds clusters that secrets come from, and the sockets behind them; `sds-grpc` has its own secrets
 */
export async function sidecar(tool: Tool, folder: string, sds: Readonly<Record<string, string>>): Promise<Envoy> {
  const path = (name: string): string => join(folder, name);
  const sockets = Object.fromEntries(Object.entries(sds).map(([name, url]) => [name, url.replace("unix://", "")]));
  return await Envoy.start({
    program: "path" in tool ? tool.path : "",
    folder,
    sds: sockets,
    clusters: [cluster("self", path("inbound.sock"), upstreamTls("web", own))],
    listeners: [
      listener(path("inbound.sock"), { "/self": { says: "hello from web" } }, downstreamTls(own)),
      listener(path("outbound.sock"), { "/self": { cluster: "self" }, "/api": { cluster: "api" } }),
    ],
  });
}

/** What istiod makes of the DestinationRule for a server outside; Istio leaves the timeout at Envoy's 15 s. */
export function outside(folder: string, from: string): Readonly<Record<string, unknown>> {
  return cluster(
    "api",
    join(folder, "api.sock"),
    upstreamTls("api.example.com", {
      roots: secret("file-root:system", from, "3s"),
      name: { san_type: "DNS", exact: "api.example.com" },
    }),
  );
}
