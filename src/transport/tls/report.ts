import type { ClientHelloRecord, EventBody } from "../../journal/index.js";
import { type Connection, localOf, remoteOf } from "../connection.js";
import type { HelloRefusal } from "./admission.js";
import type { ClientHello } from "./client-hello.js";
import type { ClientCertificateProblem } from "./client-certificate.js";
import type { HandshakeProblem } from "./fronts/index.js";
import type { Identity, Offer } from "./offer.js";
import { describePresented, remedyFor } from "./presented.js";
import { alertName } from "./registry.js";

type Ending = Omit<Extract<EventBody, { type: "handshake" }>, "type" | "outcome" | "hello">;

const WHY: Readonly<Record<string, string>> = {
  "protocol-version": "client and server share no version of TLS",
  "cipher-suite": "client and server share no cipher suite",
  "key-exchange": "client and server share no group for the key exchange",
  "application-protocol": "client and server share no application protocol",
};

/** Writes the one `handshake` event of a connection, and what the real server would have logged about it. */
export class HandshakeReport {
  hello: ClientHelloRecord | undefined;
  /** Set once its certificate goes out. */
  identity: Identity | undefined;
  #done = false;

  constructor(
    private readonly connection: Connection,
    private readonly offer: Offer,
  ) {}

  get done(): boolean {
    return this.#done;
  }

  completed(ending: Ending): void {
    this.#write("completed", ending);
  }

  /** The hello itself was refused. */
  refused(refusal: HelloRefusal, hello: ClientHello): void {
    this.#write("failed", {
      endedBy: "server",
      alert: refusal.alert,
      wanted: refusal.wanted,
      why: WHY[refusal.kind] ?? refusal.kind,
    });
    this.#append({ type: "checks", decision: "tls handshake", checks: refusal.checks, refusedBy: refusal.kind });
    this.#log({ kind: refusal.kind, hello });
  }

  /** A client certificate that is missing or bad; no alert where the refusal comes in HTTP. */
  certificateRefused(
    problem: ClientCertificateProblem,
    alert: string | undefined,
    version: string,
    got?: string,
  ): void {
    const missing = problem.kind === "missing";
    const wanted = "a client certificate from an authority that the server trusts";
    const why = missing
      ? "the client presented no certificate"
      : `the client's certificate was refused: ${problem.openssl.replace(/^\d+:/, "")}`;
    const checks = [
      {
        id: "client-certificate",
        outcome: "refused" as const,
        wanted,
        got: missing ? "none" : (got ?? problem.code),
        remedy: missing
          ? "configure a client certificate and key in the client"
          : "present a certificate from an authority that the server trusts",
      },
    ];
    if (alert !== undefined) this.#write("failed", { endedBy: "server", alert, version, wanted, why });
    this.#append({ type: "checks", decision: "tls handshake", checks, refusedBy: "client-certificate" });
    this.#log({ kind: "client-certificate", problem, version });
  }

  /** The client sent an alert. */
  clientAlert(code: number): void {
    const alert = alertName(code);
    const remedy = remedyFor(alert);
    this.#write("failed", {
      endedBy: "client",
      alert,
      why: "the client refused what it was sent",
      ...this.#presented(),
      ...(remedy !== undefined && { remedy }),
    });
    this.#log({ kind: "client-alert", alert: code });
  }

  /** The connection ended without an alert. */
  clientLeft(): void {
    if (this.#done) return;
    const reset = this.connection.ended?.how === "ECONNRESET";
    this.#write("failed", {
      endedBy: "client",
      why: reset ? "the client reset the connection" : "the client closed the connection",
      ...this.#presented(),
    });
    const { local, remote } = this.#ends();
    this.#log(reset ? { kind: "reset", local, remote } : { kind: "closed" });
  }

  timedOut(): void {
    if (this.#done) return;
    this.#write("failed", { endedBy: "server", why: "the client did not go on" });
    this.#log({ kind: "timeout", ...this.#ends() });
  }

  notTls(problem: Extract<HandshakeProblem, { kind: "plain-http" | "not-tls" | "sslv2" }>): void {
    const why = {
      "plain-http": "the client speaks plain HTTP",
      "not-tls": "the client does not speak TLS",
      sslv2: "the client speaks SSL 2",
    };
    const remedy = problem.kind === "plain-http" && { remedy: "say https in the client's address" };
    this.#write("failed", { endedBy: "server", why: why[problem.kind], ...remedy });
    this.#log(problem);
  }

  /** Node's TLS library ended it on its own. */
  libraryError(reason: string): void {
    this.#write("failed", { endedBy: "server", why: reason });
    this.#log({ kind: "library", reason });
  }

  fault(id: string): void {
    this.#write("failed", { endedBy: "server", why: `fault ${id}` });
  }

  #presented(): { presented?: string } {
    return this.identity === undefined ? {} : { presented: describePresented(this.identity.certificatePem) };
  }

  #ends(): { local: string; remote: string } {
    return { local: localOf(this.connection), remote: remoteOf(this.connection) };
  }

  #write(outcome: "completed" | "failed", ending: Ending): void {
    if (this.#done) return;
    this.#done = true;
    this.#append({ type: "handshake", outcome, ...(this.hello !== undefined && { hello: this.hello }), ...ending });
  }

  #log(problem: HandshakeProblem): void {
    const line = this.offer.front.log(problem, remoteOf(this.connection), this.offer.go);
    if (line !== undefined) this.#append({ type: "log", ...line });
  }

  #append(body: EventBody): void {
    this.connection.journal.append({ server: this.connection.server, connection: this.connection.id }, body);
  }
}
