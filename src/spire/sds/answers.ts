import type { Agent } from "../agent.js";
import type { WorkloadView } from "../manager.js";
import type { Node } from "../../transport/grpc/sds-messages.js";
import { decideNames, type NamesDecision } from "./names.js";
import type { Secrets } from "./secrets.js";
import { styleFor } from "./style.js";

/** Decisions about names, each made once per view: a thousand streams that ask alike share one. */
export class Answers {
  readonly #made = new WeakMap<WorkloadView, Map<string, NamesDecision>>();

  constructor(
    readonly agent: Agent,
    readonly secrets: Secrets,
  ) {}

  for(view: WorkloadView, names: readonly string[], node: Node | null): NamesDecision {
    const choice = styleFor(this.agent, node);
    const made = this.#made.get(view) ?? new Map<string, NamesDecision>();
    this.#made.set(view, made);
    const key = JSON.stringify([choice, ...names]);
    const known = made.get(key);
    if (known !== undefined) return known;
    const decision = decideNames(this.agent, view, names, choice, this.secrets);
    made.set(key, decision);
    return decision;
  }
}
