import { spawn } from "node:child_process";
import { once } from "node:events";
import { median, type Row } from "./report.js";

const RUNS = 11;

/** Process start to the line that says where the servers listen, above what an empty Node takes. */
export async function startup(root: string): Promise<Row[]> {
  const cli = `${root}/dist/cli.js`;
  const bare = median(await repeat(() => untilExit(["-e", "0"])));
  const measure = async (what: string, args: readonly string[]): Promise<Row> => {
    const ready = median(await repeat(() => untilReady([cli, "serve", "-o", "json", ...args])));
    const met = ready - bare <= 100;
    return { what, ours: ready, floor: bare, unit: "ms", aim: "≤ floor + 100 ms", met };
  };
  return [
    await measure("serve, empty lab", []),
    await measure("serve cert-manager/vault-token-audience", ["cert-manager/vault-token-audience"]),
  ];
}

async function repeat(run: () => Promise<number>): Promise<number[]> {
  await run();
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push(await run());
  return times;
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
