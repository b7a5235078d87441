import { connect, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import type { LoadJob, LoadResult } from "./load.js";

/** Sends the same request over a few keep-alive connections, one at a time on each, and counts the answers. */
const job = workerData as LoadJob;
const request = Buffer.from(job.request);
const latencies: number[] = [];
let done = 0;
let failed = 0;

function drive(socket: Socket, until: number, finish: () => void): void {
  let sentAt = 0;
  let pending = "";
  const send = (): void => {
    sentAt = performance.now();
    socket.write(request);
  };
  socket.on("data", (chunk: Buffer) => {
    pending += chunk.toString("latin1");
    const head = pending.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? 0);
    if (pending.length < head + 4 + length) return;
    if (!pending.startsWith(`HTTP/1.1 ${job.status}`)) failed++;
    pending = "";
    done++;
    latencies.push(performance.now() - sentAt);
    if (performance.now() < until) send();
    else {
      socket.destroy();
      finish();
    }
  });
  socket.on("connect", send);
}

const started = performance.now();
const until = started + job.seconds * 1_000;
await Promise.all(
  Array.from(
    { length: job.connections },
    () => new Promise<void>((resolve) => drive(connect(job.port, job.host).setNoDelay(), until, resolve)),
  ),
);
latencies.sort((a, b) => a - b);
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
const result: LoadResult = {
  perSecond: (done * 1_000) / (performance.now() - started),
  p50: at(0.5),
  p99: at(0.99),
  failed,
};
parentPort?.postMessage(result);
