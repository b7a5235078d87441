import type net from "node:net";
import type { ClientHelloRecord } from "../journal/index.js";
import type { Connection } from "./connection.js";

/**
 * When a fault of the socket strikes: right after accepting, when the ClientHello is read, or in the bytes that the
 * server's side of the TLS handshake writes.
 */
export type FaultMoment = "accept" | "client-hello" | "server-flight";

/** A deliberate misbehaviour of one connection. Those that exist are in `src/faults`. */
export interface SocketFault {
  readonly id: string;
  /** One sentence for the journal: what happens to this connection. */
  readonly note: string;
  /** Lets this many bytes of the handshake out and then ends; only at `server-flight`. */
  readonly cutAfter?: number;
  /** Does it, at every other moment. The connection is its own from then on. */
  act?(socket: net.Socket): void;
}

/** Decides for each connection and moment. The hello is known from `client-hello` on. */
export type FaultSource = (
  moment: FaultMoment,
  connection: Connection,
  hello?: ClientHelloRecord,
) => SocketFault | undefined;

/** Journals a fault and lets it happen. */
export function strike(fault: SocketFault, socket: net.Socket, connection: Connection): void {
  journalFault(fault, connection);
  connection.ended = { by: "server", how: fault.id };
  socket.on("error", () => undefined);
  fault.act?.(socket);
}

export function journalFault(fault: SocketFault, connection: Connection): void {
  const head = { server: connection.server, connection: connection.id };
  connection.journal.append(head, { type: "fault", fault: fault.id, note: fault.note });
}
