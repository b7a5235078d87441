import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface LoadJob {
  readonly host: string;
  readonly port: number;
  /** The request as it goes over the wire. */
  readonly request: string;
  /** The status that every answer must have. */
  readonly status: number;
  readonly connections: number;
  readonly ms: number;
}

export interface LoadResult {
  readonly done: number;
  readonly ms: number;
  readonly failed: number;
}

/** What a server got done: by the clock on the wall, and by the time that this process really had a core. */
export interface Rate {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
}

const CONNECTIONS = 16;

/** A client in a process of its own, so that this process's CPU time is the server's alone. */
export class Client implements Disposable {
  readonly #process: ChildProcess = fork(fileURLToPath(new URL("./load.worker.js", import.meta.url)));

  /** Sends one request again and again for a while. */
  async load(url: string, request: LoadRequest, ms: number): Promise<Rate> {
    const { hostname, port } = new URL(url);
    const { status } = request;
    const job: LoadJob = {
      host: hostname,
      port: Number(port),
      request: bytes(request),
      status,
      connections: CONNECTIONS,
      ms,
    };
    const before = process.cpuUsage();
    this.#process.send(job);
    const [result] = (await once(this.#process, "message")) as [LoadResult];
    const { user, system } = process.cpuUsage(before);
    if (result.failed > 0) throw new Error(`${result.failed} answers did not have status ${status}`);
    return { perSecond: (result.done * 1e3) / result.ms, perCpuSecond: (result.done * 1e6) / (user + system) };
  }

  [Symbol.dispose](): void {
    this.#process.kill();
  }
}

function bytes({ method, path, headers = {}, body = "" }: LoadRequest): string {
  const lines = Object.entries({ host: "bench", ...headers, "content-length": String(Buffer.byteLength(body)) });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}
