import { Worker } from "node:worker_threads";

export interface LoadJob {
  readonly host: string;
  readonly port: number;
  /** The request as it goes over the wire. */
  readonly request: string;
  /** The status that every answer must have. */
  readonly status: number;
  readonly connections: number;
  readonly seconds: number;
}

/** Rates are per second, latencies ms. */
export interface LoadResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/** Runs a load from a thread of its own, so that the server keeps the main thread's core. */
export async function load(url: string, request: LoadRequest, seconds: number, connections = 16): Promise<LoadResult> {
  const { hostname, port } = new URL(url);
  const job: LoadJob = {
    host: hostname,
    port: Number(port),
    request: bytes(request),
    status: request.status,
    connections,
    seconds,
  };
  return await new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./load.worker.js", import.meta.url), { workerData: job });
    worker.once("message", (result: LoadResult) => {
      if (result.failed > 0) reject(new Error(`${result.failed} answers did not have status ${request.status}`));
      else resolve(result);
    });
    worker.once("error", reject);
  });
}

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
}

function bytes({ method, path, headers = {}, body = "" }: LoadRequest): string {
  const lines = Object.entries({ host: "bench", ...headers, "content-length": String(Buffer.byteLength(body)) });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}
