import { type KeyObject, verify, X509Certificate } from "node:crypto";
import { type Asn1, content, decode, encode, isTagged, parts, pem, readOid, readTime, TAG, unpem } from "./der.js";
import { EXTENDED_KEY_USAGES, EXTENSION, type Extension, KEY_USAGES, type KeyUsage } from "./extensions.js";
import { readPublicKey } from "./keys.js";
import { type AlternativeNames, readGeneralNames, type Subject, subjectOf, subjectText } from "./names.js";

/** The fields of a certificate that somebody decides by. Times are ms since the epoch. */
export interface CertificateFields extends Required<AlternativeNames> {
  readonly version: number;
  /** Two's-complement bytes as in the certificate. */
  readonly serial: Buffer;
  readonly subject: Subject;
  /** In one line, as Go prints it. */
  readonly subjectText: string;
  readonly issuer: Subject;
  readonly issuerText: string;
  readonly subjectDer: Buffer;
  readonly issuerDer: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: KeyObject;
  readonly isCa: boolean;
  readonly basicConstraintsValid: boolean;
  readonly pathLength?: number;
  readonly keyUsage: readonly KeyUsage[];
  /** Names where they have one, else dotted OIDs. */
  readonly extendedKeyUsage: readonly string[];
  readonly subjectKeyId?: Buffer;
  readonly authorityKeyId?: Buffer;
  readonly extensions: readonly Extension[];
  readonly der: Buffer;
}

/**
 * Reads a certificate, given as DER or as PEM (then the first one in it).
 * @throws Error when it is none
 */
export function parseCertificate(input: Buffer | string): CertificateFields {
  const der = typeof input === "string" ? unpem(input, "CERTIFICATE")[0] : input;
  if (der === undefined) throw new Error("no CERTIFICATE block in the PEM text");
  const fields = parts(parts(decode(der))[0]);
  const versioned = isTagged(fields[0], 0);
  const [serial, , issuer, validity, subject, spki] = versioned ? fields.slice(1) : fields;
  const extensions = readExtensions(parts(fields.find((field) => isTagged(field, 3)))[0]);
  const [notBefore, notAfter] = parts(validity);
  if (issuer === undefined || subject === undefined || spki === undefined) throw new Error("not a certificate");
  const names = { subject: subjectOf(subject), issuer: subjectOf(issuer) };
  return {
    version: versioned ? (content(parts(fields[0])[0])[0] ?? 0) + 1 : 1,
    serial: content(serial),
    ...names,
    subjectText: subjectText(names.subject),
    issuerText: subjectText(names.issuer),
    subjectDer: encode(subject),
    issuerDer: encode(issuer),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    publicKey: readPublicKey(encode(spki)),
    ...describeExtensions(extensions),
    extensions,
    der,
  };
}

export function readExtensions(list: Asn1 | undefined): Extension[] {
  return parts(list).map((item) => {
    const [id, ...rest] = parts(item);
    const critical = rest[0]?.type === TAG.boolean && content(rest[0])[0] !== 0;
    return { id: readOid(id), critical, value: content(rest.at(-1)) };
  });
}

/** What the usual extensions say; fitting both certificates and requests. */
export function describeExtensions(
  extensions: readonly Extension[],
): Pick<
  CertificateFields,
  | keyof Required<AlternativeNames>
  | "isCa"
  | "basicConstraintsValid"
  | "pathLength"
  | "keyUsage"
  | "extendedKeyUsage"
  | "subjectKeyId"
  | "authorityKeyId"
> {
  const of = (id: string): Asn1 | undefined => {
    const found = extensions.find((extension) => extension.id === id);
    return found === undefined ? undefined : decode(found.value);
  };
  const constraints = of(EXTENSION.basicConstraints);
  const [first, second] = parts(constraints);
  const isCa = first?.type === TAG.boolean && content(first)[0] !== 0;
  const pathLength = [first, second].find((part) => part?.type === TAG.integer);
  const subjectKeyId = of(EXTENSION.subjectKeyId);
  const authorityKeyId = parts(of(EXTENSION.authorityKeyId)).find((part) => isTagged(part, 0));
  return {
    ...readGeneralNames(parts(of(EXTENSION.subjectAltName))),
    isCa,
    basicConstraintsValid: constraints !== undefined,
    ...(pathLength !== undefined && { pathLength: content(pathLength)[0] ?? 0 }),
    keyUsage: readKeyUsage(of(EXTENSION.keyUsage)),
    extendedKeyUsage: parts(of(EXTENSION.extendedKeyUsage)).map((usage) => extendedKeyUsageName(readOid(usage))),
    ...(subjectKeyId !== undefined && { subjectKeyId: content(subjectKeyId) }),
    ...(authorityKeyId !== undefined && { authorityKeyId: content(authorityKeyId) }),
  };
}

function readKeyUsage(value: Asn1 | undefined): KeyUsage[] {
  const bytes = content(value);
  const mask = ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
  return KEY_USAGES.filter((_, bit) => (mask & (0x8000 >> bit)) !== 0);
}

function extendedKeyUsageName(id: string): string {
  return Object.entries(EXTENDED_KEY_USAGES).find(([, known]) => known === id)?.[0] ?? id;
}

/** A PKCS#10 certificate signing request. */
export interface SigningRequest extends ReturnType<typeof describeExtensions> {
  readonly subject: Subject;
  readonly subjectDer: Buffer;
  readonly publicKey: KeyObject;
  /** `publicKey` in DER. */
  readonly spki: Buffer;
  /** The extensions that it asks for. */
  readonly extensions: readonly Extension[];
  /** Did its own key sign it? */
  readonly signatureValid: boolean;
}

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/**
 * Reads a signing request, given as DER or PEM, with any type of key.
 * @throws Error when it is none
 */
export function parseSigningRequest(input: Buffer | string): SigningRequest {
  const der =
    typeof input === "string"
      ? (unpem(input, "CERTIFICATE REQUEST")[0] ?? unpem(input, "NEW CERTIFICATE REQUEST")[0])
      : input;
  if (der === undefined) throw new Error("no CERTIFICATE REQUEST block in the PEM text");
  const [info, algorithm, signature] = parts(decode(der));
  const [, subject, keyInfo, attributes] = parts(info);
  if (info === undefined || subject === undefined || keyInfo === undefined) throw new Error("not a signing request");
  const spki = encode(keyInfo);
  const publicKey = readPublicKey(spki);
  const wanted = parts(attributes).find((attribute) => readOid(parts(attribute)[0]) === EXTENSION_REQUEST);
  const extensions = readExtensions(parts(parts(wanted)[1])[0]);
  const digest = SIGNATURE_DIGEST[readOid(parts(algorithm)[0])];
  return {
    subject: subjectOf(subject),
    subjectDer: encode(subject),
    publicKey,
    spki,
    extensions,
    ...describeExtensions(extensions),
    signatureValid: digest !== undefined && verify(digest, encode(info), publicKey, content(signature).subarray(1)),
  };
}

/** Signature OID → digest; null where the algorithm has its own. */
const SIGNATURE_DIGEST: Readonly<Record<string, string | null>> = {
  "1.2.840.113549.1.1.5": "sha1",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.1": "sha1",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null,
};

/** The certificates of a PEM text, in order. */
export function parseChain(text: string): CertificateFields[] {
  return unpem(text, "CERTIFICATE").map(parseCertificate);
}

export function chainPem(certificates: readonly Buffer[]): string {
  return certificates.map((der) => pem("CERTIFICATE", der)).join("");
}

/** Is `signer`'s key the one that signed `certificate`? Looks at the signature alone. */
export function isSignedBy(certificate: Buffer, signer: KeyObject): boolean {
  try {
    return new X509Certificate(certificate).verify(signer);
  } catch {
    return false;
  }
}

/** A serial number or a key id as Vault and OpenSSL print it: `3a:0f:…`. */
export function colonHex(bytes: Buffer): string {
  return bytes.toString("hex").replace(/(..)(?=.)/g, "$1:");
}

/** A serial number in decimal, as Go's big.Int prints it. */
export function decimalSerial(serial: Buffer): string {
  return BigInt(`0x${serial.toString("hex") || "0"}`).toString();
}
