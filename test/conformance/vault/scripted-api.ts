import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { KeyedCertificate } from "../../../src/pki/index.js";
import type { Given, ScriptedReply } from "./transcript.js";

/** A request that the API server got. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

const TOKEN_REVIEWS = "POST /apis/authentication.k8s.io/v1/tokenreviews";
const UNKNOWN: ScriptedReply = {
  status: 404,
  body: {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "the server could not find the requested resource",
    reason: "NotFound",
    details: {},
    code: 404,
  },
};

/** A Kubernetes API server that answers what a transcript tells it to. */
export class ScriptedApi {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #script: { reply: ScriptedReply; left: number }[];
  #seen: Seen[] = [];
  /** How many connections were opened so far. */
  connections = 0;

  private constructor(
    server: Server,
    readonly given: Given["kubernetes"],
    readonly substitute: (value: unknown) => unknown,
  ) {
    this.#server = server;
    this.#script = (given?.tokenReview ?? []).map((reply) => ({ reply, left: reply.times ?? Infinity }));
    server.on("connection", (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.on("request", (request, response) => {
      void readAll(request).then((text) => {
        const reply = this.#answer(request, text);
        if (reply.close === true) return void request.socket.destroy();
        const headers = reply.headers ?? { "Content-Type": "application/json" };
        response.writeHead(reply.status ?? 201, { ...headers });
        response.end(reply.rawBody ?? pythonJson(reply.body ?? {}));
      });
    });
  }

  static async start(
    certificate: KeyedCertificate,
    given: Given["kubernetes"],
    substitute: (value: unknown) => unknown,
  ): Promise<ScriptedApi> {
    const server = createServer({ cert: certificate.certificatePem, key: certificate.keyPem });
    const api = new ScriptedApi(server, given, substitute);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get host(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What came since the last time. */
  take(): Seen[] {
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  #answer(request: IncomingMessage, text: string): ScriptedReply {
    // The server of the recordings took several slashes at the beginning of a path for one.
    const path = (request.url ?? "").replace(/^\/+/, "/");
    const method = request.method ?? "";
    this.#seen.push({ method, path, headers: request.headers, body: parsed(text) });
    const route = this.given?.routes?.[`${method} ${path}`];
    const found = route ?? (`${method} ${path}` === TOKEN_REVIEWS ? this.#next() : undefined) ?? UNKNOWN;
    return this.substitute(found) as ScriptedReply;
  }

  #next(): ScriptedReply | undefined {
    const [first] = this.#script;
    if (first !== undefined && --first.left <= 0 && this.#script.length > 1) this.#script.shift();
    return first?.reply;
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const piece of request) text += String(piece);
  return text;
}

function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** JSON with a blank after each colon and comma, as the server of the recordings wrote it; some error texts quote it. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${pythonJson(item)}`)
    .join(", ")}}`;
}
