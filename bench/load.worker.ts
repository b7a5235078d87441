import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { LoadJob, LoadResult } from "./load.js";

/** Sends the same request over a few keep-alive connections, one at a time on each, and counts the answers. */
async function run({ host, port, request, status, connections, ms }: LoadJob): Promise<LoadResult> {
  const sockets = Array.from({ length: connections }, () => connect(port, host).setNoDelay());
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const wanted = `HTTP/1.1 ${status}`;
  const started = performance.now();
  const counts = { done: 0, failed: 0 };
  const until = started + ms;
  await Promise.all(sockets.map((socket) => drive(socket, Buffer.from(request), wanted, until, counts)));
  return { ...counts, ms: performance.now() - started };
}

function drive(
  socket: Socket,
  request: Buffer,
  wanted: string,
  until: number,
  counts: { done: number; failed: number },
): Promise<void> {
  return new Promise((resolve) => {
    let pending = "";
    socket.on("data", (chunk: Buffer) => {
      pending += chunk.toString("latin1");
      if (!isWhole(pending)) return;
      if (!pending.startsWith(wanted)) counts.failed++;
      pending = "";
      counts.done++;
      if (performance.now() < until) socket.write(request);
      else {
        socket.destroy();
        resolve();
      }
    });
    socket.write(request);
  });
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf("\r\n\r\n");
  if (head === -1) return false;
  const length = /content-length: (\d+)/i.exec(answer)?.[1];
  return length === undefined ? answer.endsWith("0\r\n\r\n") : answer.length >= head + 4 + Number(length);
}

process.on("message", (job: LoadJob) => {
  void run(job).then((result) => process.send?.(result));
});
