import tls from "node:tls";
import { Journal } from "../../../src/journal/index.js";
import { type Authority, createAuthority, KeyPool, type KeyedCertificate } from "../../../src/pki/index.js";
import { LabClock } from "../../../src/runtime/index.js";
import {
  type HttpReply,
  type HttpRequest,
  listen,
  type ListenOptions,
  type TlsSettings,
} from "../../../src/transport/index.js";

export const clock = new LabClock();
export const keys = new KeyPool();
export const root: Authority = createAuthority({ clock, commonName: "Test Root" });

export const echo = ({ method, target, body }: HttpRequest): HttpReply => ({
  status: 200,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ method, target, body: body.toString() }),
});

const servers = new Map<string, KeyedCertificate>();
/** A good certificate for this machine, with a key of the type. */
export function goodServer(keyType: "ec-p256" | "rsa-2048" = "ec-p256"): KeyedCertificate {
  const made = servers.get(keyType) ?? root.issue({ dns: ["localhost"], ips: ["127.0.0.1"], keyType });
  servers.set(keyType, made);
  return made;
}

export async function startTls(
  settings: Partial<TlsSettings> & { rsa?: boolean } = {},
  options: Partial<ListenOptions> = {},
) {
  const { rsa, ...rest } = settings;
  const leaf = goodServer(rsa === true ? "rsa-2048" : "ec-p256");
  const journal = new Journal({ clock });
  const tlsSettings: TlsSettings = { certificatePem: leaf.chainPem, keyPem: leaf.keyPem, ...rest };
  const listener = await listen({ server: "vault", handler: echo, journal, tls: tlsSettings, ...options });
  return { journal, listener, port: listener.port, tlsSettings, [Symbol.asyncDispose]: () => listener.close() };
}

/** Makes a request over TLS; the outcome as a line: status and body, or the alert that came back, or the error code. */
export function request(
  port: number,
  options: tls.ConnectionOptions = {},
  text = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
): Promise<string> {
  return new Promise((resolve) => {
    let got = "";
    const socket = tls.connect(
      { port, host: "127.0.0.1", servername: "localhost", ca: root.certificatePem, ...options },
      () => socket.write(text),
    );
    socket.on("data", (chunk: Buffer) => (got += chunk.toString("latin1")));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      resolve(/alert number \d+/.exec(error.message)?.[0] ?? error.code ?? error.message),
    );
    socket.on("close", () => resolve(got));
  });
}
