import { createHash, type KeyObject } from "node:crypto";
import {
  type Asn1,
  bits,
  boolean,
  content,
  decode,
  encode,
  integer,
  octets,
  oid,
  parts,
  primitive,
  sequence,
  tagged,
  TAG,
} from "./der.js";
import { type AlternativeNames, generalNames, ipBytes } from "./names.js";

/** An extension as it stands in a certificate; `value` is the DER inside the OCTET STRING. */
export interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

export const EXTENSION = {
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  crlNumber: "2.5.29.20",
  nameConstraints: "2.5.29.30",
  certificatePolicies: "2.5.29.32",
  freshestCrl: "2.5.29.46",
  deltaCrlIndicator: "2.5.29.27",
  crlDistributionPoints: "2.5.29.31",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
} as const;

/** In the order of their bits (RFC 5280 §4.2.1.3). */
export const KEY_USAGES = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "certSign",
  "crlSign",
  "encipherOnly",
  "decipherOnly",
] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

export const EXTENDED_KEY_USAGES = {
  any: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  ipsecEndSystem: "1.3.6.1.5.5.7.3.5",
  ipsecTunnel: "1.3.6.1.5.5.7.3.6",
  ipsecUser: "1.3.6.1.5.5.7.3.7",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
} as const;
export type ExtendedKeyUsage = keyof typeof EXTENDED_KEY_USAGES;

const extension = (id: string, critical: boolean, value: Asn1): Extension => ({ id, critical, value: encode(value) });

export function extensionDer(it: Extension): Asn1 {
  return sequence(oid(it.id), ...(it.critical ? [boolean(true)] : []), octets(it.value));
}

export function keyUsage(usages: readonly KeyUsage[]): Extension {
  let mask = 0;
  for (const usage of usages) mask |= 0x8000 >> KEY_USAGES.indexOf(usage);
  const bytes = (mask & 0xff) === 0 ? Buffer.from([mask >> 8]) : Buffer.from([mask >> 8, mask & 0xff]);
  const last = bytes.at(-1) ?? 0;
  let unused = 0;
  while (unused < 7 && ((last >> unused) & 1) === 0) unused++;
  return extension(EXTENSION.keyUsage, true, bits(bytes, unused));
}

/** Usages by name, or by dotted OID for those without one. */
export function extendedKeyUsage(usages: readonly (ExtendedKeyUsage | `${number}.${string}`)[]): Extension {
  const id = (usage: string): string =>
    Object.entries(EXTENDED_KEY_USAGES).find(([name]) => name === usage)?.[1] ?? usage;
  return extension(EXTENSION.extendedKeyUsage, false, sequence(...usages.map((usage) => oid(id(usage)))));
}

export function basicConstraints(isCa: boolean, pathLength?: number): Extension {
  const inside = isCa ? [boolean(true), ...(pathLength === undefined ? [] : [integer(pathLength)])] : [];
  return extension(EXTENSION.basicConstraints, true, sequence(...inside));
}

/** Critical when the subject is empty, as RFC 5280 §4.2.1.6 demands and Go does. */
export function subjectAltName(names: AlternativeNames, critical = false): Extension | undefined {
  const list = generalNames(names);
  return list.length === 0 ? undefined : extension(EXTENSION.subjectAltName, critical, sequence(...list));
}

export function subjectKeyId(id: Buffer): Extension {
  return extension(EXTENSION.subjectKeyId, false, octets(id));
}

export function authorityKeyId(id: Buffer): Extension {
  return extension(EXTENSION.authorityKeyId, false, sequence(tagged(0, id.toString("latin1"))));
}

/** What names an authority may certify. IP ranges as `10.0.0.0/8`. */
export interface NameConstraints {
  readonly permitted?: NameSubtrees;
  readonly excluded?: NameSubtrees;
}

export interface NameSubtrees {
  readonly dns?: readonly string[];
  readonly ipRanges?: readonly string[];
  readonly emails?: readonly string[];
  readonly uris?: readonly string[];
}

/** `undefined` where nothing is constrained. */
export function nameConstraints({ permitted, excluded }: NameConstraints): Extension | undefined {
  const both = [permitted, excluded].map((trees = {}) => subtreesOf(trees));
  if (both.every((trees) => trees.length === 0)) return undefined;
  const sides = both.flatMap((trees, n) => (trees.length === 0 ? [] : [tagged(n, trees)]));
  return extension(EXTENSION.nameConstraints, true, sequence(...sides));
}

function subtreesOf({ dns = [], ipRanges = [], emails = [], uris = [] }: NameSubtrees): Asn1[] {
  return [
    ...dns.map((text) => sequence(tagged(2, text))),
    ...ipRanges.map((text) => sequence(tagged(7, rangeBytes(text).toString("latin1")))),
    ...emails.map((text) => sequence(tagged(1, text))),
    ...uris.map((text) => sequence(tagged(6, text))),
  ];
}

/** Address and mask. */
function rangeBytes(text: string): Buffer {
  const [address = "", length = ""] = text.split("/");
  const bytes = ipBytes(address);
  const mask = Buffer.from(bytes.map((_, at) => (0xff00 >> Math.min(8, Math.max(0, Number(length) - at * 8))) & 0xff));
  return Buffer.concat([bytes.map((byte, at) => byte & (mask[at] ?? 0)), mask]);
}

/** Under which policies it is issued, each with the notice and the statement that go with it (RFC 5280 §4.2.1.4). */
export function certificatePolicies(policies: readonly CertificatePolicy[]): Extension {
  const information = policies.map(({ id, cps = "", notice = "" }) => {
    const qualifiers = [
      ...(notice === "" ? [] : [sequence(oid("1.3.6.1.5.5.7.2.2"), sequence(primitive(TAG.utf8, utf8(notice))))]),
      ...(cps === "" ? [] : [sequence(oid("1.3.6.1.5.5.7.2.1"), primitive(TAG.ia5, cps))]),
    ];
    return sequence(oid(id), ...(qualifiers.length === 0 ? [] : [sequence(...qualifiers)]));
  });
  return extension(EXTENSION.certificatePolicies, false, sequence(...information));
}

export interface CertificatePolicy {
  readonly id: string;
  readonly cps?: string;
  readonly notice?: string;
}

function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Where to ask about the issuer: OCSP responders and the issuer's own certificate (RFC 5280 §4.2.2.1). */
export function authorityInfoAccess(ocsp: readonly string[], issuers: readonly string[]): Extension {
  const access =
    (method: string) =>
    (url: string): Asn1 =>
      sequence(oid(method), tagged(6, url));
  return extension(
    EXTENSION.authorityInfoAccess,
    false,
    sequence(...ocsp.map(access("1.3.6.1.5.5.7.48.1")), ...issuers.map(access("1.3.6.1.5.5.7.48.2"))),
  );
}

export function crlDistributionPoints(urls: readonly string[]): Extension {
  return extension(EXTENSION.crlDistributionPoints, false, pointsOf(urls));
}

/** Where delta lists are (RFC 5280 §4.2.1.15). */
export function freshestCrl(urls: readonly string[]): Extension {
  return extension(EXTENSION.freshestCrl, false, pointsOf(urls));
}

function pointsOf(urls: readonly string[]): Asn1 {
  return sequence(...urls.map((url) => sequence(tagged(0, [tagged(0, [tagged(6, url)])]))));
}

/** SHA-1 over the public key's bits: RFC 5280 §4.2.1.2 method 1, which Vault, SPIRE and Go use. */
export function keyIdOf(
  publicKey: KeyObject,
  spki: Buffer = publicKey.export({ type: "spki", format: "der" }),
): Buffer {
  return createHash("sha1")
    .update(content(parts(decode(spki))[1]).subarray(1))
    .digest();
}
