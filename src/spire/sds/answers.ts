import type { Agent } from "../agent.js";
import type { WorkloadView } from "../manager.js";
import type { Node } from "../../transport/grpc/sds-messages.js";
import { decideNames, type NamesDecision } from "./names.js";
import type { Secrets } from "./secrets.js";
import { type StyleChoice, styleFor } from "./style.js";

/** What a client asks for, made ready for looking up the answer again and again. */
export interface Question {
  readonly names: readonly string[];
  readonly choice: StyleChoice;
  readonly key: string;
}

/** Decisions about names, each made once per view: a thousand streams that ask alike share one. */
export class Answers {
  readonly #questions = new Map<string, Question>();
  readonly #lists = new Map<string, readonly string[]>();
  readonly #made = new WeakMap<WorkloadView, Map<string, NamesDecision>>();

  constructor(
    readonly agent: Agent,
    readonly secrets: Secrets,
  ) {}

  /** One list of names for all who ask for the same ones. */
  shared(names: readonly string[]): readonly string[] {
    const key = JSON.stringify(names);
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const list = [...names];
    this.#lists.set(key, list);
    return list;
  }

  sharedType(typeUrl: string): string {
    return typeUrl === this.secrets.type ? this.secrets.type : typeUrl;
  }

  question(names: readonly string[], node: Node | null): Question {
    const choice = styleFor(this.agent, node);
    const key = JSON.stringify([choice, ...names]);
    const known = this.#questions.get(key);
    if (known !== undefined) return known;
    const question = { names, choice, key };
    this.#questions.set(key, question);
    return question;
  }

  for(view: WorkloadView, { names, choice, key }: Question): NamesDecision {
    let made = this.#made.get(view);
    if (made === undefined) this.#made.set(view, (made = new Map<string, NamesDecision>()));
    const known = made.get(key);
    if (known !== undefined) return known;
    const decision = decideNames(this.agent, view, names, choice, this.secrets);
    made.set(key, decision);
    return decision;
  }
}
