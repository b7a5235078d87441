import type { Server } from "node:http";
import type net from "node:net";
import type { Journal, ServerName } from "../../journal/index.js";
import type { Connection } from "../connection.js";
import { type FaultSource, strike } from "../fault.js";
import type { HttpOptions } from "../http1.js";
import { refusalOf } from "./admission.js";
import { plainAlert, sendAway } from "./alert.js";
import { type ClientHello, describeHello, type FirstBytes, readFirstBytes } from "./client-hello.js";
import { Handshake } from "./handshake.js";
import { type Offer, offerOf } from "./offer.js";
import { ALERTS } from "./registry.js";
import { HandshakeReport } from "./report.js";
import type { TlsSettings } from "./settings.js";

/** What stands behind a TLS front. */
export interface Behind {
  readonly http: HttpOptions;
  readonly http1: Server;
  readonly journal: Journal;
  readonly server: ServerName;
}

/** Go bounds a handshake by the header timeout of its HTTP server, which is ten seconds in Vault. */
const HANDSHAKE_MS = 10_000;

/** TLS in front of an HTTP server, as the named product does it, journaled from the ClientHello on. */
export class TlsFront {
  #offer: Offer;

  constructor(
    settings: TlsSettings,
    private readonly behind: Behind,
    private readonly faults?: FaultSource,
  ) {
    this.#offer = offerOf(settings);
  }

  get settings(): TlsSettings {
    return this.#offer.settings;
  }

  /**
   * Takes other settings for the connections to come; those that are open keep theirs.
   * @throws as `offerOf`, and then nothing has changed
   */
  use(settings: TlsSettings): void {
    const before = this.#offer.settings;
    this.#offer = offerOf(settings);
    const changed = Object.keys({ ...before, ...settings }).filter(
      (key) => Reflect.get(before, key) !== Reflect.get(settings, key),
    );
    const note = changed.filter((key) => key !== "keyPem").join(", ");
    this.behind.journal.append({ server: this.behind.server }, { type: "lab", what: "tls settings changed", note });
  }

  /** Begins with the first bytes of a connection. */
  accept(raw: net.Socket, connection: Connection): void {
    const offer = this.#offer;
    const report = new HandshakeReport(connection, offer);
    let bytes: Buffer = Buffer.alloc(0);
    const gone = (): void => report.clientLeft();
    const late = (): void => {
      report.timedOut();
      raw.destroy();
    };
    const read = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const first = readFirstBytes(bytes);
      if (first.kind === "incomplete") return;
      raw.off("data", read).off("close", gone).pause();
      this.#meet(first, { raw, bytes, connection, offer, report });
    };
    raw.setTimeout(HANDSHAKE_MS, late);
    raw.prependListener("close", gone).on("data", read);
    raw.on("end", () => raw.end());
    raw.on("error", () => raw.destroy());
  }

  #meet(first: FirstBytes, attempt: Attempt): void {
    const { raw, report, offer, connection } = attempt;
    if (first.kind === "hello") {
      this.#greet(first.hello, attempt);
      return;
    }
    if (first.kind === "http") {
      const answer = offer.front.plainHttp(attempt.bytes.toString("latin1", 0, 16));
      report.notTls({ kind: answer === undefined && offer.front.id === "vault" ? "not-tls" : "plain-http" });
      sendAway(raw, answer);
      return;
    }
    report.notTls({ kind: first.kind === "sslv2" ? "sslv2" : "not-tls" });
    connection.ended ??= { by: "server" };
    sendAway(raw, first.kind === "sslv2" ? plainAlert(ALERTS.protocol_version) : undefined);
  }

  #greet(hello: ClientHello, attempt: Attempt): void {
    const { raw, bytes, connection, offer, report } = attempt;
    report.hello = describeHello(hello);
    const fault = this.faults?.("client-hello", connection, report.hello);
    if (fault !== undefined) {
      report.fault(fault.id);
      strike(fault, raw, connection);
      return;
    }
    const identity = offer.identityFor(hello.serverName);
    const refusal = refusalOf(hello, offer, identity);
    if (refusal !== undefined) {
      report.refused(refusal, hello);
      connection.ended ??= { by: "server" };
      sendAway(raw, plainAlert(ALERTS[refusal.alert]));
      return;
    }
    report.identity = identity;
    raw.unshift(bytes);
    const cut = this.faults?.("server-flight", connection, report.hello);
    new Handshake({
      raw,
      connection,
      offer,
      identity,
      report,
      behind: this.behind,
      ...(cut !== undefined && { cut }),
    }).start();
  }
}

interface Attempt {
  readonly raw: net.Socket;
  readonly bytes: Buffer;
  readonly connection: Connection;
  readonly offer: Offer;
  readonly report: HandshakeReport;
}
