import type { Clock } from "../runtime/index.js";
import type { FaultMoment, HttpHandler, HttpReply, HttpRequest, SocketFault } from "../transport/index.js";

/** A parameter of a fault, for the reference page. */
export interface FaultParameter {
  readonly says: string;
  readonly default?: string | number;
}

/** Values of parameters, as a scenario or a caller gives them. Their types were checked where they were read. */
export type FaultValues = Readonly<Record<string, unknown>>;

/** Strikes a connection, before HTTP is spoken on it. */
export interface SocketStrike {
  readonly moment: FaultMoment;
  readonly fault: SocketFault;
}

/** Strikes a request: answers itself, or asks the server behind it and changes the answer. */
export type HttpStrike = (request: HttpRequest, next: HttpHandler) => HttpReply | Promise<HttpReply>;

/** One kind of deliberate misbehaviour. A kind does one thing; which of its two sides is used hangs on its parameters. */
export interface FaultKind {
  readonly id: string;
  /** What happens at the socket, and what Go's clients make of it. */
  readonly says: string;
  readonly parameters: Readonly<Record<string, FaultParameter>>;
  socket?(values: FaultValues): SocketStrike | undefined;
  http?(values: FaultValues, clock: Clock): HttpStrike | undefined;
}

/** Where in an exchange a connection is cut. */
export const AT: FaultParameter = {
  says: "`connect`: as soon as it is accepted; `hello`: after the ClientHello; `request`: when a request has come; `headers`: after the reply's headers; `body`: in the midst of its body",
  default: "connect",
};

export function atSocket(values: FaultValues): FaultMoment | undefined {
  const at = values.at ?? "connect";
  if (at === "hello") return "client-hello";
  return at === "connect" ? "accept" : undefined;
}

export function text(values: FaultValues, name: string, otherwise: string): string {
  const value = values[name];
  return typeof value === "string" ? value : otherwise;
}

export function number(values: FaultValues, name: string, otherwise: number): number {
  const value = values[name];
  return typeof value === "number" ? value : otherwise;
}
