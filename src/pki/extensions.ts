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
  sequence,
  tagged,
} from "./der.js";
import { type AlternativeNames, generalNames } from "./names.js";

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

/** Only names below these DNS domains may be certified. */
export function nameConstraints(permittedDns: readonly string[]): Extension {
  const subtrees = permittedDns.map((domain) => sequence(tagged(2, domain)));
  return extension(EXTENSION.nameConstraints, true, sequence(tagged(0, subtrees)));
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
  const point = (url: string): Asn1 => sequence(tagged(0, [tagged(0, [tagged(6, url)])]));
  return extension(EXTENSION.crlDistributionPoints, false, sequence(...urls.map(point)));
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
