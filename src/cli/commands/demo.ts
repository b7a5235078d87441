import type { Command } from "commander";
import { experimentsOf, type Verified, verify } from "../../lab/index.js";
import { listScenarios } from "../../scenario/index.js";
import { newCommand, outputOf } from "../command.js";
import { summaryLine } from "../results.js";
import { storyLines } from "../story.js";

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
      const results: Verified[] = [];
      for (const scenario of await listScenarios()) {
        const those = await verify(experimentsOf([scenario]), { paint });
        results.push(...those);
        show(`${storyLines(those, paint, output.width).join("\n")}\n\n`);
        for (const { shortfalls } of those)
          for (const { lines } of shortfalls) show(lines.map((line) => `      ${line}`).join("\n"));
      }
      if (output.json) output.data({ passed: results.every((one) => one.passed), results });
      const width = Math.max(...NEXT.map(([line]) => line.length));
      show(`${summaryLine(results, paint)}\n\n${paint.bold("What to type next")} ${paint.dim("(with npx before it)")}`);
      for (const [line, what] of NEXT) show(`  ${paint.cyan(line.padEnd(width))}  ${paint.dim(what)}`);
      if (results.some((one) => !one.passed)) exit(1);
    },
  );
}
