import { type Command, InvalidArgumentError } from "commander";
import type { JournalEvent } from "../../journal/index.js";
import { eventLine } from "../../lab/index.js";
import { remoteLab } from "../client.js";
import { newCommand, outputOf } from "../command.js";
import type { Output } from "../output.js";

interface Options {
  readonly output: string;
  readonly lab?: string;
  readonly follow?: boolean;
  readonly after?: number;
  readonly server?: string;
  readonly type?: string;
  readonly request?: string;
  readonly exchange?: number;
}

export function command(): Command {
  return newCommand("journal", "print everything that happened in a running lab, one event to a line")
    .option("--lab <id>", "which lab, where several run")
    .option("-f, --follow", "go on as things happen")
    .option("--after <seq>", "leave out events up to this number", wholeNumber)
    .option("--server <name>", "only events of vault, kubernetes, spire, istio-agent, client or lab")
    .option("--type <type>", "only events of this type, such as request or checks")
    .option("--request <pattern>", 'only requests such as "POST /v1/auth/*"')
    .option("--exchange <number>", "only what belongs to this request", wholeNumber)
    .action(async (options: Options) => {
      const output = outputOf(options);
      const lab = await remoteLab(options.lab);
      const query = new URLSearchParams();
      for (const key of ["follow", "after", "server", "type", "request", "exchange"] as const) {
        if (options[key] !== undefined) query.set(key, String(options[key]));
      }
      await lab.follow(
        `/journal?${query.toString()}`,
        "application/x-ndjson",
        byLine((line) => printEvent(output, line)),
      );
    });
}

function printEvent(output: Output, line: string): void {
  if (output.json) output.print(line);
  else output.print(eventLine(JSON.parse(line) as JournalEvent, output.paint, output.width));
}

function byLine(each: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(each);
  };
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number.");
}
