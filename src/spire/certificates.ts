import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import {
  authorityKeyId,
  basicConstraints,
  type CertificateDraft,
  decimalSerial,
  extendedKeyUsage,
  type Extension,
  generateKey,
  keyIdOf,
  type KeyUsage,
  keyUsage,
  nameOf,
  pem,
  randomSerial,
  signCertificate,
  subjectAltName,
  type Subject,
  subjectKeyId,
} from "../pki/index.js";
import type { KeyTypeName } from "./options.js";
import { hasQuirk, type Release } from "./quirks.js";

/** An X.509 authority that signs: its certificate, and what stands between it and the bundle. */
export interface SigningAuthority {
  readonly der: Buffer;
  readonly key: KeyObject;
  readonly subject: Subject;
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Its own certificate and those above it without the root; empty where it is itself a root. */
  readonly chain: readonly Buffer[];
  /** The certificate that goes into the bundle. */
  readonly root: Buffer;
}

/** A workload's certificate with its key. */
export interface X509Svid {
  /** Leaf first. */
  readonly chain: readonly Buffer[];
  readonly chainPem: string;
  readonly chainDer: Buffer;
  readonly keyPem: string;
  readonly keyDer: Buffer;
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const BACKDATE = 10_000;

interface Order {
  readonly subject: Subject;
  readonly issuer: Pick<SigningAuthority, "subject" | "key"> | "self";
  readonly key: KeyObject;
  readonly serial: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Extension[];
}

/** Extensions come in the order in which Go's x509.CreateCertificate writes them; a root has no authority key id. */
function certificate(order: Order): Buffer {
  const publicKey = createPublicKey(order.key);
  const issuer = order.issuer === "self" ? { subject: order.subject, key: order.key } : order.issuer;
  const draft: CertificateDraft = {
    version: 3,
    serial: order.serial,
    issuer: nameOf(issuer.subject),
    subject: nameOf(order.subject),
    notBefore: order.notBefore,
    notAfter: order.notAfter,
    publicKey,
    extensions: order.extensions,
    signingKey: issuer.key,
  };
  return signCertificate(draft);
}

function extensions(
  usages: readonly KeyUsage[],
  isCa: boolean,
  key: KeyObject,
  issuer: KeyObject | undefined,
  names: { readonly dns?: readonly string[]; readonly uris: readonly string[] },
): Extension[] {
  const san = subjectAltName(names);
  return [
    keyUsage(usages),
    ...(isCa ? [] : [extendedKeyUsage(["serverAuth", "clientAuth"])]),
    basicConstraints(isCa),
    subjectKeyId(keyIdOf(createPublicKey(key))),
    ...(issuer === undefined ? [] : [authorityKeyId(keyIdOf(createPublicKey(issuer)))]),
    ...(san === undefined ? [] : [san]),
  ];
}

export interface AuthorityOrder {
  readonly release: Release;
  readonly trustDomainId: string;
  readonly keyType: KeyTypeName;
  /** ms. */
  readonly now: number;
  readonly ttl: number;
  /** Signs the new authority; without it the authority is its own root. */
  readonly upstream?: SigningAuthority;
}

/** An X.509 CA as `spire-server` makes it. (pkg/server/credtemplate/builder.go) */
export function newAuthority(order: AuthorityOrder): SigningAuthority {
  const key = generateKey(order.keyType);
  const serial = randomSerial();
  const serialNumber = decimalSerial(serial);
  const subject: Subject = {
    country: ["US"],
    organization: ["SPIFFE"],
    ...(hasQuirk(order.release, "ca-subject-has-serial") && { serialNumber }),
  };
  const usages: KeyUsage[] = hasQuirk(order.release, "ca-signs-digitally")
    ? ["digitalSignature", "certSign", "crlSign"]
    : ["certSign", "crlSign"];
  const { upstream } = order;
  const notBefore = order.now - BACKDATE;
  const notAfter = Math.min(order.now + order.ttl, upstream?.notAfter ?? Infinity);
  const names = { uris: [order.trustDomainId] };
  const der = certificate({
    subject,
    issuer: upstream ?? "self",
    key,
    serial,
    notBefore,
    notAfter,
    extensions: extensions(usages, true, key, upstream?.key, names),
  });
  const chain = upstream === undefined ? [] : [der, ...upstream.chain];
  return { der, key, subject, notBefore, notAfter, chain, root: upstream?.root ?? der };
}

/** The root of an upstream authority, such as an operator keeps on disk: ten days of life. */
export function newUpstreamRoot(trustDomainId: string, now: number): SigningAuthority {
  const key = generateKey("ec-p256");
  const subject: Subject = { country: ["US"], organization: ["Upstream"], commonName: "Upstream root" };
  const notBefore = now - 60_000;
  const notAfter = now + 240 * 3_600_000;
  const der = certificate({
    subject,
    issuer: "self",
    key,
    serial: randomSerial(),
    notBefore,
    notAfter,
    extensions: extensions(["certSign", "crlSign"], true, key, undefined, { uris: [trustDomainId] }),
  });
  return { der, key, subject, notBefore, notAfter, chain: [], root: der };
}

export interface SvidOrder {
  readonly release: Release;
  readonly spiffeId: string;
  readonly dnsNames: readonly string[];
  readonly keyType: KeyTypeName;
  /** ms. */
  readonly now: number;
  readonly ttl: number;
}

/** A workload's X509-SVID: valid from ten seconds ago, never longer than its issuer. */
export function newX509Svid(authority: SigningAuthority, order: SvidOrder): X509Svid {
  const key = generateKey(order.keyType);
  const [commonName] = order.dnsNames;
  const subject: Subject = {
    country: ["US"],
    organization: ["SPIRE"],
    ...(commonName !== undefined && { commonName }),
    ...(hasQuirk(order.release, "svid-subject-has-unique-id") && { uniqueIdentifier: uniqueId(order.spiffeId) }),
  };
  const notBefore = order.now - BACKDATE;
  const notAfter = Math.min(order.now + order.ttl, authority.notAfter);
  const names = { dns: order.dnsNames, uris: [order.spiffeId] };
  const leaf = certificate({
    subject,
    issuer: authority,
    key,
    serial: randomSerial(),
    notBefore,
    notAfter,
    extensions: extensions(["digitalSignature", "keyEncipherment", "keyAgreement"], false, key, authority.key, names),
  });
  const chain = [leaf, ...authority.chain];
  return {
    chain,
    chainPem: chain.map((der) => pem("CERTIFICATE", der)).join(""),
    chainDer: Buffer.concat(chain),
    keyPem: key.export({ type: "pkcs8", format: "pem" }).toString(),
    keyDer: key.export({ type: "pkcs8", format: "der" }),
    notBefore,
    notAfter,
  };
}

/** First half of the SPIFFE ID's SHA-256, in hex. (pkg/common/x509svid/uniqueid.go) */
function uniqueId(spiffeId: string): string {
  return createHash("sha256").update(spiffeId).digest("hex").slice(0, 32);
}
