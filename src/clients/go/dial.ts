import { connect, isIP, type Socket } from "node:net";
import { GoError } from "./error.js";
import type { Patience } from "./patience.js";

/** Opens a TCP connection, or fails with Go's words. */
export async function dialTcp(host: string, port: number, patience: Patience): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const give = (error: GoError): void => {
      socket.destroy();
      reject(error);
    };
    const late = new GoError(`dial tcp ${address(host, port)}: i/o timeout`, "timeout");
    const inTime = patience.wait(() => give(late));
    socket.once("error", (error) => {
      inTime();
      give(new GoError(dialText(first(error), host, port), "network", { cause: error }));
    });
    socket.once("connect", () => {
      inTime();
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

/** The words that Go has for the system's errors. (Go: syscall errors on Linux) */
export const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  EPIPE: "broken pipe",
  ETIMEDOUT: "connection timed out",
};

/** What went wrong with the first address tried; Node collects them all, Go reports that one. */
function first(error: Error): NodeJS.ErrnoException & { readonly address?: string; readonly port?: number } {
  return error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
}

function dialText(error: NodeJS.ErrnoException & { readonly address?: string }, host: string, port: number): string {
  // unverified: Go adds " on <name server>" where it asked one itself.
  if (error.syscall === "getaddrinfo") return `dial tcp: lookup ${host}: no such host`;
  const words = SYSTEM_ERRORS[error.code ?? ""] ?? error.message;
  return `dial tcp ${address(error.address ?? host, port)}: connect: ${words}`;
}

function address(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Both ends of a connection as Go names them in its errors. */
export function ends(raw: Socket): string {
  return `${raw.localAddress ?? "127.0.0.1"}:${raw.localPort ?? 0}->${raw.remoteAddress ?? "127.0.0.1"}:${raw.remotePort ?? 0}`;
}
