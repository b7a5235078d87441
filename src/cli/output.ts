import { ansi, type Paint, plain } from "../lab/index.js";

/** Where a command's words go. Results to standard output, everything else to standard error. */
export interface Output {
  readonly json: boolean;
  readonly paint: Paint;
  /** Of standard error, for what `note` prints. */
  readonly notePaint: Paint;
  /** Columns. */
  readonly width: number;
  /** Is somebody watching standard error? Then progress may be shown. */
  readonly interactive: boolean;
  /** One result as a line of JSON. */
  data(value: unknown): void;
  /** Text for people, on standard output. */
  print(text: string): void;
  /** Text beside the result, on standard error. */
  note(text: string): void;
}

export function createOutput(json: boolean, env: NodeJS.ProcessEnv = process.env): Output {
  return {
    json,
    paint: colours(process.stdout, env) && !json ? ansi : plain,
    notePaint: colours(process.stderr, env) ? ansi : plain,
    width: Math.min(process.stdout.columns || process.stderr.columns || 100, 120),
    interactive: process.stderr.isTTY && env.CI === undefined,
    data: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    print: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    note: (text) => void process.stderr.write(text.endsWith("\n") ? text : `${text}\n`),
  };
}

/** https://no-color.org: any value but the empty one turns colours off. FORCE_COLOR turns them on in a pipe. */
function colours(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if ((env.NO_COLOR ?? "") !== "") return false;
  if ((env.FORCE_COLOR ?? "") !== "") return env.FORCE_COLOR !== "0";
  return stream.isTTY && env.TERM !== "dumb";
}
