import { createSocket } from "node:dgram";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { dirname, join } from "node:path";

/** Where an audit device writes. Failures are Errors in Go's words. */
export interface Sink {
  /** Makes sure that it can be written to. */
  open(): Promise<void>;
  write(bytes: Buffer): Promise<void>;
  close(): void;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "is a directory",
  ENOTDIR: "not a directory",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  EROFS: "read-only file system",
  EBADF: "bad file descriptor",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EPIPE: "broken pipe",
  ETIMEDOUT: "i/o timeout",
};

/** Why a system call failed, as Go's standard library says it. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? error.message;
}

export interface FileOptions {
  readonly path: string;
  /** Permissions of the file; `undefined` keeps those that it has. */
  readonly mode: number | undefined;
  /** What the Vault takes for `/`. */
  readonly root: string;
}

/** A file that is appended to. It is opened anew once if writing fails. (builtin/audit/file/backend.go) */
export class FileSink implements Sink {
  readonly #options: FileOptions;
  #handle: FileHandle | undefined;

  constructor(options: FileOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    if (this.#handle !== undefined) return;
    const { path, mode, root } = this.#options;
    const real = join(root, path);
    try {
      await mkdir(dirname(real), { recursive: true, mode: 0o755 });
    } catch (error) {
      throw new Error(`mkdir ${dirname(path)}: ${reason(error)}`, { cause: error });
    }
    try {
      this.#handle = await open(real, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, mode ?? 0o600);
      if (mode !== undefined) await this.#handle.chmod(mode);
    } catch (error) {
      throw new Error(`open ${path}: ${reason(error)}`, { cause: error });
    }
  }

  async write(bytes: Buffer): Promise<void> {
    try {
      await this.open();
      await this.#handle?.appendFile(bytes);
    } catch {
      this.close();
      await this.open();
      await this.#again(bytes);
    }
  }

  close(): void {
    // Whoever closes does not care any more how that ends.
    this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }

  async #again(bytes: Buffer): Promise<void> {
    try {
      await this.#handle?.appendFile(bytes);
    } catch (error) {
      throw new Error(`write ${this.#options.path}: ${reason(error)}`, { cause: error });
    }
  }
}

/** A sink whose lines nobody but the lab's journal sees: the standard output, or nothing. */
export const UNSEEN: Sink = {
  open: () => Promise.resolve(),
  write: () => Promise.resolve(),
  close: () => undefined,
};

export interface SocketOptions {
  readonly address: string;
  readonly type: "tcp" | "udp" | "unix";
  /** Longest wait for a connection and for a write, in ms. */
  readonly timeout: number;
}

/** A connection that is made when it is needed, and made anew once if writing fails. (builtin/audit/socket/backend.go) */
export class SocketSink implements Sink {
  readonly #options: SocketOptions;
  #socket: Socket | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  async write(bytes: Buffer): Promise<void> {
    const first = await this.#try(bytes);
    if (first === undefined) return;
    this.close();
    const second = await this.#try(bytes);
    if (second === undefined) return;
    this.close();
    throw new Error(`2 errors occurred:\n\t* ${first}\n\t* ${second}\n\n`);
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  /** @returns why it failed */
  async #try(bytes: Buffer): Promise<string | undefined> {
    try {
      if (this.#options.type === "udp") await sendDatagram(hostAndPort(this.#options.address), bytes);
      else await this.#send(await this.#connected(), bytes);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #connected(): Promise<Socket> {
    if (this.#socket !== undefined && !this.#socket.destroyed && this.#socket.writable) return this.#socket;
    const { address, type, timeout } = this.#options;
    const socket = createConnection(type === "unix" ? { path: address } : hostAndPort(address));
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      const failed = (why: string) => () => {
        socket.destroy();
        reject(new Error(`dial ${type} ${address}: ${why}`));
      };
      socket.setTimeout(timeout, failed("i/o timeout"));
      socket.once("error", (error) => {
        failed(`connect: ${reason(error)}`)();
      });
      socket.once("connect", resolve);
    });
    socket.setTimeout(0).removeAllListeners("error");
    // A failure between two writes shows itself in the next one.
    socket.on("error", () => undefined).unref();
    return socket;
  }

  #send(socket: Socket, bytes: Buffer): Promise<void> {
    const { address, type, timeout } = this.#options;
    return new Promise((resolve, reject) => {
      const done = (why?: string): void => {
        socket.setTimeout(0);
        if (why === undefined) resolve();
        else reject(new Error(`write ${type} ${address}: ${why}`));
      };
      socket.setTimeout(timeout, () => {
        done("i/o timeout");
      });
      socket.write(bytes, (error) => {
        done(error ? `write: ${reason(error)}` : undefined);
      });
    });
  }
}

function hostAndPort(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(":");
  return { host: address.slice(0, at).replace(/^\[|\]$/g, "") || "127.0.0.1", port: Number(address.slice(at + 1)) };
}

async function sendDatagram({ host, port }: { host: string; port: number }, bytes: Buffer): Promise<void> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.send(bytes, port, host, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  } finally {
    socket.close();
  }
}
