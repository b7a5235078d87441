import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Row } from "./report.js";

const ROUNDS = 11;
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  "serve, empty lab": [],
  "serve, a scenario": ["cert-manager/vault-token-audience"],
  "serve, a scenario with a signed token": ["cert-manager/vault-bound-audiences"],
};

/**
 * Process start to the line that says where the servers listen, above what an empty Node takes. The quickest of several
 * runs, taken in turns: what else the machine does can only slow a start down.
 */
export async function startup(root: string): Promise<Row[]> {
  const bare: number[] = [];
  const ours = new Map(Object.keys(TARGETS).map((what) => [what, [] as number[]]));
  for (let i = 0; i < ROUNDS; i++) {
    bare.push(await untilExit(["-e", "0"]));
    for (const [what, args] of Object.entries(TARGETS))
      ours.get(what)?.push(await untilReady([`${root}/dist/cli.js`, "serve", "-o", "json", ...args]));
  }
  const floor = Math.min(...bare);
  return [...ours].map(([what, times]) => {
    const ready = Math.min(...times);
    return { what, ours: ready, floor, unit: "ms", aim: "≤ floor + 100 ms", met: ready - floor <= 100 };
  });
}

async function untilExit(args: readonly string[]): Promise<number> {
  const started = performance.now();
  await once(spawn(process.execPath, args), "exit");
  return performance.now() - started;
}

async function untilReady(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const took = performance.now() - started;
  child.kill("SIGTERM");
  await once(child, "exit");
  return took;
}
