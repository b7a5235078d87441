import type { Socket } from "node:net";
import { Duplex } from "node:stream";

const HANDSHAKE = 0x16;
const ALERT = 0x15;

/**
 * The bytes under a TLS client. It lets the client see what OpenSSL hides (plain text instead of TLS, alerts, where the
 * stream was cut) and can hold back the client's last flight until the server's certificate has been judged, because Go
 * judges it inside the handshake and tells the server by an alert.
 */
export class Wire extends Duplex {
  /** The first bytes that the server sent. */
  head = Buffer.alloc(0);
  /** An alert that the server sent before anything was encrypted. */
  alert: number | undefined;
  /** How the connection ended, once it has. */
  ending: "end" | "reset" | undefined;
  #record = Buffer.alloc(0);
  #held: Buffer[] | undefined;
  #abandoned = false;

  constructor(readonly raw: Socket) {
    super();
    raw.on("data", (chunk: Buffer) => this.#received(chunk));
    raw.on("end", () => {
      this.ending ??= "end";
      this.push(null);
    });
    raw.on("error", (error) => {
      this.ending ??= "reset";
      this.destroy(error);
    });
    raw.on("close", () => this.destroy());
  }

  /** Was the stream cut inside a TLS record? */
  get cutInRecord(): boolean {
    return this.#record.length > 0;
  }

  /** The version that the server chose in a plain ServerHello, as the wire has it (0x0302 = TLS 1.1). */
  get serverHelloVersion(): number | undefined {
    const isServerHello = this.head[0] === HANDSHAKE && this.head[5] === 2 && this.head.length >= 11;
    return isServerHello ? this.head.readUInt16BE(9) : undefined;
  }

  /** Did the server answer with something that is no TLS? */
  get isPlain(): boolean {
    return this.head.length > 0 && this.head[0] !== HANDSHAKE && this.head[0] !== ALERT;
  }

  /** Keeps back what the client writes from now on. */
  hold(): void {
    this.#held ??= [];
  }

  /** Sends what was kept back and holds no more. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (held.length > 0) this.raw.write(Buffer.concat(held));
  }

  /** Sends `last` instead of what was kept back and ends the connection. */
  abandon(last: Buffer): void {
    this.#abandoned = true;
    this.raw.end(last);
    // The server closes when it has read the alert; nobody waits for one that does not.
    this.raw.unref();
  }

  override _read(): void {
    this.raw.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#abandoned) {
      done();
      return;
    }
    if (this.#held === undefined) return void this.raw.write(chunk, done);
    this.#held.push(chunk);
    done();
  }

  override _final(done: () => void): void {
    if (this.#held === undefined && !this.#abandoned) this.raw.end(done);
    else done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#abandoned) this.raw.destroy();
    done(error);
  }

  #received(chunk: Buffer): void {
    if (this.head.length < 64) this.head = Buffer.concat([this.head, chunk]).subarray(0, 64);
    this.#readRecords(chunk);
    if (!this.push(chunk)) this.raw.pause();
  }

  #readRecords(chunk: Buffer): void {
    let rest = Buffer.concat([this.#record, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt16BE(3)) {
      const end = 5 + rest.readUInt16BE(3);
      if (rest[0] === ALERT && end === 7) this.alert = rest[6];
      rest = rest.subarray(end);
    }
    this.#record = rest;
  }
}
