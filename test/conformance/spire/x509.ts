import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { EXTENSION, EXTENDED_KEY_USAGES, KEY_USAGES } from "../../../src/pki/index.js";

/** Certificates as the matchers see them: PEM, or base64 of DER without separators. */
export interface Chain {
  readonly format: "pem" | "der";
  readonly certificates: readonly X509Certificate[];
  readonly cleanPem: boolean;
}

const BLOCK = /-----BEGIN ([A-Z ]+)-----\n[\s\S]*?-----END \1-----\n?/g;

/** Bytes travel as base64 in protobuf's JSON; what is inside may itself be PEM. */
function bytesOf(text: string): Buffer {
  return text.startsWith("-----BEGIN") ? Buffer.from(text) : Buffer.from(text, "base64");
}

export function chainOf(text: string): Chain {
  const bytes = bytesOf(text);
  const pem = bytes.toString("latin1");
  if (pem.startsWith("-----BEGIN")) {
    const certificates = [...pem.matchAll(BLOCK)].map(([block]) => new X509Certificate(block));
    return { format: "pem", certificates, cleanPem: certificates.map((one) => one.toString()).join("") === pem };
  }
  const certificates: X509Certificate[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + derLength(bytes, at);
    certificates.push(new X509Certificate(bytes.subarray(at, end)));
    at = end;
  }
  return { format: "der", certificates, cleanPem: true };
}

function derLength(bytes: Buffer, at: number): number {
  const first = bytes.readUInt8(at + 1);
  if (first < 0x80) return 2 + first;
  const size = first & 0x7f;
  return 2 + size + bytes.readUIntBE(at + 2, size);
}

export function keyOf(text: string): { readonly format: "pem" | "der"; readonly key: KeyObject } {
  const bytes = bytesOf(text);
  if (bytes.toString("latin1").startsWith("-----BEGIN PRIVATE KEY-----")) {
    return { format: "pem", key: createPrivateKey(bytes) };
  }
  return { format: "der", key: createPrivateKey({ key: bytes, format: "der", type: "pkcs8" }) };
}

export function keyAlgorithm(key: KeyObject): string {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") return `rsa-${modulusLength ?? 0}`;
  const curves: Record<string, string> = { prime256v1: "ec-p256", secp384r1: "ec-p384", secp521r1: "ec-p521" };
  return curves[namedCurve ?? ""] ?? String(key.asymmetricKeyType);
}

/** The first certificate in the words of the `<x509>` matcher. */
export function describe(chain: Chain): Record<string, unknown> {
  const [certificate] = chain.certificates;
  if (certificate === undefined) throw new Error("no certificate");
  const names = (certificate.subjectAltName ?? "").split(", ");
  const of = (kind: string): string[] =>
    names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
  const extensions = extensionsOf(certificate.raw);
  return {
    format: chain.format,
    count: chain.certificates.length,
    uriSan: of("URI:").join(","),
    dnsSans: of("DNS:"),
    subject: distinguished(certificate.subject),
    issuer: distinguished(certificate.issuer),
    keyUsage: usages(extensions.get(EXTENSION.keyUsage)),
    eku: extendedUsages(certificate).map(
      (id) => Object.entries(EXTENDED_KEY_USAGES).find(([, known]) => known === id)?.[0] ?? id,
    ),
    isCa: certificate.ca,
    basicConstraints: extensions.has(EXTENSION.basicConstraints),
    sigAlg: signatureAlgorithm(certificate.raw),
    keyAlg: keyAlgorithm(certificate.publicKey),
    lifetimeSeconds: (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 1000,
    subjectKeyId: extensions.has(EXTENSION.subjectKeyId),
    authorityKeyId: extensions.has(EXTENSION.authorityKeyId),
    cleanPem: chain.cleanPem,
  };
}

/** Node.js gives nothing where the extension is missing, whatever its types say. */
function extendedUsages({ keyUsage }: { readonly keyUsage?: readonly string[] }): readonly string[] {
  return keyUsage ?? [];
}

/** Node.js lists the parts in the order of the certificate; Go in reverse, in one line. */
function distinguished(lines: string): string {
  return lines
    .split("\n")
    .map((part) => part.replace(/^serialNumber=/, "SERIALNUMBER="))
    .reverse()
    .join(",");
}

const SIGNATURES: Readonly<Record<string, string>> = {
  "2a8648ce3d040302": "ECDSA-SHA256",
  "2a8648ce3d040303": "ECDSA-SHA384",
  "2a864886f70d01010b": "SHA256-RSA",
};

function signatureAlgorithm(der: Buffer): string {
  return Object.entries(SIGNATURES).find(([oid]) => der.includes(Buffer.from(oid, "hex")))?.[1] ?? "unknown";
}

/** Extensions by OID, found by their encoded ids; values are what stands in the OCTET STRING. */
function extensionsOf(der: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const id of Object.values(EXTENSION)) {
    if (!id.startsWith("2.5.29.")) continue;
    const at = der.indexOf(Buffer.from([0x06, 0x03, 0x55, 0x1d, Number(id.split(".")[3])]));
    if (at === -1) continue;
    let value = at + 5;
    if (der.readUInt8(value) === 0x01) value += 3;
    found.set(id, der.subarray(value + 2, value + derLength(der, value)));
  }
  return found;
}

function usages(value: Buffer | undefined): string[] {
  if (value === undefined) return [];
  const words: Readonly<Record<string, string>> = { certSign: "keyCertSign", crlSign: "cRLSign" };
  const bits = value.subarray(3);
  return KEY_USAGES.filter((_, i) => ((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0).map(
    (name) => words[name] ?? name,
  );
}

export function verifiedBy(chain: Chain, roots: Chain): boolean {
  const all = [...chain.certificates.slice(1), ...roots.certificates];
  let [current] = chain.certificates;
  for (let steps = 0; current !== undefined && steps < 8; steps++) {
    const here: X509Certificate = current;
    if (roots.certificates.some((root) => root.raw.equals(here.raw))) return true;
    current = all.find((issuer) => here.checkIssued(issuer) && here.verify(issuer.publicKey));
  }
  return false;
}
