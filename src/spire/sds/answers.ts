import type { Agent } from "../agent.js";
import type { WorkloadView } from "../manager.js";
import type { Node } from "../../transport/grpc/sds-messages.js";
import { decideNames, type NamesDecision } from "./names.js";
import type { Secrets } from "./secrets.js";
import { type StyleChoice, styleFor } from "./style.js";

/** What a client asks for; the same object for all who ask alike. */
export interface Question {
  readonly names: readonly string[];
  readonly choice: StyleChoice;
}

/** Decisions about names, each made once per view: a thousand streams that ask alike share one. */
export class Answers {
  readonly #lists = new Map<string, readonly string[]>();
  /** By list, then by why bundles are sent as they are. */
  readonly #questions = new WeakMap<readonly string[], Map<string, Question>>();
  readonly #made = new WeakMap<WorkloadView, Map<Question, NamesDecision>>();

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

  /** @param names a shared list */
  question(names: readonly string[], node: Node | null): Question {
    const choice = styleFor(this.agent, node);
    let asked = this.#questions.get(names);
    if (asked === undefined) this.#questions.set(names, (asked = new Map<string, Question>()));
    const known = asked.get(choice.why);
    if (known !== undefined) return known;
    const question = { names, choice };
    asked.set(choice.why, question);
    return question;
  }

  for(view: WorkloadView, question: Question): NamesDecision {
    let made = this.#made.get(view);
    if (made === undefined) this.#made.set(view, (made = new Map<Question, NamesDecision>()));
    const known = made.get(question);
    if (known !== undefined) return known;
    const decision = decideNames(this.agent, view, question.names, question.choice, this.secrets);
    made.set(question, decision);
    return decision;
  }
}
