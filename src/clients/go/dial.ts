import { connect, type Socket } from "node:net";
import { dialError, networkAddress } from "../../go/index.js";
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
    const late = new GoError(`dial tcp ${networkAddress(host, port)}: i/o timeout`, "timeout");
    const inTime = patience.wait(() => give(late));
    socket.once("error", (error) => {
      inTime();
      give(new GoError(dialError(error, { host, port }), "network", { cause: error }));
    });
    socket.once("connect", () => {
      inTime();
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

/** Both ends of a connection as Go names them in its errors. */
export function ends(raw: Socket): string {
  return `${raw.localAddress ?? "127.0.0.1"}:${raw.localPort ?? 0}->${raw.remoteAddress ?? "127.0.0.1"}:${raw.remotePort ?? 0}`;
}
