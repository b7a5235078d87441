import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { median, type Row } from "./report.js";
import { openStreams } from "./sds-client.js";
import type { ServerKind, ServerReply, ServerRequest } from "./sds.worker.js";

const CONNECTIONS = 10;
const AT_ONCE = 50;
const PUSHES = 5;
/** Streams that come and go before anything is measured, since the first ones pay for loading the server's code. */
const WARM_UP = 100;
/** For the server to notice that they have gone. */
const SETTLE_MS = 500;
const RUNS: Readonly<Record<number, number>> = { 1_000: 7, 5_000: 3 };

/** What a real SPIRE 1.15 agent does on a like machine, with as many connections and as many streams opening at once. */
const REAL = { p50: 22, p99: 59, all: 500, residentMb: 97 } as const;

/** Times are ms, memory is bytes. */
interface Measured {
  readonly p50: number;
  readonly p99: number;
  /** From the first call to the last stream's first secret. */
  readonly all: number;
  /** From a rotation to the last stream that has it. */
  readonly push: number;
  /** µs of the server's CPU time for each stream. */
  readonly opening: number;
  readonly pushing: number;
  readonly perStream: number;
  readonly resident: number;
}

/** Many StreamSecrets calls on one socket, beside a bare grpc-js server that sends the same bytes. */
export async function sds(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [streams, runs] of Object.entries(RUNS)) rows.push(...(await compare(Number(streams), runs)));
  return rows;
}

async function compare(streams: number, runs: number): Promise<Row[]> {
  const measured: Record<ServerKind, Measured[]> = { bare: [], ours: [] };
  // In turns, so that whatever else the machine does meets both.
  for (let run = 0; run < runs; run++) {
    for (const kind of ["bare", "ours"] as const) measured[kind].push(await measure(kind, streams));
  }
  const row = (what: string, unit: string, of: (one: Measured) => number, real?: number): Row => {
    const [ours, floor] = [measured.ours.map(of), measured.bare.map(of)];
    const ratio = median(ours.map((value, run) => value / (floor[run] ?? Number.NaN)));
    const limit = streams === 1_000 ? real : undefined;
    const met = ratio <= 1.3 && (limit === undefined || median(ours) < limit);
    const aim = limit === undefined ? "≤ 1.3 × floor" : `≤ 1.3 × floor, < ${limit} ${unit}`;
    const title = `${streams.toLocaleString("en")} streams, ${what}`;
    return { what: title, ours: median(ours), floor: median(floor), ratio, unit, aim, met };
  };
  return [
    row("first secret, p50", "ms", ({ p50 }) => p50, REAL.p50),
    row("first secret, p99", "ms", ({ p99 }) => p99, REAL.p99),
    row("all have their secret", "ms", ({ all }) => all, REAL.all),
    row("push of a rotation to all", "ms", ({ push }) => push),
    row("CPU to open a stream", "µs", ({ opening }) => opening),
    row("CPU to push to a stream", "µs", ({ pushing }) => pushing),
    row("memory per stream", "kB", ({ perStream }) => perStream / 1_000),
    row("memory of the process", "MB", ({ resident }) => resident / 1e6, REAL.residentMb),
  ];
}

async function measure(kind: ServerKind, streams: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const socket = join(folder, "socket");
  const program = fileURLToPath(new URL("./sds.worker.js", import.meta.url));
  const server = fork(program, [kind, socket], { execArgv: ["--expose-gc"] });
  try {
    await once(server, "message");
    const connection = { socket, connections: CONNECTIONS, atOnce: AT_ONCE };
    (await openStreams({ ...connection, streams: WARM_UP })).close();
    await setTimeout(SETTLE_MS);
    const before = await ask(server, "memory");
    const client = await openStreams({ ...connection, streams });
    const after = await ask(server, "memory");
    const opening = (after.asked - before.cleaned) / streams;
    const pushes: number[] = [];
    const taken: number[] = [];
    let last = after;
    for (let i = 0; i < PUSHES; i++) {
      const arrived = client.nextPush();
      const started = performance.now();
      server.send("push" satisfies ServerRequest);
      await arrived;
      pushes.push(performance.now() - started);
      const now = await ask(server, "memory");
      taken.push((now.asked - last.cleaned) / streams);
      last = now;
    }
    client.close();
    const { p50, p99, all } = client;
    const perStream = (after.used - before.used) / streams;
    return {
      p50,
      p99,
      all,
      push: median(pushes),
      opening,
      pushing: median(taken),
      perStream,
      resident: after.resident,
    };
  } finally {
    server.kill();
    await once(server, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(server: ChildProcess, request: ServerRequest): Promise<ServerReply> {
  server.send(request);
  const [reply] = (await once(server, "message")) as [ServerReply];
  return reply;
}
