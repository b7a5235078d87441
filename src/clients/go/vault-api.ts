import { toolchainAtLeast } from "../../go/index.js";
import { compareVersions, parseVersion } from "../../runtime/index.js";
import { GoError } from "./error.js";
import { goMapJson } from "./map-json.js";
import type { GoHttpClient, GoResponse } from "./http-client.js";

/** The envelope of Vault's replies, as far as clients look into it. (Go: vault/api Secret) */
export interface VaultSecret {
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly auth: { readonly client_token?: string } | undefined;
  readonly warnings: readonly string[];
}

/** A reply of 400 or more, worded as vault/api words it. The reply stays readable. */
export class VaultResponseError extends GoError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** A client certificate demanded and a redirect that must not be followed have no reply of Vault's to show. */
export interface VaultApiOptions {
  readonly address: string;
  readonly namespace?: string;
  readonly token?: string;
  /** Tries after the first one; vault/api's default is 2. */
  readonly maxRetries?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

type Body = Readonly<Record<string, unknown>> | null;

/** hashicorp/vault/api: headers, retries without their waits, one redirect, error texts. */
export class VaultApi {
  token: string;
  namespace: string;

  constructor(
    readonly http: GoHttpClient,
    readonly options: VaultApiOptions,
  ) {
    this.token = options.token ?? "";
    this.namespace = options.namespace ?? "";
  }

  /**
   * Client.RawRequest. `body` is sent as Go's encoder writes it: keys sorted.
   * @throws VaultResponseError for 400 and more (429 on sys/health aside), GoError if no reply came
   */
  async raw(method: string, path: string, body?: Body): Promise<GoResponse> {
    const base = new URL(this.options.address);
    const [pathname = "", query] = path.split("?");
    let url = new URL(`${base.origin}${joinPath(base.pathname, pathname)}${query === undefined ? "" : `?${query}`}`);
    const isRelative = !path.startsWith("/") && /^[^/]+:\/\/[^/]+$/.test(this.options.address);
    let response = await this.#withRetries(method, url, body, isRelative ? joinPath(pathname).slice(1) : undefined);
    if ([301, 302, 307].includes(response.status)) {
      const target = new URL(response.headers.location ?? "", url);
      if (url.protocol === "https:" && target.protocol !== "https:")
        throw new GoError("redirect would cause protocol downgrade");
      url = target;
      response = await this.#withRetries(method, url, body);
    }
    const isStandby = response.status === 429 && url.pathname === "/v1/sys/health";
    if (response.status >= 200 && response.status < 400) return response;
    if (isStandby) return response;
    throw responseError(method, url, response);
  }

  /** Logical.Read and Write (which sends `null` for want of data): a 404 without data or warnings is nothing found. */
  async logical(
    method: "GET" | "PUT",
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<VaultSecret | undefined> {
    try {
      return parseSecret(await this.raw(method, `/v1/${path}`, method === "PUT" ? (body ?? null) : undefined));
    } catch (thrown) {
      if (!(thrown instanceof NotFound)) throw thrown;
      const secret = parseSecret(thrown.response);
      const found = secret !== undefined && (secret.warnings.length > 0 || Object.keys(secret.data ?? {}).length > 0);
      if (found && method === "GET") return secret;
      if (method === "GET") return undefined;
      throw thrown;
    }
  }

  async #withRetries(method: string, url: URL, body: Body | undefined, relativePath?: string): Promise<GoResponse> {
    const tries = 1 + (this.options.maxRetries ?? 2);
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.http.do({
          method,
          url,
          ...(relativePath !== undefined && { relativePath }),
          headers: this.#headers(),
          ...(body !== undefined && { body: goMapJson(body) }),
        });
        if (attempt === tries || !retriedStatus(response.status)) return response;
      } catch (thrown) {
        if (!(thrown instanceof GoError) || attempt === tries || !this.#retriedError(thrown)) throw thrown;
      }
    }
  }

  #headers(): Record<string, string> {
    return {
      ...this.options.headers,
      ...(this.namespace !== "" && { "X-Vault-Namespace": this.namespace }),
      "X-Vault-Request": "true",
      ...(this.token !== "" && { "X-Vault-Token": this.token }),
    };
  }

  /**
   * go-retryablehttp meant never to retry certificate errors, but Go 1.20 wrapped them and it took until 0.7.6 to notice
   * (its GH-210); before Go 1.20 only an unknown authority was recognised. A deadline is never retried.
   */
  #retriedError(error: GoError): boolean {
    if (error.message.endsWith("context deadline exceeded")) return false;
    if (error.kind !== "certificate") return true;
    const { build } = this.http.settings;
    const knows = compareVersions(parseVersion(build.retryablehttp) ?? [0, 0, 0], [0, 7, 6]) >= 0;
    if (toolchainAtLeast(build, "1.20")) return !knows;
    return !error.message.includes("x509: certificate signed by unknown authority");
  }
}

/** 412 (vault/api), 429 and 5xx except 501 (go-retryablehttp). */
function retriedStatus(status: number): boolean {
  return status === 412 || status === 429 || status === 0 || (status >= 500 && status !== 501);
}

class NotFound extends VaultResponseError {
  constructor(
    message: string,
    readonly response: GoResponse,
  ) {
    super(message, 404);
  }
}

function responseError(method: string, url: URL, response: GoResponse): GoError {
  if (response.bodyError !== undefined) return response.bodyError;
  const text = response.body.toString("utf8");
  const errors = readErrors(text);
  const namespace = response.headers["x-vault-namespace"] ?? "";
  const head = `Error making API request.\n\n${namespace === "" ? "" : `Namespace: ${namespace}\n`}URL: ${method} ${url.href}\n`;
  const body =
    errors === undefined ? `Raw Message:\n\n${text}` : `Errors:\n\n${errors.map((error) => `* ${error}`).join("")}`;
  const message = `${head}Code: ${response.status}. ${body}`;
  return response.status === 404 ? new NotFound(message, response) : new VaultResponseError(message, response.status);
}

/** The errors of a JSON body; nothing if the body is not one that Go would decode into them. */
function readErrors(text: string): readonly string[] | undefined {
  const body = parseJson(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  const errors: unknown = "errors" in body ? body.errors : [];
  if (errors === null) return [];
  return Array.isArray(errors) && errors.every((error) => typeof error === "string") ? errors : undefined;
}

/**
 * Reads a reply's envelope. Nothing for an empty body, and for one that holds only errors.
 * @throws GoError with Go's JSON error for what is no JSON
 */
export function parseSecret(response: GoResponse): VaultSecret | undefined {
  if (response.bodyError !== undefined) throw response.bodyError;
  const text = response.body.toString("utf8");
  if (text.length === 0) return undefined;
  const body = parseJson(text);
  if (!isRecord(body)) throw new GoError(jsonError(text));
  const { data, auth, warnings } = body;
  if (data === undefined && auth === undefined && warnings === undefined && Object.keys(body).join() === "errors")
    return undefined;
  return {
    data: isRecord(data) ? data : undefined,
    auth: isRecord(auth)
      ? { ...(typeof auth.client_token === "string" && { client_token: auth.client_token }) }
      : undefined,
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
  };
}

/** Secret.TokenID: the login's token, or `data.id`; empty if there is neither. */
export function tokenId(secret: VaultSecret | undefined): string {
  const { client_token: token = "" } = secret?.auth ?? {};
  if (token !== "") return token;
  const id = secret?.data?.id;
  if (id === undefined || id === null) return "";
  if (typeof id !== "string") throw new GoError("token found but in the wrong format");
  return id;
}

/** Go's encoding/json on a body that is no object: the usual suspects are HTML pages and plain text. */
export function jsonError(text: string): string {
  const first = text.trimStart().charAt(0);
  if (first === "") return "EOF";
  if (first === "[") return "json: cannot unmarshal array into Go value of type api.Secret";
  return `invalid character '${first}' looking for beginning of value`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Go's path.Join, with a slash before it. */
export function joinPath(...parts: readonly string[]): string {
  const kept: string[] = [];
  for (const part of parts.join("/").split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") kept.pop();
    else kept.push(part);
  }
  return `/${kept.join("/")}`;
}
