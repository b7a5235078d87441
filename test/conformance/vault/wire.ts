import http from "node:http";
import https from "node:https";
import type { RequestSpec } from "./transcript.js";

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface WireOptions {
  /** `http://127.0.0.1:PORT` */
  readonly base: string;
  readonly ca?: string;
  readonly clientCertificate?: { readonly certificatePem: string; readonly keyPem: string };
}

/** Sends one request on a connection of its own; `undefined` where no HTTP answer came. */
export function send(spec: RequestSpec, options: WireOptions): Promise<WireReply | undefined> {
  const { hostname, port, protocol } = new URL(options.base);
  const body = bodyOf(spec);
  const headers: Record<string, string> = { ...spec.headers };
  if (body !== undefined) headers["Content-Length"] = String(body.length);
  else if (["POST", "PUT", "PATCH"].includes(spec.method)) headers["Content-Length"] = "0";
  const common = { agent: false, host: hostname, port, method: spec.method, path: spec.path, headers };
  return new Promise((resolve) => {
    const request = protocol === "https:" ? https.request({ ...common, ...tlsOptions(options) }) : http.request(common);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: joined(response.headers),
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    request.on("error", () => resolve(undefined));
    request.end(body);
  });
}

function tlsOptions({ ca, clientCertificate }: WireOptions): https.RequestOptions {
  return {
    ...(ca !== undefined && { ca }),
    checkServerIdentity: () => undefined,
    ...(clientCertificate !== undefined && { cert: clientCertificate.certificatePem, key: clientCertificate.keyPem }),
  };
}

function bodyOf({ rawBody, bodyOfBytes, body }: RequestSpec): Buffer | undefined {
  if (rawBody !== undefined) return Buffer.from(rawBody);
  if (bodyOfBytes !== undefined) {
    const { prefix = "", repeat, count, suffix = "" } = bodyOfBytes;
    return Buffer.from(prefix + repeat.repeat(count) + suffix);
  }
  return body === undefined ? undefined : Buffer.from(JSON.stringify(body));
}

function joined(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
