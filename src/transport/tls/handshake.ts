import type { X509Certificate } from "node:crypto";
import type net from "node:net";
import { TLSSocket } from "node:tls";
import type { ClientHelloRecord } from "../../journal/index.js";
import { type Connection, watchEnd } from "../connection.js";
import { journalFault, type SocketFault } from "../fault.js";
import { serveHttp2 } from "../http2.js";
import { plainAlert, sealedAlert, sendAway } from "./alert.js";
import { certificateProblem, type ClientCertificateProblem } from "./client-certificate.js";
import type { Behind } from "./front.js";
import { Gate } from "./gate.js";
import { prohibitedInHttp2, rejectHttp2 } from "./http2-suites.js";
import { nginxRefusal } from "./nginx-pages.js";
import type { Identity, Offer } from "./offer.js";
import { ALERTS } from "./registry.js";
import type { HandshakeReport } from "./report.js";

export interface HandshakeParts {
  readonly raw: net.Socket;
  readonly connection: Connection;
  readonly offer: Offer;
  readonly identity: Identity;
  readonly report: HandshakeReport;
  readonly behind: Behind;
  /** Ends the server's flight in its midst. */
  readonly cut?: SocketFault;
}

/** The handshake proper, once the hello is known to be acceptable, up to handing the connection to HTTP. */
export class Handshake {
  readonly #parts: HandshakeParts;
  readonly #gate: Gate | undefined;
  readonly #socket: TLSSocket;
  #trafficSecret: Buffer | undefined;

  constructor(parts: HandshakeParts) {
    const { raw, offer, identity, report, cut } = parts;
    this.#parts = parts;
    this.#gate = cut !== undefined || mayRefuseCertificates(offer) ? new Gate(raw, cut?.cutAfter) : undefined;
    this.#socket = new TLSSocket(this.#gate ?? raw, {
      isServer: true,
      secureContext: identity.context,
      requestCert: offer.clientCertificate !== "none",
      rejectUnauthorized: false,
      ...protocolsFor(offer, report.hello),
    });
  }

  start(): void {
    const { raw, connection, report, cut } = this.#parts;
    if (cut !== undefined) {
      journalFault(cut, connection);
      connection.ended = { by: "server", how: cut.id };
      report.fault(cut.id);
    }
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#failed(error));
    raw.prependListener("close", () => report.clientLeft());
    this.#socket.on("secure", () => this.#secure());
    if (this.#gate !== undefined) this.#socket.on("keylog", (line: Buffer) => this.#noteSecret(line));
    watchEnd(this.#socket, connection);
    if (this.#gate !== undefined) raw.resume();
  }

  #noteSecret(line: Buffer): void {
    const [label, , secret] = line.toString("latin1").trim().split(" ");
    if (label === "SERVER_TRAFFIC_SECRET_0" && secret !== undefined) this.#trafficSecret = Buffer.from(secret, "hex");
  }

  #failed(error: NodeJS.ErrnoException): void {
    const { raw, report, connection } = this.#parts;
    const alert = /SSL alert number (\d+)/.exec(error.message)?.[1];
    if (report.done) return void raw.destroy();
    if (alert !== undefined) report.clientAlert(Number(alert));
    else if (error.code?.startsWith("ERR_SSL") === true) {
      connection.ended = { by: "server", how: error.code };
      report.libraryError(/SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1] ?? error.message);
    } else report.clientLeft();
    raw.destroy();
  }

  /** Runs while nothing after the server's Finished has gone out yet, so that an alert can take its place. */
  #secure(): void {
    const { raw, offer, connection, report } = this.#parts;
    const socket = this.#socket;
    const version = socket.getProtocol() ?? "";
    const leaf = offer.clientCertificate === "none" ? undefined : socket.getPeerX509Certificate();
    const problem = certificateProblemOf(socket, offer, leaf !== undefined);
    const refusal = problem === undefined ? undefined : offer.front.certificateAlert(problem, version, offer.go);
    if (problem !== undefined && refusal !== undefined && refusal !== "http") {
      connection.ended = { by: "server" };
      report.certificateRefused(problem, refusal, version, subjectOf(leaf));
      this.#sendAlert(ALERTS[refusal], version);
      return;
    }
    raw.setTimeout(0);
    // tls.Server does this for its own sockets, and node:http2 waits for it.
    Reflect.set(socket, "secureConnecting", false);
    const alpn = typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : undefined;
    const cipherSuite = socket.getCipher().standardName;
    const serverName = report.hello?.serverName;
    connection.tls = { version, clientChain: chainOf(leaf), ...(serverName !== undefined && { serverName }) };
    const clientCertificate = subjectOf(leaf);
    report.completed({
      version,
      cipherSuite,
      ...(alpn !== undefined && { alpn }),
      ...(clientCertificate !== undefined && { clientCertificate }),
    });
    if (problem !== undefined) {
      report.certificateRefused(problem, undefined, version, clientCertificate);
      connection.answer = () => nginxRefusal(problem);
    }
    this.#handOver(alpn, version, cipherSuite);
  }

  #handOver(alpn: string | undefined, version: string, cipherSuite: string): void {
    const { behind, connection, offer } = this.#parts;
    behind.http.connections.set(this.#socket, connection);
    if (alpn !== "h2") return void behind.http1.emit("connection", this.#socket);
    const prohibited = offer.front.id === "vault" ? prohibitedInHttp2(version, cipherSuite) : undefined;
    if (prohibited !== undefined) {
      connection.ended = { by: "server", how: prohibited };
      rejectHttp2(this.#socket, prohibited);
      return;
    }
    serveHttp2(behind.http, connection, this.#socket);
  }

  #sendAlert(code: number, version: string): void {
    const { raw } = this.#parts;
    this.#gate?.shut();
    const suite = this.#socket.getCipher().standardName;
    const sealed = version === "TLSv1.3" && this.#trafficSecret !== undefined;
    sendAway(raw, sealed ? sealedAlert(code, this.#trafficSecret ?? Buffer.alloc(0), suite) : plainAlert(code));
    this.#socket.destroy();
  }
}

/** Only then does the server's output have to pass a gate. */
function mayRefuseCertificates({ clientCertificate, front, settings }: Offer): boolean {
  if (front.id === "nginx" || clientCertificate === "none") return false;
  return clientCertificate === "require" || (front.verifiesOptional && settings.clientCa !== undefined);
}

/**
 * OpenSSL, as Node drives it, ends the handshake where nothing is shared; where the front would let it pass, no protocol
 * is named, which comes to the same.
 */
function protocolsFor(offer: Offer, hello: ClientHelloRecord | undefined): { ALPNProtocols?: string[] } {
  const shared = offer.alpn.some((protocol) => hello?.alpn.includes(protocol));
  return shared ? { ALPNProtocols: [...offer.alpn] } : {};
}

function certificateProblemOf(
  socket: TLSSocket,
  offer: Offer,
  presented: boolean,
): ClientCertificateProblem | undefined {
  if (offer.clientCertificate === "none") return undefined;
  if (!presented) return offer.clientCertificate === "require" ? { kind: "missing" } : undefined;
  const verified =
    offer.clientCertificate === "require" || (offer.front.verifiesOptional && offer.settings.clientCa !== undefined);
  const code = verified ? verifyErrorOf(socket) : undefined;
  return code === undefined ? undefined : certificateProblem(code);
}

/** OpenSSL's verdict on the peer's certificate, which Node shows on sockets of a tls.Server only. */
function verifyErrorOf(socket: TLSSocket): string | undefined {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return undefined;
  const verify: unknown = Reflect.get(handle, "verifyError");
  const error: unknown = typeof verify === "function" ? Reflect.apply(verify, handle, []) : undefined;
  return error instanceof Error ? String(Reflect.get(error, "code")) : undefined;
}

function subjectOf(certificate: X509Certificate | undefined): string | undefined {
  // Node leaves an empty name out, whatever its types say.
  const subject: string | undefined = certificate?.subject;
  return subject?.split("\n").join(", ");
}

function chainOf(leaf: X509Certificate | undefined): Buffer[] {
  const chain: Buffer[] = [];
  for (let next = leaf; next !== undefined && chain.length < 10; next = next.issuerCertificate) {
    if (chain.some((der) => der.equals(next.raw))) break;
    chain.push(next.raw);
  }
  return chain;
}
