import { type KeyObject, randomBytes } from "node:crypto";
import type { Clock } from "../runtime/index.js";
import { type CertificateDraft, createPublic, type Hash, signCertificate, spkiOf } from "./certificate.js";
import { decode, pem } from "./der.js";
import {
  authorityKeyId,
  basicConstraints,
  type ExtendedKeyUsage,
  extendedKeyUsage,
  type Extension,
  keyIdOf,
  EXTENSION,
  type KeyUsage,
  keyUsage,
  type NameConstraints,
  nameConstraints,
  subjectAltName,
  subjectKeyId,
} from "./extensions.js";
import { generateKey, type KeyPool, keyPem, type KeyType } from "./keys.js";
import { type AlternativeNames, nameOf, type Subject } from "./names.js";
import { type Revocation, signRevocationList } from "./revocation.js";

/** What a certificate is for; decides its extended key usage. */
export type Usage = "server" | "client" | "both" | "none";

export interface CertificateRequest extends AlternativeNames {
  /** Short for `subject: {commonName}`. */
  readonly commonName?: string;
  readonly subject?: Subject;
  /** ms since the epoch; five minutes before the clock's now if absent. */
  readonly notBefore?: number;
  /** ms since the epoch; thirty days after the clock's now if absent. */
  readonly notAfter?: number;
  /** Default `server`. Ignored for an authority. */
  readonly usage?: Usage;
  /** An authority of its own: CA:TRUE, certSign and crlSign. */
  readonly isCa?: boolean;
  readonly pathLength?: number;
  /** Positive two's-complement bytes; 16 random ones if absent. */
  readonly serial?: Buffer;
  readonly keyUsage?: readonly KeyUsage[];
  readonly extendedKeyUsage?: readonly (ExtendedKeyUsage | `${number}.${string}`)[];
  readonly permittedDns?: readonly string[];
  readonly nameConstraints?: NameConstraints;
  /** Without basic constraints where the certificate is no authority's; they are there unless this is false. */
  readonly leafConstraints?: boolean;
  /** The subject's DER, where it is to be as somebody else wrote it; `subject` is then only read. */
  readonly subjectDer?: Buffer;
  /** More extensions: those that Go has a place for go there, the others to the end. */
  readonly extensions?: readonly Extension[];
  /** Extensions at the very end, instead of the usual ones of the same id. (Go: ExtraExtensions) */
  readonly extra?: readonly Extension[];
  /** Extensions that take the place of the usual ones of the same id. */
  readonly replacing?: readonly Extension[];
  /** Ids of extensions to leave out. */
  readonly without?: readonly string[];
  readonly hash?: Hash;
}

export interface KeyedRequest extends CertificateRequest {
  /** A private key to use instead of a new one. */
  readonly key?: KeyObject;
  /** Default `ec-p256`. */
  readonly keyType?: KeyType;
  /** Takes the key from here: the certificate is new, the key is shared. */
  readonly keys?: KeyPool;
}

export interface Certificate {
  readonly der: Buffer;
  readonly certificatePem: string;
  /** The certificate, then those between it and the root, without the root. */
  readonly chainPem: string;
  readonly serial: Buffer;
}

export interface KeyedCertificate extends Certificate {
  readonly key: KeyObject;
  readonly keyPem: string;
}

/** A certificate authority: a root, or a subordinate of one. */
export interface Authority extends KeyedCertificate {
  readonly subject: Subject;
  readonly clock: Clock;
  /** PEM of this authority and of those above it, without the root; empty for a root. */
  readonly intermediatesPem: string;
  /** The certificate of the root that all of this hangs from. */
  readonly rootPem: string;
  /** A certificate with a key of its own. */
  issue(request: KeyedRequest): KeyedCertificate;
  /** A certificate for somebody else's key, as from a CSR. `spki`: the key's DER, where it is known. */
  certify(publicKey: KeyObject, request: CertificateRequest, spki?: Buffer): Certificate;
  /** An authority below this one. */
  subordinate(request: KeyedRequest & { readonly commonName: string }): Authority;
  /** What `certify` would sign, for whoever wants to change it first. */
  draft(publicKey: KeyObject, request: CertificateRequest): CertificateDraft;
  /** A certificate of this authority that was signed elsewhere, with the chain that belongs to it. */
  seal(der: Buffer): Certificate;
  /** The key that `issue` would use. */
  keyFor(request: KeyedRequest): KeyObject;
  /** A DER revocation list. */
  revocationList(revocation: Revocation): Buffer;
}

export interface AuthorityOptions extends KeyedRequest {
  readonly clock: Clock;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A self-signed root. Ten years of life unless told otherwise. */
export function createAuthority(options: AuthorityOptions): Authority {
  const subject = subjectOfRequest(options);
  const key = keyFor(options, `authority ${subject.commonName ?? ""}`);
  const now = options.clock.now();
  const request = { notBefore: now - 60 * MINUTE, notAfter: now + 3650 * DAY, ...options, isCa: true };
  const draft = draftOf(request, createPublic(key), {
    subject,
    key,
    keyId: keyIdOf(createPublic(key)),
    clock: options.clock,
  });
  return authorityOf(signCertificate(draft), key, subject, draft.serial, options.clock, "", undefined);
}

/** An authority from a certificate and key that were made elsewhere. */
export function adoptAuthority(
  der: Buffer,
  key: KeyObject,
  subject: Subject,
  clock: Clock,
  intermediatesPem = "",
  rootPem?: string,
): Authority {
  return authorityOf(der, key, subject, Buffer.alloc(0), clock, intermediatesPem, rootPem);
}

interface Issuer {
  readonly subject: Subject;
  readonly key: KeyObject;
  readonly keyId: Buffer;
  readonly clock: Clock;
}

function authorityOf(
  der: Buffer,
  key: KeyObject,
  subject: Subject,
  serial: Buffer,
  clock: Clock,
  intermediatesPem: string,
  rootPem: string | undefined,
): Authority {
  const certificatePem = pem("CERTIFICATE", der);
  const issuer: Issuer = { subject, key, keyId: keyIdOf(createPublic(key)), clock };
  const draft = (publicKey: KeyObject, request: CertificateRequest): CertificateDraft =>
    draftOf(request, publicKey, issuer);
  const certify = (publicKey: KeyObject, request: CertificateRequest, spki?: Buffer): Certificate => {
    const made = draftOf(request, publicKey, issuer, spki);
    return certificateOf(signCertificate(made), made.serial, intermediatesPem);
  };
  const issue = (request: KeyedRequest): KeyedCertificate => {
    const own = leafKey(request);
    return { ...certify(createPublic(own), request), key: own, keyPem: keyPem(own) };
  };
  const root = rootPem ?? certificatePem;
  return {
    ...certificateOf(der, serial, intermediatesPem),
    chainPem: intermediatesPem === "" ? certificatePem : intermediatesPem,
    key,
    keyPem: keyPem(key),
    subject,
    clock,
    intermediatesPem,
    rootPem: root,
    issue,
    certify,
    draft,
    subordinate: (request) => {
      const made = issue({ ...request, isCa: true });
      const below = made.certificatePem + intermediatesPem;
      return authorityOf(made.der, made.key, subjectOfRequest(request), made.serial, clock, below, root);
    },
    seal: (signed) => certificateOf(signed, Buffer.alloc(0), intermediatesPem),
    keyFor: leafKey,
    revocationList: (revocation) => signRevocationList(issuer, revocation),
  };
}

function leafKey(request: KeyedRequest): KeyObject {
  return keyFor(request, `leaf ${request.commonName ?? request.subject?.commonName ?? ""}`);
}

function certificateOf(der: Buffer, serial: Buffer, intermediatesPem: string): Certificate {
  const certificatePem = pem("CERTIFICATE", der);
  return { der, certificatePem, chainPem: certificatePem + intermediatesPem, serial };
}

function draftOf(
  request: CertificateRequest,
  publicKey: KeyObject,
  issuer: Issuer,
  spki: Buffer = spkiOf(publicKey),
): CertificateDraft {
  const subject = subjectOfRequest(request);
  const now = issuer.clock.now();
  return {
    version: 3,
    serial: request.serial ?? randomSerial(),
    issuer: nameOf(issuer.subject),
    subject: request.subjectDer === undefined ? nameOf(subject) : decode(request.subjectDer),
    notBefore: request.notBefore ?? now - 5 * MINUTE,
    notAfter: request.notAfter ?? now + 30 * DAY,
    publicKey,
    spki,
    extensions: extensionsOf(request, subject, publicKey, spki, issuer),
    signingKey: issuer.key,
    ...(request.hash !== undefined && { hash: request.hash }),
  };
}

/** In the order in which Go's x509.CreateCertificate writes them. */
function extensionsOf(
  request: CertificateRequest,
  subject: Subject,
  publicKey: KeyObject,
  spki: Buffer,
  issuer: Issuer,
): Extension[] {
  const ca = request.isCa ?? false;
  const usages = request.keyUsage ?? (ca ? ["certSign", "crlSign"] : leafKeyUsage(publicKey));
  const extended = request.extendedKeyUsage ?? (ca ? [] : EXTENDED[request.usage ?? "server"]);
  const names = subjectAltName(request, isNobody(request, subject));
  const constraints = request.nameConstraints ?? { permitted: { dns: request.permittedDns ?? [] } };
  const limits = nameConstraints(constraints);
  const replacing = request.replacing ?? [];
  const extra = request.extra ?? [];
  const usual = [
    ...(usages.length > 0 ? [keyUsage(usages)] : []),
    ...(extended.length > 0 ? [extendedKeyUsage(extended)] : []),
    ...(ca || request.leafConstraints !== false ? [basicConstraints(ca, request.pathLength)] : []),
    subjectKeyId(keyIdOf(publicKey, spki)),
    authorityKeyId(issuer.keyId),
    ...(names === undefined ? [] : [names]),
    ...(limits === undefined ? [] : [limits]),
  ].map((extension) => replacing.find((other) => other.id === extension.id) ?? extension);
  return [
    ...[...usual, ...(request.extensions ?? [])]
      .filter(({ id }) => !(request.without ?? []).includes(id) && extra.every((other) => other.id !== id))
      .sort((a, b) => placeOf(a) - placeOf(b)),
    ...extra,
  ];
}

const PLACES: readonly string[] = [
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.basicConstraints,
  EXTENSION.subjectKeyId,
  EXTENSION.authorityKeyId,
  EXTENSION.authorityInfoAccess,
  EXTENSION.subjectAltName,
  EXTENSION.certificatePolicies,
  EXTENSION.nameConstraints,
  EXTENSION.crlDistributionPoints,
];

function placeOf({ id }: Extension): number {
  const place = PLACES.indexOf(id);
  return place === -1 ? PLACES.length : place;
}

/** Has the subject nothing in it? */
function isNobody({ subjectDer }: CertificateRequest, subject: Subject): boolean {
  if (subjectDer !== undefined) return subjectDer.length <= 2;
  return Object.values(subject).every((value: string | readonly string[] | undefined) => (value ?? "").length === 0);
}

const EXTENDED: Readonly<Record<Usage, readonly ExtendedKeyUsage[]>> = {
  server: ["serverAuth"],
  client: ["clientAuth"],
  both: ["serverAuth", "clientAuth"],
  none: [],
};

/** RSA key exchange needs keyEncipherment; other keys cannot do it. */
function leafKeyUsage(publicKey: KeyObject): readonly KeyUsage[] {
  return publicKey.asymmetricKeyType === "rsa" ? ["digitalSignature", "keyEncipherment"] : ["digitalSignature"];
}

function subjectOfRequest(request: CertificateRequest): Subject {
  const { subject = {}, commonName } = request;
  return commonName === undefined ? subject : { ...subject, commonName };
}

function keyFor(request: KeyedRequest, purpose: string): KeyObject {
  const type = request.keyType ?? "ec-p256";
  return request.key ?? request.keys?.key(type, purpose) ?? generateKey(type);
}

/** 16 random bytes whose first bits make the number positive and its DER minimal. */
export function randomSerial(): Buffer {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes;
}
