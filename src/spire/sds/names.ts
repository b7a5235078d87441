import type { CheckRecord } from "../../journal/index.js";
import { goQuoteList } from "../../runtime/index.js";
import { type GrpcStatus, status } from "../../transport/grpc/index.js";
import type { Agent } from "../agent.js";
import type { WorkloadView } from "../manager.js";
import type { Secrets } from "./secrets.js";
import type { StyleChoice } from "./style.js";

/** What becomes of a list of resource names. */
export interface NamesDecision {
  /** Serialized resources, in the order in which SPIRE sends them. */
  readonly resources: Buffer;
  /** Names of the resources in the answer. */
  readonly served: readonly string[];
  readonly checks: readonly CheckRecord[];
  /** How the call ends, where a name is refused. */
  readonly refusal?: GrpcStatus;
}

interface Served {
  readonly name: string;
  /** The rule that took the name. */
  readonly rule: string;
  readonly resource: Buffer;
}

export const NAME_CHECK = "resource-name";
const OLD_ENVOY = status("Internal", 'unable to use "SPIFFE validator" on Envoy below 1.17');

/**
 * The rules for resource names, in the order of SPIRE's buildResponse: of the own trust domain, the bundle alias and the
 * all-bundles alias only one is served, an identity answers to its SPIFFE ID or else, being the first, to the alias.
 */
export function decideNames(
  agent: Agent,
  view: WorkloadView,
  asked: readonly string[],
  choice: StyleChoice,
  secrets: Secrets,
): NamesDecision {
  const wanted = new Set(asked.filter((name) => name !== ""));
  const everything = wanted.size === 0;
  const drops = agent.has("sds-unknown-names-are-dropped");
  const left = new Set(wanted);
  const served: Served[] = [];
  const serve = (name: string, rule: string, resource: Buffer): void => {
    served.push({ name, rule, resource });
    if (!drops) left.delete(name);
  };
  const has = (name: string): boolean => everything || left.has(name);

  const { bundle } = view;
  if (has(bundle.id)) serve(bundle.id, "the own trust domain", secrets.bundle(bundle, bundle.id, choice.style));
  else if (left.has(agent.sds.bundle)) {
    serve(
      agent.sds.bundle,
      "default_bundle_name: the own bundle",
      secrets.bundle(bundle, agent.sds.bundle, choice.style),
    );
  } else if (left.has(agent.sds.allBundles) && agent.has("sds-spiffe-validator")) {
    if (choice.style === "trusted-ca") return tooOld(agent.sds.allBundles, choice);
    serve(
      agent.sds.allBundles,
      "default_all_bundles_name: all bundles",
      secrets.allBundles(view, agent.sds.allBundles),
    );
  }
  for (const foreign of view.federated) {
    if (has(foreign.id))
      serve(foreign.id, "a federated trust domain", secrets.bundle(foreign, foreign.id, choice.style));
  }
  for (const [at, identity] of view.identities.entries()) {
    const { spiffeId } = identity.entry;
    if (has(spiffeId)) serve(spiffeId, "the SPIFFE ID of an entry", secrets.certificate(identity, spiffeId));
    else if (at === 0 && left.has(agent.sds.svid)) {
      serve(agent.sds.svid, `default_svid_name: ${spiffeId}`, secrets.certificate(identity, agent.sds.svid));
    }
  }
  return decisionOf(agent, view, wanted, served, choice);
}

function decisionOf(
  agent: Agent,
  view: WorkloadView,
  wanted: ReadonlySet<string>,
  served: readonly Served[],
  choice: StyleChoice,
): NamesDecision {
  const unserved = [...wanted].filter((name) => !served.some((it) => it.name === name)).sort(byBytes);
  const drops = agent.has("sds-unknown-names-are-dropped");
  const checks: CheckRecord[] = [
    { id: "validator-style", outcome: "passed", got: choice.style, note: choice.why },
    ...served.map(({ name, rule }): CheckRecord => ({ id: "resource-name", outcome: "passed", got: name, note: rule })),
    ...unserved.map((name): CheckRecord => {
      if (drops)
        return { id: "resource-name", outcome: "skipped", got: name, note: "this release leaves unknown names out" };
      return {
        id: "resource-name",
        outcome: "refused",
        got: name,
        wanted: knownNames(agent, view).join(", "),
        note: whyNot(agent, view, name),
        remedy: remedyFor(name),
      };
    }),
  ];
  const refused = unserved.length > 0 && !drops;
  return {
    resources: Buffer.concat(served.map(({ resource }) => resource)),
    served: served.map(({ name }) => name),
    checks,
    ...(refused && { refusal: refusalOf(agent, unserved) }),
  };
}

function tooOld(name: string, choice: StyleChoice): NamesDecision {
  const checks: CheckRecord[] = [
    {
      id: "validator-style",
      outcome: "refused",
      wanted: "a client and an agent that use the SPIFFE validator",
      got: choice.style,
      note: `${choice.why}, and ${name} stands for all bundles in one validator`,
      remedy: "ask for the trust domains one by one, or let the SPIFFE validator be used",
    },
  ];
  return { resources: Buffer.alloc(0), served: [], checks, refusal: OLD_ENVOY };
}

function refusalOf(agent: Agent, names: readonly string[]): GrpcStatus {
  const code = agent.has("sds-unknown-name-is-code-unknown") ? "Unknown" : "InvalidArgument";
  if (agent.has("sds-refusal-prints-a-map")) {
    const map = names.map((name) => `${name}:true`).join(" ");
    return status(code, `unable to retrieve all requested identities, missing map[${map}]`);
  }
  return status(code, `workload is not authorized for the requested identities ${goQuoteList(names)}`);
}

/** Every name that this workload could ask for. */
export function knownNames(agent: Agent, view: WorkloadView): string[] {
  const { svid, bundle, allBundles } = agent.sds;
  return [
    bundle,
    view.bundle.id,
    ...(agent.has("sds-spiffe-validator") && allBundles !== bundle ? [allBundles] : []),
    ...view.federated.map(({ id }) => id),
    ...(view.identities.length > 0 ? [svid] : []),
    ...new Set(view.identities.map(({ entry }) => entry.spiffeId)),
  ];
}

function whyNot(agent: Agent, view: WorkloadView, name: string): string {
  if (name.startsWith("file-root:") || name.startsWith("file-cert:")) {
    return "a file name is meant for the istio-agent's SDS server; SPIRE knows SPIFFE IDs, trust domains and its own aliases";
  }
  if (name === agent.sds.svid && view.identities.length === 0) return "no entry's selectors are all among the caller's";
  if (knownNames(agent, view).includes(name)) return "another name of the same request has taken what it stands for";
  return "no SPIFFE ID of the workload, no trust domain it may see, and no alias of the agent";
}

function remedyFor(name: string): string {
  return name.startsWith("file-")
    ? "let the proxy take files from the istio-agent: Istio 1.26 or later, on istiod and on the proxy"
    : "ask for a name that the workload has, or create an entry for it";
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
