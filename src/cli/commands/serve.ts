import type { Command } from "commander";
import { announce, LabRegistry, startControl } from "../../control/index.js";
import { type Lab, startLab } from "../../lab/index.js";
import { splitVariant } from "../../scenario/index.js";
import { newCommand, outputOf } from "../command.js";
import type { Output } from "../output.js";
import { servePage } from "../serve-page.js";
import { untilSignal } from "../until-signal.js";
import { addWorldOptions, labOptions, type WorldOptions } from "../world-options.js";
import { writeFiles } from "../write-files.js";

interface Options extends WorldOptions {
  readonly output: string;
}

export function command(): Command {
  return addWorldOptions(
    newCommand("serve", "start labs and keep them running until Ctrl-C")
      .argument(
        "[scenarios...]",
        "ids, ID@variant, or paths of scenario files; a Vault and a Kubernetes API to play with if left out",
      )
      .option("--audit", "print Vault's audit log as it is written")
      .option("--control-port <port>", "port of the control API on 127.0.0.1; a free one if left out"),
  ).action(async (targets: string[], options: Options & { controlPort?: string }) => {
    const stopped = untilSignal();
    const labs = new LabRegistry();
    const started: Lab[] = [];
    try {
      for (const target of targets.length === 0 ? [undefined] : targets) {
        const lab = await start(target, options);
        started.push(lab);
        labs.add(lab);
        await writeFiles(lab, options.write);
      }
      await using control = await startControl({
        labs,
        ...(options.controlPort !== undefined && { port: Number(options.controlPort) }),
      });
      const takeBack = announce(control.url);
      process.once("exit", takeBack);
      tell(labs, control.url, options);
      for (const lab of started) void lab.warmUp();
      if (options.audit === true) for (const lab of started) printAudit(lab, outputOf(options));
      await stopped;
      takeBack();
    } finally {
      await Promise.all(started.map((lab) => lab.stop()));
    }
  });
}

async function start(target: string | undefined, options: Options): Promise<Lab> {
  if (target === undefined) return await startLab(undefined, labOptions(options, undefined));
  const { scenario, variant } = splitVariant(target);
  return await startLab(scenario, labOptions(options, variant));
}

/** The lines that Vault's audit devices write to standard output. They are JSON, and so fit into any output. */
function printAudit({ journal }: Lab, output: Output): void {
  journal.subscribe((event) => {
    if (event.type === "audit" && event.target === "stdout") output.print(event.line);
  });
}

function tell(labs: LabRegistry, control: string, options: Options): void {
  const output = outputOf(options);
  for (const [id, lab] of labs.entries()) {
    const env = { ...lab.env(), MISTRUST_CONTROL: control };
    if (output.json) {
      output.data({
        lab: id,
        scenario: lab.scenario?.id ?? null,
        variant: lab.variant ?? null,
        fakes: lab.addresses(),
        control,
        env,
        pid: process.pid,
      });
    } else {
      output.print(servePage(lab, env, output));
    }
  }
}
