import type net from "node:net";
import { Duplex } from "node:stream";

/**
 * A socket whose output can be stopped between two records. TLS on a socket itself writes past JavaScript, so this
 * stands between them where the server's last flight may have to be replaced.
 */
export class Gate extends Duplex {
  #shut = false;
  #left: number;

  /** @param cutAfter lets this many bytes out, then ends the socket */
  constructor(
    readonly socket: net.Socket,
    cutAfter = Infinity,
  ) {
    super();
    this.#left = cutAfter;
    socket.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("close", () => this.destroy());
    socket.on("error", () => this.destroy());
  }

  /** Nothing more goes out, and the socket is the caller's again. */
  shut(): void {
    this.#shut = true;
    this.socket.removeAllListeners("data");
  }

  override _read(): void {
    if (!this.#shut) this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#shut) {
      done();
      return;
    }
    if (chunk.length < this.#left) {
      this.#left -= chunk.length;
      this.socket.write(chunk, done);
      return;
    }
    this.#shut = true;
    this.socket.end(chunk.subarray(0, this.#left), () => done());
  }

  override _final(done: () => void): void {
    if (this.#shut) {
      done();
      return;
    }
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#shut) this.socket.destroy();
    done(error);
  }
}
