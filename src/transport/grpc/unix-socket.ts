import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { MistrustError } from "../../runtime/index.js";

/** `sun_path` holds 108 bytes, the last of them a NUL. Node.js cuts longer paths without a word. */
const LONGEST_PATH = 107;

export interface UnixSocketOptions {
  readonly path: string;
  /** Permission bits, whatever the umask; 0o777 if absent. */
  readonly mode?: number;
}

/** What becomes of the socket file when its server goes: an orderly stop removes it, a killed process leaves it. */
export type SocketFate = "removed" | "left-behind";

/** A listening unix socket and its file, from creation over a stale file to one of its two ends. */
export class UnixSocket {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  /**
   * Removes a file that stands at the path, listens, and sets the mode.
   * @throws MISTRUST_SOCKET_PATH_TOO_LONG, MISTRUST_LISTEN_FAILED
   */
  static async listen(options: UnixSocketOptions, accept: (socket: Socket) => void): Promise<UnixSocket> {
    const { path } = options;
    const length = Buffer.byteLength(path);
    if (length > LONGEST_PATH) {
      throw new MistrustError(
        "MISTRUST_SOCKET_PATH_TOO_LONG",
        `the socket path ${path} has ${length} bytes, the system allows ${LONGEST_PATH}`,
        { remedy: "choose a shorter folder, for instance with TMPDIR=/tmp" },
      );
    }
    const server = createServer((socket) => {
      unix.#sockets.add(socket);
      socket.once("close", () => unix.#sockets.delete(socket));
      accept(socket);
    });
    const unix = new UnixSocket(path, server);
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      rmSync(path, { force: true });
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(path, () => {
          server.off("error", reject);
          resolve();
        });
      });
      chmodSync(path, options.mode ?? 0o777);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new MistrustError("MISTRUST_LISTEN_FAILED", `the socket ${path} cannot be listened on: ${why}`, { cause });
    }
    return unix;
  }

  /** Drops all connections and stops listening. */
  async close(fate: SocketFate = "removed"): Promise<void> {
    // Node.js removes the file by its name when it closes; a file that is elsewhere by then stays.
    const aside = `${this.path}~`;
    if (fate === "left-behind") renameSync(this.path, aside);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.drop();
    await closed;
    if (fate === "left-behind") renameSync(aside, this.path);
  }

  /** Drops all connections and goes on listening. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
