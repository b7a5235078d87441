import { createServer, type Server, type TlsOptions } from "node:tls";
import { createServer as createTcp, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import { createAuthority, KeyPool, pem, signCertificate, type Authority } from "../../../src/pki/index.js";
import { generateKey, keyPem, type CertificateDraft } from "../../../src/pki/index.js";
import { createPublicKey } from "node:crypto";
import { expect } from "vitest";
import { GoHttpClient } from "../../../src/clients/go/http-client.js";
import { Patience } from "../../../src/clients/go/patience.js";
import type { GoProgram } from "../../../src/clients/go/program.js";
import { parsePemBundle, remoteAlert } from "../../../src/go/index.js";
import { LabClock } from "../../../src/runtime/index.js";

/** A server with one thing wrong, and what Go says of it. */
export interface FrontCase {
  readonly name: string;
  /** Go's words after `Put "https://…": `; nothing where it works. */
  readonly says: string | undefined;
  readonly start: () => Promise<Front>;
  /** The name to dial by; default localhost. */
  readonly host?: string;
}

export interface Front extends AsyncDisposable {
  readonly port: number;
  readonly caPem: string;
  /** Numbers of the alerts that clients sent. */
  readonly alerts: number[];
  /** The first alert that a client sends, as soon as there is one. */
  readonly firstAlert: () => Promise<number>;
}

const DAY = 864e5;
const clock = new LabClock();
const keys = new KeyPool();
const root = createAuthority({ commonName: "Test Root CA", clock, keys, keyType: "rsa-2048" });

interface Made {
  readonly chainPem: string;
  readonly keyPem: string;
  readonly caPem?: string;
}

/** A leaf whose draft was changed before it was signed. */
function leaf(
  change: (draft: CertificateDraft) => Partial<CertificateDraft>,
  request: Parameters<Authority["draft"]>[1] = {},
): Made {
  const key = generateKey("ec-p256");
  const draft = root.draft(createPublicKey(key), {
    commonName: "localhost",
    dns: ["localhost"],
    ips: ["127.0.0.1"],
    ...request,
  });
  const der = signCertificate({ ...draft, ...change(draft) });
  return { chainPem: pem("CERTIFICATE", der), keyPem: keyPem(key) };
}

/** A leaf under an intermediate that was made with `request`. */
function below(request: Parameters<Authority["subordinate"]>[0], withIntermediate: boolean): Made {
  const intermediate = root.subordinate(request);
  const issued = intermediate.issue({ dns: ["localhost"], ips: ["127.0.0.1"] });
  return { chainPem: withIntermediate ? issued.chainPem : issued.certificatePem, keyPem: issued.keyPem };
}

function tls(make: () => Made, options: TlsOptions = {}): () => Promise<Front> {
  return async () => {
    const { chainPem, keyPem: key, caPem } = make();
    const server = createServer({
      cert: chainPem,
      key,
      ALPNProtocols: ["http/1.1"],
      ciphers: "DEFAULT:@SECLEVEL=0",
      ...options,
    });
    server.on("secureConnection", (socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    });
    return await listen(server, caPem ?? root.rootPem);
  };
}

function tcp(serve: (socket: Socket) => void): () => Promise<Front> {
  return async () =>
    await listen(
      createTcp((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => serve(socket));
      }),
      root.rootPem,
    );
}

async function listen(server: Server | TcpServer, caPem: string): Promise<Front> {
  const alerts: number[] = [];
  let tell: (alert: number) => void = () => undefined;
  const first = new Promise<number>((resolve) => (tell = resolve));
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("tlsClientError", (error: Error) => {
    const number = /SSL alert number (\d+)/.exec(error.message)?.[1];
    if (number === undefined) return;
    alerts.push(Number(number));
    tell(Number(number));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    caPem,
    alerts,
    firstAlert: async () => await first,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const good = (): Made => leaf(() => ({}));
const rsa = (): Made => {
  const made = root.issue({ keys, keyType: "rsa-2048", dns: ["localhost"], ips: ["127.0.0.1"] });
  return { chainPem: made.chainPem, keyPem: made.keyPem };
};
const alert = (number: number) => tcp((socket) => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, number])));
const EXPIRED =
  /^tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time \S+ is (?:after|before) \S+$/;
const PREFIX = "tls: failed to verify certificate: x509: ";
const UNKNOWN = `${PREFIX}certificate signed by unknown authority`;
const because = (why: string, who = "Test Root CA"): string =>
  `${UNKNOWN} (possibly because of "${why}" while trying to verify candidate authority certificate "${who}")`;

/** Texts as Go ≥1.24 prints them; where Go's wording has a time in it, the pattern stands in `EXPIRED_CASES`. */
export const FRONTS: readonly FrontCase[] = [
  { name: "a good certificate", says: undefined, start: tls(good) },
  { name: "a good certificate, TLS 1.2", says: undefined, start: tls(good, { maxVersion: "TLSv1.2" }) },
  { name: "an intermediate in the chain", says: undefined, start: tls(() => below({ commonName: "Sub CA" }, true)) },
  { name: "a missing intermediate", says: UNKNOWN, start: tls(() => below({ commonName: "Sub CA" }, false)) },
  {
    name: "another name",
    says: `${PREFIX}certificate is valid for vault.example.com, not localhost`,
    start: tls(() => leaf(() => ({}), { dns: ["vault.example.com"] })),
  },
  {
    name: "a wildcard that is too high",
    says: `${PREFIX}certificate is valid for *.example.com, not localhost`,
    start: tls(() => leaf(() => ({}), { dns: ["*.example.com"] })),
  },
  {
    name: "an address without IP SANs",
    host: "127.0.0.1",
    says: `${PREFIX}cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs`,
    start: tls(() => leaf(() => ({}), { ips: [] })),
  },
  {
    name: "another address",
    host: "127.0.0.1",
    says: `${PREFIX}certificate is valid for 10.0.0.1, fd00::1, not 127.0.0.1`,
    start: tls(() => leaf(() => ({}), { ips: ["10.0.0.1", "fd00::1"] })),
  },
  {
    name: "a common name only",
    says: `${PREFIX}certificate relies on legacy Common Name field, use SANs instead`,
    start: tls(() => leaf(() => ({}), { dns: [], ips: [] })),
  },
  {
    name: "a URI SAN only",
    says: `${PREFIX}certificate is not valid for any names, but wanted to match localhost`,
    start: tls(() => leaf(() => ({}), { dns: [], ips: [], uris: ["spiffe://example.org/x"] })),
  },
  {
    name: "a key usage for clients",
    says: `${PREFIX}certificate specifies an incompatible key usage`,
    start: tls(() => leaf(() => ({}), { usage: "client" })),
  },
  {
    name: "an unknown critical extension",
    says: `${PREFIX}unhandled critical extension`,
    start: tls(() =>
      leaf((draft) => ({
        extensions: [...draft.extensions, { id: "1.2.3.4", critical: true, value: Buffer.from([5, 0]) }],
      })),
    ),
  },
  {
    name: "a SHA-1 signature",
    says: because("x509: cannot verify signature: insecure algorithm SHA1-RSA"),
    start: tls(() => leaf(() => ({ hash: "sha1" }))),
  },
  {
    name: "a tampered signature",
    says: because("crypto/rsa: verification error"),
    start: tls(() => leaf(() => ({ tampered: true }))),
  },
  {
    name: "a self-signed certificate",
    says: UNKNOWN,
    start: tls(() => {
      const own = createAuthority({ commonName: "localhost", clock });
      const made = own.issue({ dns: ["localhost"] });
      return { chainPem: made.chainPem, keyPem: made.keyPem };
    }),
  },
  {
    name: "a CA with the same name and another key",
    says: because("crypto/rsa: verification error"),
    start: tls(() => {
      const twin = createAuthority({ commonName: "Test Root CA", clock, keyType: "rsa-2048" });
      const made = twin.issue({ dns: ["localhost"] });
      return { chainPem: made.chainPem, keyPem: made.keyPem };
    }),
  },
  {
    name: "names that the CA may not sign for",
    says: `${PREFIX}a root or intermediate certificate is not authorized to sign for this name: DNS name "localhost" is not permitted by any constraint`,
    start: tls(() => below({ commonName: "Narrow CA", permittedDns: ["example.com"] }, true)),
  },
  {
    name: "a negative serial number",
    says: "tls: failed to parse certificate from server: x509: negative serial number",
    start: tls(() => leaf(() => ({ serial: Buffer.from([0x85, 1, 2]) }))),
  },
  {
    name: "X.509 version 1",
    says: `${PREFIX}certificate relies on legacy Common Name field, use SANs instead`,
    start: tls(() => leaf(() => ({ version: 1, extensions: [] }))),
  },
  {
    name: "RSA key exchange only",
    says: "remote error: tls: handshake failure",
    start: tls(rsa, { ciphers: "AES128-GCM-SHA256", maxVersion: "TLSv1.2" }),
  },
  {
    name: "TLS 1.1 only",
    says: "remote error: tls: protocol version not supported",
    start: tls(good, { minVersion: "TLSv1", maxVersion: "TLSv1.1" }),
  },
  {
    name: "a client certificate demanded, TLS 1.2",
    says: "remote error: tls: handshake failure",
    start: tls(good, { requestCert: true, rejectUnauthorized: true, maxVersion: "TLSv1.2" }),
  },
  {
    name: "a client certificate demanded, TLS 1.3",
    says: "remote error: tls: certificate required",
    start: tls(good, { requestCert: true, rejectUnauthorized: true }),
  },
  ...[40, 42, 43, 44, 45, 46, 47, 48, 49, 51, 70, 71, 80, 86, 90, 112, 115, 116, 120].map((number) => ({
    name: `alert ${number}`,
    says: remoteAlert(number),
    start: alert(number),
  })),
  { name: "an undefined alert", says: "remote error: tls: alert(200)", start: alert(200) },
  { name: "close_notify", says: "EOF", start: tcp((socket) => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 1, 0]))) },
  {
    name: "plain HTTP",
    says: "http: server gave HTTP response to HTTPS client",
    start: tcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
  },
  {
    name: "garbage",
    says: "tls: first record does not look like a TLS handshake",
    start: tcp((socket) => socket.end("220 mail.example.com ESMTP\r\n")),
  },
  { name: "an end after the ClientHello", says: "EOF", start: tcp((socket) => socket.end()) },
  {
    name: "a flight cut short",
    says: "unexpected EOF",
    start: tcp((socket) => socket.end(Buffer.from([0x16, 3, 3, 0, 0x50, 2, 0, 0, 0x4c, 3, 3]))),
  },
  {
    name: "a ServerHello of TLS 1.1",
    says: "tls: server selected unsupported protocol version 302",
    start: tcp((socket) => socket.end(serverHello11())),
  },
];

export const EXPIRED_FRONTS: readonly (Omit<FrontCase, "says"> & { readonly says: RegExp })[] = [
  {
    name: "an expired certificate",
    says: EXPIRED,
    start: tls(() => leaf(() => ({}), { notBefore: clock.now() - 2 * DAY, notAfter: clock.now() - DAY })),
  },
  {
    name: "a certificate of tomorrow",
    says: EXPIRED,
    start: tls(() => leaf(() => ({}), { notBefore: clock.now() + DAY, notAfter: clock.now() + 2 * DAY })),
  },
  {
    name: "an expired intermediate",
    says: EXPIRED,
    start: tls(() =>
      below({ commonName: "Old CA", notBefore: clock.now() - 2 * DAY, notAfter: clock.now() - DAY }, true),
    ),
  },
];

function serverHello11(): Buffer {
  const body = Buffer.concat([Buffer.from([3, 2]), Buffer.alloc(32, 7), Buffer.from([0, 0xc0, 0x13, 0])]);
  const handshake = Buffer.concat([Buffer.from([2, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([0x16, 3, 2, 0, handshake.length]), handshake]);
}

export async function said(
  front: Front,
  { host = "localhost" }: Pick<FrontCase, "host">,
  build: GoProgram,
): Promise<string | undefined> {
  using client = new GoHttpClient({
    build,
    clock: new LabClock(),
    roots: parsePemBundle(front.caPem),
    patience: new Patience(),
  });
  const url = new URL(`https://${host}:${front.port}/v1/x`);
  try {
    const { status } = await client.do({ method: "PUT", url, headers: {}, body: "{}" });
    expect(status).toBe(200);
    return undefined;
  } catch (error) {
    const text = (error as Error).message;
    expect(text.startsWith(`Put "${url.href}": `)).toBe(true);
    return text.slice(`Put "${url.href}": `.length);
  }
}

/** The verdict on a certificate comes at another point of TLS 1.2. */
export async function otherNameOnTls12(): Promise<Front> {
  return await tls(() => leaf(() => ({}), { dns: ["vault.example.com"] }), { maxVersion: "TLSv1.2" })();
}
