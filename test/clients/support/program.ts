import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { createInterface } from "node:readline";

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where the lines that matter are written; `stdout` if absent. */
  readonly from?: "stdout" | "stderr";
}

/** A real program at work: what it writes, line by line, in order. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: string[] = [];
  readonly #all: string[] = [];
  readonly #changed = new Set<() => void>();
  #taken = 0;
  #exit: string | undefined;

  constructor(file: string, args: readonly string[], options: ProgramOptions = {}) {
    const { env = {}, from = "stdout" } = options;
    this.#child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    for (const name of ["stdout", "stderr"] as const) {
      createInterface({ input: this.#child[name] }).on("line", (line) => {
        this.#all.push(line);
        if (name === from) this.#lines.push(line);
        this.#tell();
      });
    }
    this.#child.once("close", (code, signal) => {
      this.#exit = `it ended with ${signal ?? code ?? "nothing"}`;
      this.#tell();
    });
    this.#child.once("error", (error) => {
      this.#exit = `it could not be started: ${error.message}`;
      this.#tell();
    });
  }

  /** Everything that it has written so far. */
  get text(): string {
    return this.#all.join("\n");
  }

  /** The first line that `pick` makes something of, after those that were picked or passed over before. */
  async next<T>(what: string, pick: (line: string) => T | undefined, timeoutMs = 25_000): Promise<T> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      while (this.#taken < this.#lines.length) {
        const picked = pick(this.#lines[this.#taken++] ?? "");
        if (picked !== undefined) return picked;
      }
      const why = this.#exit ?? (deadline.aborted ? `${timeoutMs / 1000} s are over` : undefined);
      if (why !== undefined) throw new Error(`${what} did not come: ${why}\n${this.#all.slice(-40).join("\n")}`);
      await this.#change(deadline);
    }
  }

  /** The next line of JSON that has this `step`. */
  async step(step: string): Promise<Step> {
    return await this.next(`"${step}"`, (line) => {
      const said = JSON.parse(line) as Step;
      return said.step === step ? said : undefined;
    });
  }

  /** Writes a line to its input. */
  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#exit !== undefined) return;
    const closed = once(this.#child, "close");
    this.#child.kill(signal);
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await closed;
    clearTimeout(late);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #tell(): void {
    for (const tell of [...this.#changed]) tell();
  }

  #change(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#changed.delete(done);
        deadline.removeEventListener("abort", done);
        resolve();
      };
      this.#changed.add(done);
      deadline.addEventListener("abort", done);
      if (deadline.aborted) done();
    });
  }
}

/** A line of a program that says what it does. */
export interface Step {
  readonly step: string;
  readonly result?: unknown;
  readonly error?: string;
}
