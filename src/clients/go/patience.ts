/** How long a second wait for the same silent peer may take, in ms of real time. */
const ONCE_LOST = 500;

/**
 * Real time that stands for a client's own time limits, which are 10 s and more. A peer that was silent once is given
 * less time again, so that three tries do not cost three times as much.
 */
export class Patience {
  #ms: number;

  constructor(ms = 3_000) {
    this.#ms = ms;
  }

  /** Runs `late` if it is not cancelled in time. Returns the function that cancels it. */
  wait(late: () => void): () => void {
    const timer = setTimeout(() => {
      this.#ms = Math.min(this.#ms, ONCE_LOST);
      late();
    }, this.#ms);
    return () => clearTimeout(timer);
  }
}
