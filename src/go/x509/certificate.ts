import { X509Certificate, type KeyObject } from "node:crypto";
import { pemBlocks } from "../pem.js";
import { derChildren, readDer, readOid, readTime, type Der } from "./der.js";

/** A certificate with the fields that Go's crypto/x509 judges by, in Go's words. */
export interface Certificate {
  readonly raw: Buffer;
  readonly tbs: Buffer;
  readonly signature: Buffer;
  /** OID of the signature algorithm. */
  readonly signatureAlgorithm: string;
  readonly publicKey: KeyObject | undefined;
  readonly version: number;
  readonly serial: bigint;
  readonly rawSubject: Buffer;
  readonly rawIssuer: Buffer;
  readonly commonName: string;
  readonly organization: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly Buffer[];
  readonly hasSan: boolean;
  readonly basicConstraints: { readonly isCa: boolean; readonly maxPathLen: number } | undefined;
  /** Bits of keyUsage in Go's order (bit 5 = certSign); 0 if absent. */
  readonly keyUsage: number;
  /** OIDs; empty if there is no such extension. */
  readonly extKeyUsage: readonly string[];
  readonly subjectKeyId: Buffer | undefined;
  readonly authorityKeyId: Buffer | undefined;
  readonly permittedDns: readonly string[];
  readonly excludedDns: readonly string[];
  /** OIDs of critical extensions that Go does not understand. */
  readonly unhandledCritical: readonly string[];
}

interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/** Extensions that Go's parser handles whatever they hold. (Go: crypto/x509/parser.go processExtensions) */
const HANDLED: ReadonlySet<string> = new Set([
  "2.5.29.14",
  "2.5.29.15",
  "2.5.29.17",
  "2.5.29.19",
  "2.5.29.30",
  "2.5.29.31",
  "2.5.29.32",
  "2.5.29.33",
  "2.5.29.35",
  "2.5.29.36",
  "2.5.29.37",
  "2.5.29.54",
  "1.3.6.1.5.5.7.1.1",
]);

/** Reads a certificate from DER. Throws on what is not one. */
export function parseCertificate(raw: Buffer): Certificate {
  const [tbs, algorithm, signature] = derChildren(readDer(raw).content);
  if (tbs === undefined || algorithm === undefined || signature === undefined) throw new TypeError("not a certificate");
  const fields = derChildren(tbs.content);
  const versioned = fields[0]?.tag === 0xa0;
  const [serial, , issuer, validity, subject] = fields.slice(versioned ? 1 : 0);
  const [notBefore, notAfter] = derChildren(validity?.content ?? Buffer.alloc(0)).map(readTime);
  const extensions = readExtensions(fields.find(({ tag }) => tag === 0xa3));
  const rawSubject = subject?.whole ?? Buffer.alloc(0);
  return {
    raw,
    tbs: tbs.whole,
    signature: signature.content.subarray(1),
    signatureAlgorithm: readOid(derChildren(algorithm.content)[0]?.content ?? Buffer.alloc(0)),
    publicKey: publicKeyOf(raw),
    version: versioned ? (fields[0]?.content.at(-1) ?? 0) + 1 : 1,
    serial: readInteger(serial?.content ?? Buffer.alloc(1)),
    rawSubject,
    rawIssuer: issuer?.whole ?? Buffer.alloc(0),
    commonName: attribute(rawSubject, "2.5.4.3"),
    organization: attribute(rawSubject, "2.5.4.10"),
    notBefore: notBefore ?? 0,
    notAfter: notAfter ?? 0,
    ...readSan(extensions),
    ...readUsage(extensions),
    ...readKeyIds(extensions),
    ...readNameConstraints(extensions),
    unhandledCritical: extensions.filter(({ critical, oid }) => critical && !HANDLED.has(oid)).map(({ oid }) => oid),
  };
}

/** Every certificate in a PEM bundle that can be read; what cannot is skipped. (Go: CertPool.AppendCertsFromPEM) */
export function parsePemBundle(pem: string): Certificate[] {
  const found: Certificate[] = [];
  for (const { type, der } of pemBlocks(pem)) {
    if (type !== "CERTIFICATE") continue;
    try {
      found.push(parseCertificate(der));
    } catch {
      continue;
    }
  }
  return found;
}

function publicKeyOf(raw: Buffer): KeyObject | undefined {
  try {
    return new X509Certificate(raw).publicKey;
  } catch {
    return undefined;
  }
}

function readInteger(content: Buffer): bigint {
  return content.length === 0 ? 0n : BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString("hex")}`));
}

function attribute(name: Buffer, oid: string): string {
  for (const set of derChildren(readDer(name).content)) {
    const [type, value] = derChildren(readDer(set.content).content);
    if (type !== undefined && readOid(type.content) === oid) return value?.content.toString("utf8") ?? "";
  }
  return "";
}

function readExtensions(field: Der | undefined): Extension[] {
  if (field === undefined) return [];
  return derChildren(readDer(field.content).content).map(({ content }) => {
    const parts = derChildren(content);
    return {
      oid: readOid(parts[0]?.content ?? Buffer.alloc(0)),
      critical: parts[1]?.tag === 1 && parts[1].content[0] !== 0,
      value: parts.at(-1)?.content ?? Buffer.alloc(0),
    };
  });
}

function valueOf(extensions: readonly Extension[], oid: string): Buffer | undefined {
  return extensions.find((extension) => extension.oid === oid)?.value;
}

function readSan(extensions: readonly Extension[]): Pick<Certificate, "dnsNames" | "ipAddresses" | "hasSan"> {
  const value = valueOf(extensions, "2.5.29.17");
  const names = value === undefined ? [] : derChildren(readDer(value).content);
  return {
    hasSan: value !== undefined,
    dnsNames: names.filter(({ tag }) => tag === 0x82).map(({ content }) => content.toString("latin1")),
    ipAddresses: names.filter(({ tag }) => tag === 0x87).map(({ content }) => content),
  };
}

function readUsage(
  extensions: readonly Extension[],
): Pick<Certificate, "basicConstraints" | "keyUsage" | "extKeyUsage"> {
  const constraints = valueOf(extensions, "2.5.29.19");
  const usage = valueOf(extensions, "2.5.29.15");
  const extended = valueOf(extensions, "2.5.29.37");
  const parts = constraints === undefined ? [] : derChildren(readDer(constraints).content);
  const pathLength = parts.find(({ tag }) => tag === 2);
  return {
    basicConstraints:
      constraints === undefined
        ? undefined
        : {
            isCa: parts[0]?.tag === 1 && parts[0].content[0] !== 0,
            maxPathLen: pathLength === undefined ? -1 : Number(readInteger(pathLength.content)),
          },
    keyUsage: usage === undefined ? 0 : reverseBits(readDer(usage).content.subarray(1)),
    extKeyUsage:
      extended === undefined ? [] : derChildren(readDer(extended).content).map(({ content }) => readOid(content)),
  };
}

function reverseBits(bits: Buffer): number {
  let value = 0;
  for (let i = 0; i < Math.min(9, bits.length * 8); i++) {
    if (((bits[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) value |= 1 << i;
  }
  return value;
}

function readKeyIds(extensions: readonly Extension[]): Pick<Certificate, "subjectKeyId" | "authorityKeyId"> {
  const subject = valueOf(extensions, "2.5.29.14");
  const authority = valueOf(extensions, "2.5.29.35");
  return {
    subjectKeyId: subject === undefined ? undefined : readDer(subject).content,
    authorityKeyId:
      authority === undefined
        ? undefined
        : derChildren(readDer(authority).content).find(({ tag }) => tag === 0x80)?.content,
  };
}

function readNameConstraints(extensions: readonly Extension[]): Pick<Certificate, "permittedDns" | "excludedDns"> {
  const value = valueOf(extensions, "2.5.29.30");
  const trees = value === undefined ? [] : derChildren(readDer(value).content);
  const dns = (tag: number): string[] =>
    derChildren(trees.find((tree) => tree.tag === tag)?.content ?? Buffer.alloc(0))
      .map(({ content }) => readDer(content))
      .filter((name) => name.tag === 0x82)
      .map((name) => name.content.toString("latin1"));
  return { permittedDns: dns(0xa0), excludedDns: dns(0xa1) };
}
