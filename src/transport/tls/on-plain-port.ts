import type { Connection } from "../connection.js";
import { describeHello, readFirstBytes } from "./client-hello.js";

/** Journals a client that began with TLS on a port that speaks plain HTTP; whatever else it sent is not its business. */
export function noteTlsOnPlainPort(connection: Connection, bytes: Buffer): void {
  const first = readFirstBytes(bytes);
  if (connection.tls !== undefined || first.kind !== "hello") return;
  connection.journal.append(
    { server: connection.server, connection: connection.id },
    {
      type: "handshake",
      outcome: "failed",
      hello: describeHello(first.hello),
      endedBy: "server",
      why: "the client speaks TLS, and this port speaks plain HTTP",
      remedy: "say http in the client's address, or let the server speak TLS",
    },
  );
}
