import { createServer as createHttps } from "node:https";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttp } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcp } from "node:net";
import { createAuthority, KeyPool, type Authority } from "../../../src/pki/index.js";
import { LabClock } from "../../../src/runtime/index.js";

/** A case as it was recorded with a real controller. */
export interface RecordedCase {
  readonly why: string;
  readonly calls: readonly string[];
  readonly handshakes: readonly string[];
  readonly conditions: readonly string[];
  readonly events: readonly string[];
  readonly refusedByApiServer?: string;
}

/** A scripted Vault behind TLS, with what the model needs to trust it. */
export interface World extends AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  /** TLS connections that ended in their handshake, by the alert that the client sent, if it did. */
  readonly refusals: string[];
}

const DAY = 864e5;

/** What each TLS case changes. The cases are named in the recordings. */
interface Front {
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
  readonly host?: string;
  readonly expired?: boolean;
  readonly rsaKeyExchange?: boolean;
  readonly clientCertificate?: "TLSv1.2" | "TLSv1.3";
  readonly trust?: "none" | "other";
  readonly down?: boolean;
}

const FRONTS: Readonly<Record<string, Front>> = {
  expired: { expired: true },
  "ip-san": { ips: [], host: "127.0.0.1" },
  "san-mismatch": { dns: ["vault.example.com"], host: "localhost" },
  "unknown-ca": { trust: "none" },
  "wrong-ca": { trust: "other" },
  "rsa-kex": { rsaKeyExchange: true },
  "mtls-12": { clientCertificate: "TLSv1.2" },
  "mtls-12-openssl": { clientCertificate: "TLSv1.2" },
  "mtls-13": { clientCertificate: "TLSv1.3" },
  "mtls-13-openssl": { clientCertificate: "TLSv1.3" },
  refused: { down: true },
};

const clock = new LabClock();
const keys = new KeyPool();
const authority = (commonName: string): Authority => createAuthority({ commonName, clock, keys });

/** Stands for the servers of a recorded case: its TLS front, and the replies that its calls list. */
export async function worldOf(name: string, recorded: RecordedCase): Promise<World> {
  const front = FRONTS[name] ?? {};
  const ca = authority("vault-ca");
  const other = authority("other-ca");
  const leaf = ca.issue({
    keys,
    keyType: "rsa-2048",
    dns: front.dns ?? ["localhost"],
    ips: front.ips ?? ["127.0.0.1"],
    ...(front.expired === true && { notBefore: clock.now() - 2 * DAY, notAfter: clock.now() - DAY }),
  });
  const refusals: string[] = [];
  const tls = {
    key: leaf.keyPem,
    cert: leaf.chainPem,
    ...(front.rsaKeyExchange === true && { ciphers: "AES128-GCM-SHA256", maxVersion: "TLSv1.2" as const }),
    ...(front.clientCertificate !== undefined && {
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: front.clientCertificate,
      maxVersion: front.clientCertificate,
    }),
  };
  const replies = repliesOf(recorded);
  const answer = (request: IncomingMessage, response: ServerResponse): void => reply(replies, request, response);
  const server =
    front.rsaKeyExchange === true
      ? createHttps(tls, answer)
      : createSecureServer({ ...tls, allowHTTP1: true }, (request, response) =>
          answer(request as never, response as never),
        );
  server.on("tlsClientError", (error: Error) =>
    refusals.push(/SSL alert number (\d+)/.exec(error.message)?.[1] ?? error.message),
  );
  const url = await listen(server, front.host ?? "127.0.0.1");
  if (front.down === true) await close(server);
  const trusted = front.trust === "none" ? "" : front.trust === "other" ? other.rootPem : ca.rootPem;
  return {
    url,
    caPem: trusted,
    refusals,
    [Symbol.asyncDispose]: async () => {
      if (front.down !== true) await close(server);
    },
  };
}

/** A port on which somebody speaks something else than TLS. */
export async function plainWorld(greeting: string): Promise<World> {
  const server = createTcp((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => (greeting === "" ? socket.destroy() : socket.end(greeting)));
  });
  const url = await listen(server, "127.0.0.1");
  return { url, caPem: "", refusals: [], [Symbol.asyncDispose]: async () => await close(server) };
}

/** An API server that gives out tokens and remembers what it was asked for. */
export async function tokenServer(): Promise<
  AsyncDisposable & { url: string; asked: { path: string; spec: unknown }[] }
> {
  const asked: { path: string; spec: unknown }[] = [];
  const server = createHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { spec: unknown };
      asked.push({ path: request.url ?? "", spec: body.spec });
      response.writeHead(201, { "content-type": "application/json" });
      response.end(JSON.stringify({ kind: "TokenRequest", status: { token: "a.b.c" } }));
    });
  });
  const url = (await listen(server, "127.0.0.1")).replace("https:", "http:");
  return { url, asked, [Symbol.asyncDispose]: async () => await close(server) };
}

interface Scripted {
  readonly status: number;
  readonly errors?: readonly string[];
}

function repliesOf(recorded: RecordedCase): Map<string, Scripted> {
  const replies = new Map<string, Scripted>();
  for (const call of recorded.calls) {
    const [, request = "", status = "200", errors] = /^(\S+ \S+) -> (\d+)(?: (.*))?$/s.exec(call) ?? [];
    replies.set(request, {
      status: Number(status),
      ...(errors !== undefined && { errors: JSON.parse(errors) as string[] }),
    });
  }
  return replies;
}

function reply(replies: Map<string, Scripted>, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const path = request.url ?? "";
  const scripted = replies.get(`${request.method ?? ""} ${path}`) ?? { status: 599 };
  const headers = { "content-type": "application/json" };
  if (scripted.status === 503 && scripted.errors === undefined) {
    response.writeHead(503, { "content-type": "text/plain" });
    response.end("Service Unavailable\n");
    return;
  }
  response.writeHead(scripted.status, headers);
  if (scripted.status === 204) return void response.end();
  response.end(JSON.stringify(scripted.status < 400 ? bodyFor(path) : errorBody(path, scripted)));
}

function errorBody(path: string, { status, errors }: Scripted): unknown {
  if (status === 404 && path === "/v1/secret/app")
    return { data: null, warnings: ["Invalid path for a versioned K/V secrets engine."] };
  return { errors: errors ?? [] };
}

function bodyFor(path: string): unknown {
  if (path.endsWith("/login")) return { auth: { client_token: "hvs.test" } };
  if (path.endsWith("/lookup-self"))
    return { data: { type: "service", ttl: 3600, expire_time: "2030-01-01T00:00:00Z" } };
  if (path.includes("/data/")) return { data: { data: { user: "me" }, metadata: { version: 1 } } };
  if (path.includes("/pki")) return { data: { certificate: authority("signed").rootPem } };
  return { initialized: true, sealed: false };
}

async function listen(
  server: Server | Http2SecureServer | ReturnType<typeof createTcp>,
  host: string,
): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `https://${host}:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server | Http2SecureServer | ReturnType<typeof createTcp>): Promise<void> {
  if ("closeAllConnections" in server) server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
