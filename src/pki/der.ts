import asn1, { type Asn1 } from "node-forge/lib/asn1.js";
import { pemBlocks } from "../go/index.js";

/**
 * ASN.1 values and their DER bytes, with node-forge as codec. Keys, digests and signatures are node:crypto's:
 * forge's own know RSA only and are slow.
 */
export type { Asn1 };

/** Tag numbers of the universal class (X.680 §8.4). */
export const TAG = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8: 12,
  sequence: 16,
  set: 17,
  printable: 19,
  ia5: 22,
  utcTime: 23,
  generalizedTime: 24,
} as const;

const UNIVERSAL = 0x00;
const CONTEXT = 0x80;

export const primitive = (tag: number, bytes: string): Asn1 => asn1.create(UNIVERSAL, tag, false, bytes);
export const sequence = (...items: Asn1[]): Asn1 => asn1.create(UNIVERSAL, TAG.sequence, true, items);
export const set = (...items: Asn1[]): Asn1 => asn1.create(UNIVERSAL, TAG.set, true, items);
export const oid = (dotted: string): Asn1 => primitive(TAG.oid, asn1.oidToDer(dotted).getBytes());
export const boolean = (value: boolean): Asn1 => primitive(TAG.boolean, value ? "\xff" : "\x00");
export const enumerated = (value: number): Asn1 => primitive(TAG.enumerated, String.fromCharCode(value));
export const octets = (bytes: Buffer): Asn1 => primitive(TAG.octetString, bytes.toString("latin1"));
export const nothing = (): Asn1 => primitive(TAG.null, "");
/** A BIT STRING of whole bytes, or with `unused` bits at its end. */
export const bits = (bytes: Buffer, unused = 0): Asn1 =>
  primitive(TAG.bitString, String.fromCharCode(unused) + bytes.toString("latin1"));
/** A context-specific tag `[n]` around parts (explicit) or around bytes (implicit). */
export const tagged = (n: number, content: Asn1[] | string): Asn1 =>
  asn1.create(CONTEXT, n, typeof content !== "string", content);

/** A number, or the two's-complement bytes of one. */
export function integer(value: number | Buffer): Asn1 {
  if (typeof value !== "number") return primitive(TAG.integer, value.toString("latin1"));
  let hex = value.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  if (parseInt(hex.slice(0, 2), 16) >= 0x80) hex = `00${hex}`;
  return primitive(TAG.integer, Buffer.from(hex, "hex").toString("latin1"));
}

/** A time in ms since the epoch, in the form that RFC 5280 §4.1.2.5 asks for: UTCTime up to 2049, then GeneralizedTime. */
export function time(ms: number): Asn1 {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, "");
  return year >= 1950 && year < 2050 ? primitive(TAG.utcTime, digits.slice(2)) : primitive(TAG.generalizedTime, digits);
}

export function encode(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), "latin1");
}

/** A SEQUENCE of values that are DER already. */
export function enclose(...items: readonly Buffer[]): Buffer {
  const content = Buffer.concat(items);
  const length: number[] = [];
  for (let left = content.length; left > 0; left >>>= 8) length.unshift(left & 0xff);
  const head = content.length < 0x80 ? [content.length] : [0x80 | length.length, ...length];
  return Buffer.concat([Buffer.from([0x20 | TAG.sequence, ...head]), content]);
}

/** @throws Error when the bytes are not one DER value */
export function decode(der: Buffer): Asn1 {
  return asn1.fromDer(der.toString("latin1"), { decodeBitStrings: false });
}

/** The parts of a constructed value; none of a primitive one. */
export function parts(value: Asn1 | undefined): Asn1[] {
  return value === undefined || typeof value.value === "string" ? [] : value.value;
}

/** The content bytes of a primitive value; empty for a constructed one. */
export function content(value: Asn1 | undefined): Buffer {
  return typeof value?.value === "string" ? Buffer.from(value.value, "latin1") : Buffer.alloc(0);
}

export function isTagged(value: Asn1 | undefined, n: number): boolean {
  return value?.tagClass === CONTEXT && value.type === n;
}

export function readOid(value: Asn1 | undefined): string {
  return asn1.derToOid(content(value).toString("latin1"));
}

/** Text of any of the string types that names are made of. */
export function readText(value: Asn1 | undefined): string {
  return content(value).toString(value?.type === TAG.utf8 ? "utf8" : "latin1");
}

/** A UTCTime or GeneralizedTime as ms since the epoch. */
export function readTime(value: Asn1 | undefined): number {
  const text = content(value).toString("latin1");
  const short = value?.type === TAG.utcTime;
  const year = short ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text.slice(0, 2) : text.slice(0, 4);
  const rest = text.slice(short ? 2 : 4);
  const at = (from: number): string => rest.slice(from, from + 2);
  return Date.parse(`${year}-${at(0)}-${at(2)}T${at(4)}:${at(6)}:${at(8)}Z`);
}

export function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The DER of every block in `text`, or of those labelled `label`, in order. */
export function unpem(text: string, label?: string): Buffer[] {
  return pemBlocks(text)
    .filter(({ type }) => label === undefined || type === label)
    .map(({ der }) => der);
}
