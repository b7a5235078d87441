import { rootCertificates } from "node:tls";
import { type Certificate, connectionError, parsePemBundle, verifyServerChain } from "../../../go/index.js";
import { goQuote } from "../../../runtime/index.js";
import { ApiCallError, type ConnectionPool, type Endpoint, type Judge } from "./connections.js";
import type { ApiReply } from "./http-answer.js";

export interface ApiServerOptions {
  /** As in kubernetes_host. */
  readonly host: string;
  /** PEM; `undefined` trusts the system's pool. */
  readonly ca: string | undefined;
  /** ms since the epoch, by which certificates are judged. */
  now(): number;
  /** The Go that this Vault was built with, such as `1.24`. */
  readonly go: string;
  readonly pool: ConnectionPool;
}

/**
 * The way to one Kubernetes API server: kept-alive connections, TLS 1.2 or newer, certificates verified as Go does it
 * before anything is sent.
 */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #targets = new Map<string, Target>();
  readonly #judge: Judge = (chain, host) => this.#verify(chain, host);
  #roots: readonly Certificate[] | undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
  }

  /** @throws ApiCallError */
  get(path: string, bearer: string): Promise<ApiReply> {
    return this.#call("GET", path, bearer);
  }

  /** @throws ApiCallError */
  post(path: string, bearer: string, body: string): Promise<ApiReply> {
    return this.#call("POST", path, bearer, body);
  }

  async #call(method: "GET" | "POST", path: string, bearer: string, body?: string): Promise<ApiReply> {
    const url = `${this.#options.host.replace(/\/$/, "")}${path}`;
    const target = this.#targets.get(path) ?? this.#learn(path, readTarget(url, method));
    try {
      return await this.#options.pool.to(target).send(requestText(method, target, bearer, body), this.#judge);
    } catch (error) {
      const words = error instanceof ApiCallError ? error.message : connectionError(asError(error), target);
      throw new ApiCallError(`${method === "GET" ? "Get" : "Post"} ${goQuote(url)}: ${words}`);
    }
  }

  #learn(path: string, target: Target): Target {
    // Paths name namespaces and accounts, so there may be many of them.
    if (this.#targets.size < 100) this.#targets.set(path, target);
    return target;
  }

  #verify(chain: readonly Buffer[], host: string): string | undefined {
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

/** @throws ApiCallError */
function requestText(method: string, { path, authority }: Target, bearer: string, body: string | undefined): string {
  const authorization = `Bearer ${bearer}`.trim();
  if (/[^\t\x20-\x7e\x80-\xff]/.test(authorization))
    throw new ApiCallError('net/http: invalid header field value for "Authorization"');
  const length = body === undefined ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const fixed = "Content-Type: application/json\r\nAccept-Encoding: gzip\r\n";
  return `${method} ${path} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: Go-http-client/1.1\r\n${length}Accept: application/json\r\nAuthorization: ${authorization}\r\n${fixed}\r\n${body ?? ""}`;
}

interface Target extends Endpoint {
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

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
