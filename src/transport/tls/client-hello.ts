import type { ClientHelloRecord } from "../../journal/index.js";
import { ja4 } from "./ja4.js";
import { cipherSuiteName, groupName, isGrease, TLS_VERSIONS, versionName } from "./registry.js";

/** A ClientHello (RFC 8446 §4.1.2) in numbers, GREASE included, in the order in which it was sent. */
export interface ClientHello {
  readonly legacyVersion: number;
  /** From supported_versions; empty in a client that does not know TLS 1.3. */
  readonly supportedVersions: readonly number[];
  readonly cipherSuites: readonly number[];
  readonly groups: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  readonly extensions: readonly number[];
  readonly serverName?: string;
  readonly alpn: readonly string[];
}

/** What the first bytes of a connection turned out to be. */
export type FirstBytes =
  | { readonly kind: "incomplete" }
  | { readonly kind: "hello"; readonly hello: ClientHello }
  /** Begins like `GET /`: somebody speaks HTTP to a TLS port. */
  | { readonly kind: "http" }
  | { readonly kind: "sslv2" }
  /** An alert, or any other record that is no handshake. */
  | { readonly kind: "other-record" }
  | { readonly kind: "garbage" };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
/** The largest ClientHello that is read; OpenSSL's limit is the same order. */
const LONGEST = 131_072;

/** Looks at all bytes that came so far. A ClientHello may lie in pieces, over packets and over records. */
export function readFirstBytes(bytes: Buffer): FirstBytes {
  const type = bytes[0];
  if (type === undefined) return { kind: "incomplete" };
  if (type === 0x80) return { kind: "sslv2" };
  if (type !== HANDSHAKE) return notHandshake(bytes);
  if (bytes.length >= 2 && bytes[1] !== 3) return { kind: "garbage" };
  const message = joinRecords(bytes);
  if (message === undefined) return { kind: "garbage" };
  if (message.length > 0 && message[0] !== CLIENT_HELLO) return { kind: "other-record" };
  const length = message.length < 4 ? undefined : message.readUIntBE(1, 3);
  if (length !== undefined && length > LONGEST) return { kind: "garbage" };
  if (length === undefined || message.length < 4 + length) return { kind: "incomplete" };
  const hello = parseClientHello(message.subarray(4, 4 + length));
  return hello === undefined ? { kind: "garbage" } : { kind: "hello", hello };
}

function notHandshake(bytes: Buffer): FirstBytes {
  const known = bytes[0] === 20 || bytes[0] === 21 || bytes[0] === 23;
  if (known && bytes[1] === 3) return { kind: "other-record" };
  if (bytes.length < 5) return { kind: "incomplete" };
  return { kind: /^[A-Z]{3,}/.test(bytes.toString("latin1", 0, 5)) ? "http" : "garbage" };
}

/** The handshake bytes of all whole records, or nothing if a record of another kind is among them. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const fragments: Buffer[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    if (bytes[at] !== HANDSHAKE) return undefined;
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    fragments.push(bytes.subarray(at + 5, Math.min(end, bytes.length)));
    if (end > bytes.length) break;
    at = end;
  }
  return fragments.length === 1 ? fragments[0] : Buffer.concat(fragments);
}

/** Walks over bytes; every read beyond the end throws. */
class Reader {
  #at = 0;
  constructor(readonly bytes: Buffer) {}

  get done(): boolean {
    return this.#at >= this.bytes.length;
  }
  number(size: 1 | 2): number {
    const value = this.bytes.readUIntBE(this.#at, size);
    this.#at += size;
    return value;
  }
  take(size: number): Buffer {
    if (this.#at + size > this.bytes.length) throw new RangeError("beyond the end");
    return this.bytes.subarray(this.#at, (this.#at += size));
  }
  /** A vector with its length in front. */
  vector(lengthSize: 1 | 2): Buffer {
    return this.take(this.number(lengthSize));
  }
}

function parseClientHello(body: Buffer): ClientHello | undefined {
  try {
    const reader = new Reader(body);
    const legacyVersion = reader.number(2);
    reader.take(32);
    reader.vector(1);
    const cipherSuites = numbers(reader.vector(2));
    reader.vector(1);
    const extensions = new Map<number, Buffer>();
    const list = reader.done ? new Reader(Buffer.alloc(0)) : new Reader(reader.vector(2));
    while (!list.done) extensions.set(list.number(2), list.vector(2));
    const name = serverNameOf(extensions.get(0));
    return {
      legacyVersion,
      supportedVersions: listOf(extensions.get(43), 1),
      cipherSuites,
      groups: listOf(extensions.get(10), 2),
      signatureAlgorithms: listOf(extensions.get(13), 2),
      extensions: [...extensions.keys()],
      alpn: protocolsOf(extensions.get(16)),
      ...(name !== undefined && { serverName: name }),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function numbers(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) found.push(bytes.readUInt16BE(at));
  return found;
}

function listOf(extension: Buffer | undefined, lengthSize: 1 | 2): number[] {
  return extension === undefined ? [] : numbers(new Reader(extension).vector(lengthSize));
}

function serverNameOf(extension: Buffer | undefined): string | undefined {
  if (extension === undefined || extension.length === 0) return undefined;
  const list = new Reader(new Reader(extension).vector(2));
  while (!list.done) {
    const type = list.number(1);
    const name = list.vector(2);
    if (type === 0) return name.toString("latin1");
  }
  return undefined;
}

function protocolsOf(extension: Buffer | undefined): string[] {
  if (extension === undefined) return [];
  const list = new Reader(new Reader(extension).vector(2));
  const names: string[] = [];
  while (!list.done) names.push(list.vector(1).toString("latin1"));
  return names;
}

/** The versions that a client would speak, newest first, as Go works them out (crypto/tls: readClientHello). */
export function versionsOf(hello: ClientHello): number[] {
  if (hello.supportedVersions.length > 0) return hello.supportedVersions.filter((version) => !isGrease(version));
  const newest = Math.min(hello.legacyVersion, TLS_VERSIONS["TLSv1.2"]);
  return Object.values(TLS_VERSIONS)
    .filter((version) => version <= newest)
    .reverse();
}

/** The hello in names, for the journal; worked out when somebody reads it, since most are never read. */
export function describeHello(hello: ClientHello): ClientHelloRecord {
  const meant = (ids: readonly number[]): number[] => ids.filter((id) => !isGrease(id));
  return {
    get versions() {
      return versionsOf(hello).map(versionName);
    },
    get cipherSuites() {
      return meant(hello.cipherSuites).map(cipherSuiteName);
    },
    get groups() {
      return meant(hello.groups).map(groupName);
    },
    get ja4() {
      return ja4(hello);
    },
    alpn: hello.alpn,
    ...(hello.serverName !== undefined && { serverName: hello.serverName }),
  };
}
