import { rmSync, statSync } from "node:fs";
import net from "node:net";
import { MistrustError } from "../runtime/index.js";

export interface Address {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** A unix socket instead of host and port. */
  readonly path?: string;
}

/** Linux takes 108 bytes with the closing NUL; Node cuts longer names without a word. */
const LONGEST_PATH = 107;

/**
 * Makes a server listen. A unix socket that nobody answers on any more is replaced.
 * @throws MISTRUST_LISTEN_FAILED, MISTRUST_SOCKET_PATH_TOO_LONG
 */
export async function bind(server: net.Server, address: Address): Promise<void> {
  const { path } = address;
  if (path !== undefined && Buffer.byteLength(path) > LONGEST_PATH) {
    throw new MistrustError(
      "MISTRUST_SOCKET_PATH_TOO_LONG",
      `${path} has ${Buffer.byteLength(path)} bytes, a unix socket's path may have ${LONGEST_PATH}`,
      {
        remedy: "choose a shorter directory, such as one below /tmp",
      },
    );
  }
  if (path !== undefined && (await isStale(path))) rmSync(path);
  const where = path ?? `${address.host ?? "127.0.0.1"}:${address.port ?? 0}`;
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(listenError(where, error));
    server.once("error", failed);
    server.listen(
      path === undefined ? { host: address.host ?? "127.0.0.1", port: address.port ?? 0 } : { path },
      () => {
        server.off("error", failed);
        resolve();
      },
    );
  });
}

function listenError(where: string, error: NodeJS.ErrnoException): MistrustError {
  switch (error.code) {
    case "EADDRINUSE":
      return new MistrustError("MISTRUST_LISTEN_FAILED", `cannot listen on ${where}: something else already does`, {
        remedy: "stop it, or leave the port out to get a free one",
        cause: error,
      });
    case "EACCES":
      return new MistrustError("MISTRUST_LISTEN_FAILED", `cannot listen on ${where}: not permitted`, {
        remedy: "choose a port above 1023, or a directory that you may write to",
        cause: error,
      });
    case "EADDRNOTAVAIL":
      return new MistrustError(
        "MISTRUST_LISTEN_FAILED",
        `cannot listen on ${where}: this machine has no such address`,
        {
          cause: error,
        },
      );
    default:
      return new MistrustError("MISTRUST_LISTEN_FAILED", `cannot listen on ${where}: ${error.message}`, {
        cause: error,
      });
  }
}

async function isStale(path: string): Promise<boolean> {
  const isSocket = statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
  if (!isSocket) return false;
  return await new Promise((resolve) => {
    const probe = net.connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
