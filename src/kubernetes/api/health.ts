import { goQuote } from "../../runtime/index.js";
import type { Answer, Call } from "./call.js";

/** Checks in the order in which a 1.34 server lists them. unverified: the list, from its source; names change by release. */
const CHECKS = [
  "ping",
  "log",
  "etcd",
  "poststarthook/start-apiserver-admission-initializer",
  "poststarthook/generic-apiserver-start-informers",
  "poststarthook/priority-and-fairness-config-consumer",
  "poststarthook/priority-and-fairness-filter",
  "poststarthook/storage-object-count-tracker-hook",
  "poststarthook/start-apiextensions-informers",
  "poststarthook/start-apiextensions-controllers",
  "poststarthook/crd-informer-synced",
  "poststarthook/start-system-namespaces-controller",
  "poststarthook/start-cluster-authentication-info-controller",
  "poststarthook/start-kube-apiserver-identity-lease-controller",
  "poststarthook/start-kube-apiserver-identity-lease-garbage-collector",
  "poststarthook/start-legacy-token-tracking-controller",
  "poststarthook/start-service-ip-repair-controllers",
  "poststarthook/rbac/bootstrap-roles",
  "poststarthook/scheduling/bootstrap-system-priority-classes",
  "poststarthook/priority-and-fairness-config-producer",
  "poststarthook/bootstrap-controller",
  "poststarthook/start-kubernetes-service-cidr-controller",
  "poststarthook/aggregator-reload-proxy-client-cert",
  "poststarthook/start-kube-aggregator-informers",
  "poststarthook/apiservice-status-local-available-controller",
  "poststarthook/apiservice-status-remote-available-controller",
  "poststarthook/apiservice-registration-controller",
  "poststarthook/apiservice-discovery-controller",
  "poststarthook/kube-apiserver-autoregistration",
  "autoregister-completion",
  "poststarthook/apiservice-openapi-controller",
  "poststarthook/apiservice-openapiv3-controller",
] as const;

/** Readiness also looks at these. */
const READY_CHECKS = [
  "ping",
  "log",
  "etcd",
  "etcd-readiness",
  "informer-sync",
  ...CHECKS.slice(3),
  "shutdown",
] as const;

const PLAIN = { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" } as const;

/** `/healthz`, `/livez`, `/readyz` and their single checks. (apiserver: pkg/server/healthz) */
export function healthPath(call: Call): ((asked: Call) => Answer) | undefined {
  const match = /^\/(healthz|livez|readyz)(?:\/(.+))?$/.exec(call.info.path);
  if (match === null) return undefined;
  const [, name = "", check] = match;
  const checks: readonly string[] = name === "readyz" ? READY_CHECKS : CHECKS;
  if (check === undefined) return (asked) => root(asked, name, checks);
  if (!checks.includes(check)) return undefined;
  return () => ({ status: 200, text: "ok", headers: { "Content-Type": PLAIN["Content-Type"] } });
}

function root(call: Call, name: string, checks: readonly string[]): Answer {
  const { query } = call.info;
  if (!query.has("verbose")) return { status: 200, text: "ok", headers: PLAIN };
  const excluded = new Set(query.getAll("exclude"));
  const lines = checks.map((check) => `[+]${check} ${excluded.delete(check) ? "excluded: ok" : "ok"}\n`);
  if (excluded.size > 0) {
    const names = [...excluded].sort().map(goQuote).join(",");
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}\n`);
  }
  return { status: 200, text: `${lines.join("")}${name} check passed\n`, headers: PLAIN };
}
