import { gunzipSync } from "node:zlib";
import { goQuote } from "../../../runtime/index.js";

/** An answer of the API server; the body is text, whatever it claims to be. */
export interface ApiReply {
  readonly status: number;
  readonly body: string;
}

/** What an answer's head says of what follows it. */
interface Head {
  readonly status: number;
  /** Length of the body in bytes, or how its end is found. */
  readonly body: number | "chunked" | "until close";
  readonly gzip: boolean;
  readonly closes: boolean;
}

const BROKEN = "net/http: HTTP/1.x transport connection broken: ";
const NOTHING: Buffer = Buffer.alloc(0);

/** Reads one HTTP/1 answer after the other from the bytes of a connection. */
export class AnswerReader {
  #bytes = NOTHING;
  #head: Head | undefined;
  #chunks: Buffer[] = [];
  /** Whether the last answer was one after which no other comes. */
  closes = false;

  /** Whether a part of an answer is there. */
  get begun(): boolean {
    return this.#head !== undefined || this.#bytes.length > 0;
  }

  /** Whether the part that is there goes beyond its head. */
  get inBody(): boolean {
    return this.#head !== undefined;
  }

  /**
   * The answer, as soon as it is whole.
   * @throws Error where this is no HTTP, in the words of Go's net/http
   */
  take(bytes: Buffer): ApiReply | undefined {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    while (this.#head === undefined) {
      const end = this.#bytes.indexOf("\r\n\r\n");
      if (end === -1) {
        this.#checkStart();
        return;
      }
      const head = readHead(this.#bytes.toString("latin1", 0, end));
      this.#bytes = this.#bytes.subarray(end + 4);
      // 100 Continue and its like come before the answer.
      if (head.status >= 200) this.#head = head;
    }
    const body = this.#takeBody(this.#head);
    return body === undefined ? undefined : this.#finish(this.#head, body);
  }

  /** The answer that the end of the connection completes, if it does. */
  end(): ApiReply | undefined {
    return this.#head?.body === "until close" ? this.#finish(this.#head, this.#bytes) : undefined;
  }

  #takeBody({ body }: Head): Buffer | undefined {
    if (body === "until close") return undefined;
    if (body === "chunked") return this.#takeChunks();
    if (this.#bytes.length < body) return undefined;
    const whole = this.#bytes.subarray(0, body);
    this.#bytes = this.#bytes.subarray(body);
    return whole;
  }

  #takeChunks(): Buffer | undefined {
    for (;;) {
      const line = this.#bytes.indexOf("\r\n");
      if (line === -1) return undefined;
      const size = parseInt(this.#bytes.toString("latin1", 0, line), 16);
      if (Number.isNaN(size)) throw new Error("invalid byte in chunk length");
      const start = line + 2;
      if (size === 0) return this.#takeTrailers(line);
      if (this.#bytes.length < start + size + 2) return undefined;
      this.#chunks.push(this.#bytes.subarray(start, start + size));
      this.#bytes = this.#bytes.subarray(start + size + 2);
    }
  }

  /** `line`: where the line of the last chunk ends. An empty line follows, behind trailers if there are any. */
  #takeTrailers(line: number): Buffer | undefined {
    const end = this.#bytes.indexOf("\r\n\r\n", line);
    if (end === -1) return undefined;
    this.#bytes = this.#bytes.subarray(end + 4);
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  }

  #finish({ status, gzip, closes }: Head, body: Buffer): ApiReply {
    this.#head = undefined;
    this.closes = closes;
    return { status, body: (gzip ? gunzipSync(body) : body).toString() };
  }

  #checkStart(): undefined {
    const end = this.#bytes.indexOf("\n");
    if (end !== -1) statusOf(this.#bytes.toString("latin1", 0, end).trimEnd());
  }
}

function readHead(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const status = statusOf(first);
  let body: Head["body"] = "until close";
  let closes = first.startsWith("HTTP/1.0");
  let gzip = false;
  for (const line of lines) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).toLowerCase()) {
      case "content-length":
        if (body !== "chunked") body = Number(value);
        break;
      case "transfer-encoding":
        if (value.toLowerCase() === "chunked") body = "chunked";
        break;
      case "connection":
        closes = value.toLowerCase() !== "keep-alive" && (closes || value.toLowerCase() === "close");
        break;
      case "content-encoding":
        gzip = value === "gzip";
        break;
    }
  }
  if (status < 200 || status === 204 || status === 304) body = 0;
  return { status, body, gzip, closes: closes || body === "until close" };
}

function statusOf(line: string): number {
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1];
  if (status === undefined) throw new Error(`${BROKEN}malformed HTTP response ${goQuote(line)}`);
  return Number(status);
}
