import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, createSecureContext, rootCertificates, type TLSSocket } from "node:tls";
import { gunzipSync } from "node:zlib";
import { type Certificate, connectionError, parsePemBundle, peerChain, verifyServerChain } from "../../../go/index.js";
import { goQuote } from "../../../runtime/index.js";

/** An answer of the API server; the body is text, whatever it claims to be. */
export interface ApiReply {
  readonly status: number;
  readonly body: string;
}

export interface ApiServerOptions {
  /** As in kubernetes_host. */
  readonly host: string;
  /** PEM; `undefined` trusts the system's pool. */
  readonly ca: string | undefined;
  /** ms since the epoch, by which certificates are judged. */
  now(): number;
  /** The Go that this Vault was built with, such as `1.24`. */
  readonly go: string;
}

/** A call that brought no HTTP answer, in the words of Go's net/http. */
export class ApiCallError extends Error {
  override readonly name = "ApiCallError";
}

/** Go's http.Transport gives a request as long as its caller does; Vault's callers get 90 s. */
const TIMEOUT_MS = 90_000;

/**
 * The way to one Kubernetes API server: kept-alive connections, TLS 1.2 or newer, certificates verified as Go does it
 * before anything is sent. It has no timers of its own and its idle connections keep no process alive.
 */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https: VerifyingAgent;
  readonly #targets = new Map<string, Target>();

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#https = new VerifyingAgent(options);
  }

  /** @throws ApiCallError */
  get(path: string, bearer: string): Promise<ApiReply> {
    return this.#call("GET", path, bearer);
  }

  /** @throws ApiCallError */
  post(path: string, bearer: string, body: string): Promise<ApiReply> {
    return this.#call("POST", path, bearer, body);
  }

  #learn(path: string, target: Target): Target {
    // Paths name namespaces and accounts, so there may be many of them.
    if (this.#targets.size < 100) this.#targets.set(path, target);
    return target;
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  async #call(method: "GET" | "POST", path: string, bearer: string, body?: string): Promise<ApiReply> {
    const url = `${this.#options.host.replace(/\/$/, "")}${path}`;
    const target = this.#targets.get(path) ?? this.#learn(path, readTarget(url, method));
    try {
      return await this.#send(target, method, bearer, body);
    } catch (error) {
      const words = error instanceof ApiCallError ? error.message : connectionError(asError(error), target);
      throw new ApiCallError(`${method === "GET" ? "Get" : "Post"} ${goQuote(url)}: ${words}`);
    }
  }

  #send(target: Target, method: string, bearer: string, body: string | undefined, again = true): Promise<ApiReply> {
    return new Promise((resolve, reject) => {
      const options = {
        method,
        host: target.host,
        port: target.port,
        path: target.path,
        headers: headersOf(target, bearer, body),
        setHost: false,
      };
      const request = target.secure
        ? httpsRequest({ ...options, agent: this.#https })
        : httpRequest({ ...options, agent: this.#http });
      request.setTimeout(TIMEOUT_MS, () => request.destroy(new ApiCallError("context deadline exceeded")));
      request.once("response", (response) => void collect(response).then(resolve, reject));
      request.once("error", (error) => {
        // The server closed an idle connection at the moment it was used: Go opens another one.
        if (again && wasIdle(request, error)) resolve(this.#send(target, method, bearer, body, false));
        else reject(error);
      });
      request.end(body);
    });
  }
}

function wasIdle(request: ClientRequest, error: Error): boolean {
  return request.reusedSocket && "code" in error && error.code === "ECONNRESET";
}

function headersOf(target: Target, bearer: string, body: string | undefined): Record<string, string> {
  return {
    Host: target.authority,
    "User-Agent": "Go-http-client/1.1",
    ...(body !== undefined && { "Content-Length": String(Buffer.byteLength(body)) }),
    Accept: "application/json",
    Authorization: `Bearer ${bearer}`.trim(),
    "Content-Type": "application/json",
    "Accept-Encoding": "gzip",
  };
}

async function collect(response: IncomingMessage): Promise<ApiReply> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    response.on("data", (chunk: Buffer) => void chunks.push(chunk));
    response.once("end", resolve);
    response.once("error", () => reject(new ApiCallError("unexpected EOF")));
  });
  const raw = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  const body = response.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
  return { status: response.statusCode ?? 0, body: body.toString() };
}

interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The URL's authority as written, for the Host header. */
  readonly authority: string;
  readonly path: string;
}

/** Takes a URL apart as Go's net/url does, with its complaints about what people write as kubernetes_host. */
function readTarget(url: string, method: string): Target {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined && /^[^/]*:/.test(url)) {
    throw new ApiCallError(`parse ${goQuote(url)}: first path segment in URL cannot contain colon`);
  }
  const words = `${method === "GET" ? "Get" : "Post"} ${goQuote(url)}: `;
  if (scheme !== "http" && scheme !== "https")
    throw new ApiCallError(`${words}unsupported protocol scheme ${goQuote(scheme ?? "")}`);
  const [, authority = "", path = "/"] = /^\w+:\/\/([^/?#]*)(.*)$/.exec(url) ?? [];
  const found = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(authority.slice(authority.lastIndexOf("@") + 1));
  const host = found?.[1] ?? found?.[2] ?? "";
  if (host === "") throw new ApiCallError(`${words}http: no Host in request URL`);
  const secure = scheme === "https";
  const port = found?.[3] ?? "";
  return { secure, host, port: port === "" ? (secure ? 443 : 80) : Number(port), authority, path };
}

/** Opens connections that are handed out only when their certificate has been verified. */
class VerifyingAgent extends HttpsAgent {
  readonly #options: ApiServerOptions;
  readonly #context = createSecureContext({ minVersion: "TLSv1.2" });
  #roots: readonly Certificate[] | undefined;

  constructor(options: ApiServerOptions) {
    super({ keepAlive: true });
    this.#options = options;
  }

  // The agent waits for the callback when nothing is returned.
  override createConnection(options: RequestOptions, done?: (error: Error | null, socket: Duplex) => void): undefined {
    const host = options.host ?? "";
    const socket: TLSSocket = connect({
      host,
      port: Number(options.port),
      ...(isIP(host) === 0 && { servername: host }),
      ALPNProtocols: ["http/1.1"],
      secureContext: this.#context,
      // OpenSSL would judge by the machine's time and in its own order; #judge does instead.
      rejectUnauthorized: false,
    });
    const failed = (error: Error): void => done?.(error, socket);
    const closed = (): void => failed(new ApiCallError("EOF"));
    socket.once("error", failed);
    socket.once("close", closed);
    socket.once("secureConnect", () => {
      socket.off("error", failed);
      socket.off("close", closed);
      const mistake = this.#judge(peerChain(socket), host);
      if (mistake === undefined) return done?.(null, socket);
      socket.destroy();
      failed(new ApiCallError(mistake));
    });
    return undefined;
  }

  #judge(chain: readonly Buffer[], host: string): string | undefined {
    const { go, ca } = this.#options;
    this.#roots ??= parsePemBundle(ca ?? rootCertificates.join("\n"));
    return verifyServerChain(chain, {
      roots: this.#roots,
      host,
      now: this.#options.now(),
      build: { toolchain: go, goLine: go },
    });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
