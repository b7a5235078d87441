import type { Lab } from "../lab/index.js";
import { MistrustError, nearest } from "../runtime/index.js";

/** The labs of one process under the names that the control API gives them. */
export class LabRegistry {
  readonly #labs = new Map<string, Lab>();

  /** Names the lab after its scenario's last part (`vault-token-audience`), numbered where that is taken. */
  add(lab: Lab): string {
    const name = lab.scenario === undefined ? "empty" : (lab.scenario.id.split("/").at(-1) ?? lab.scenario.id);
    let id = name;
    for (let n = 2; this.#labs.has(id); n++) id = `${name}-${n}`;
    this.#labs.set(id, lab);
    return id;
  }

  /** @throws MISTRUST_LAB_NOT_FOUND */
  get(id: string): Lab {
    const lab = this.#labs.get(id);
    if (lab !== undefined) return lab;
    const close = nearest(id, this.#labs.keys());
    throw new MistrustError("MISTRUST_LAB_NOT_FOUND", `no lab "${id}" runs here`, {
      remedy:
        close === undefined ? `there are ${[...this.#labs.keys()].join(", ") || "none"}` : `did you mean "${close}"?`,
    });
  }

  entries(): [id: string, lab: Lab][] {
    return [...this.#labs];
  }
}
