import type { Command } from "commander";
import { experimentsOf, verify } from "../../lab/index.js";
import { listScenarios } from "../../scenario/index.js";
import { newCommand, outputOf } from "../command.js";
import { resultLine, summaryLine } from "../results.js";

const NEXT = [
  ["mistrust show cert-manager/vault-token-audience", "read about one failure"],
  ["mistrust serve cert-manager/vault-token-audience", "break something of your own against it"],
  ["mistrust run cert-manager/vault-token-audience -- COMMAND", "run a test against it, and hear why it fails"],
  ["mistrust serve", "a Vault and a Kubernetes API to play with"],
] as const;

export function command(exit: (code: number) => void): Command {
  return newCommand("demo", "reproduce every documented failure and prove each fix, then say what to type next").action(
    async (options: { output: string }) => {
      const output = outputOf(options);
      const { paint } = output;
      const show = (text: string): void => (output.json ? undefined : output.print(text));
      show(
        `${paint.bold("mistrust")} reproduces documented failures between Vault, SPIRE and their clients, and proves each fix.\n`,
      );
      const results = await verify(experimentsOf(await listScenarios()), {
        paint,
        onResult: (result) => {
          show(resultLine(result, paint));
          for (const { lines } of result.shortfalls) show(lines.map((line) => `      ${line}`).join("\n"));
        },
      });
      if (output.json) output.data({ passed: results.every((one) => one.passed), results });
      const width = Math.max(...NEXT.map(([line]) => line.length));
      show(
        `\n${summaryLine(results, paint)}\n\n${paint.bold("What to type next")} ${paint.dim("(with npx before it)")}`,
      );
      for (const [line, what] of NEXT) show(`  ${paint.cyan(line.padEnd(width))}  ${paint.dim(what)}`);
      if (results.some((one) => !one.passed)) exit(1);
    },
  );
}
