import { isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import {
  alertNumber,
  type Certificate,
  peerChain,
  remoteAlert,
  SYSTEM_ERRORS,
  verifyServerChain,
} from "../../go/index.js";
import type { Clock } from "../../runtime/index.js";
import { ALERTS, plainAlert, sealedAlert } from "../../transport/index.js";
import { ends } from "./dial.js";
import { GoError } from "./error.js";
import type { Patience } from "./patience.js";
import type { GoProgram } from "./program.js";
import { tlsOffer } from "./tls-offer.js";
import { Wire } from "./wire.js";

export interface TlsSettings {
  readonly build: GoProgram;
  readonly clock: Clock;
  /** Whom to trust; nobody if empty (the lab's CAs are in no system's store). */
  readonly roots: readonly Certificate[];
  /** The name to ask for and to verify instead of the host's. */
  readonly serverName?: string;
  /** Sent whenever it is asked for. Go holds back one from an authority that the server did not name; Node hides those names. */
  readonly certificate?: { readonly certPem: string; readonly keyPem: string };
  readonly patience: Patience;
}

/** A TLS connection and the way to say in Go's words why it broke. */
export interface TlsConnection {
  readonly socket: TLSSocket;
  readonly failure: (error: Error | undefined) => GoError;
}

/** TLS as Go's crypto/tls does it: its offer, its verdict on the certificate, its errors. */
export async function dialTls(raw: Socket, host: string, settings: TlsSettings): Promise<TlsConnection> {
  const wire = new Wire(raw);
  const name = settings.serverName ?? host;
  const { build, certificate } = settings;
  const socket = connectTls({
    socket: wire,
    ...tlsOffer(build),
    ...(isIP(name) === 0 && { servername: name }),
    ...(certificate !== undefined && { cert: certificate.certPem, key: certificate.keyPem }),
    rejectUnauthorized: false,
  });
  // Failures are read from where they are waited for; later ones belong to the HTTP layer.
  socket.on("error", () => undefined);
  const failure = (error: Error | undefined): GoError => brokenBy(error, wire, raw);
  await handshake(socket, wire, name, settings, failure);
  return { socket, failure };
}

async function handshake(
  socket: TLSSocket,
  wire: Wire,
  name: string,
  settings: TlsSettings,
  failure: TlsConnection["failure"],
): Promise<void> {
  let handshakeSecret: Buffer | undefined;
  let judged = false;
  await new Promise<void>((resolve, reject) => {
    const inTime = settings.patience.wait(() => end(new GoError("net/http: TLS handshake timeout", "timeout")));
    const end = (error?: GoError): void => {
      inTime();
      if (error === undefined) {
        resolve();
        return;
      }
      socket.destroy();
      wire.destroy();
      reject(error);
    };
    const judge = (alert: () => Buffer): void => {
      if (judged) return;
      judged = true;
      const { build, roots, clock } = settings;
      const verdict = verifyServerChain(peerChain(socket), { build, roots, host: name, now: clock.now() });
      if (verdict === undefined) {
        wire.release();
        return;
      }
      wire.abandon(alert());
      end(new GoError(verdict, verdict.includes("failed to parse certificate") ? "network" : "certificate"));
    };
    socket.on("keylog", (line: Buffer) => {
      const [label, , secret] = line.toString("latin1").trim().split(" ");
      wire.hold();
      if (label === "CLIENT_HANDSHAKE_TRAFFIC_SECRET") handshakeSecret = Buffer.from(secret ?? "", "hex");
      if (label === "CLIENT_RANDOM") judge(() => plainAlert(ALERTS.bad_certificate));
    });
    socket.once("secureConnect", () => {
      judge(() => sealedVerdict(socket.getCipher().standardName, handshakeSecret ?? Buffer.alloc(32)));
      end();
    });
    socket.once("error", (error: Error) => end(failure(error)));
    socket.once("close", () => end(failure(undefined)));
  });
}

const CHANGE_CIPHER_SPEC = Buffer.from([0x14, 3, 3, 0, 1, 1]);

/** The alert as TLS 1.3 sends it after a verdict: the first record under the client's handshake key. (RFC 8446 §5.2, D.4) */
function sealedVerdict(suite: string, secret: Buffer): Buffer {
  return Buffer.concat([CHANGE_CIPHER_SPEC, sealedAlert(ALERTS.bad_certificate, secret, suite)]);
}

function brokenBy(error: Error | undefined, wire: Wire, raw: Socket): GoError {
  return new GoError(brokenText(error, wire, raw), "network", { cause: error });
}

/** Go: crypto/tls Conn.readRecord, net/http's view of a RecordHeaderError. */
function brokenText(error: Error | undefined, wire: Wire, raw: Socket): string {
  if (wire.isPlain) {
    return wire.head.subarray(0, 5).toString("latin1") === "HTTP/"
      ? "http: server gave HTTP response to HTTPS client"
      : "tls: first record does not look like a TLS handshake";
  }
  const alert = wire.alert ?? (error === undefined ? undefined : alertNumber(error));
  if (alert === 0) return "EOF";
  if (alert !== undefined) return remoteAlert(alert);
  const version = wire.serverHelloVersion;
  if (version !== undefined && version < 0x0303)
    return `tls: server selected unsupported protocol version ${version.toString(16)}`;
  if (wire.ending === "reset" || isErrno(error, "ECONNRESET", wire))
    return `read tcp ${ends(raw)}: read: ${SYSTEM_ERRORS.ECONNRESET}`;
  if (isErrno(error, "EPIPE", wire)) return `write tcp ${ends(raw)}: write: ${SYSTEM_ERRORS.EPIPE}`;
  return wire.cutInRecord ? "unexpected EOF" : "EOF";
}

/** Node says ECONNRESET for a plain end before the handshake is over, too; the wire knows better. */
function isErrno(error: Error | undefined, code: string, wire: Wire): boolean {
  return wire.ending !== "end" && error !== undefined && "code" in error && error.code === code;
}
