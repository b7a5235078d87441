import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { type Asn1, bits, decode, enclose, encode, integer, nothing, oid, sequence, tagged, time } from "./der.js";
import { type Extension, extensionDer } from "./extensions.js";

export type Hash = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

const RSA_SIGNATURE: Readonly<Record<Hash, string>> = {
  md5: "1.2.840.113549.1.1.4",
  sha1: "1.2.840.113549.1.1.5",
  sha256: "1.2.840.113549.1.1.11",
  sha384: "1.2.840.113549.1.1.12",
  sha512: "1.2.840.113549.1.1.13",
};
const ECDSA_SIGNATURE: Readonly<Record<Hash, string>> = {
  // There is no ECDSA with MD5; SHA-1 is the nearest that exists.
  md5: "1.2.840.10045.4.1",
  sha1: "1.2.840.10045.4.1",
  sha256: "1.2.840.10045.4.3.2",
  sha384: "1.2.840.10045.4.3.3",
  sha512: "1.2.840.10045.4.3.4",
};
const ED25519 = "1.3.101.112";

/** Everything about a certificate before it is signed. */
export interface CertificateDraft {
  /** 3 unless a defect wants an X.509 v1 certificate, which has no extensions. */
  readonly version: 1 | 3;
  /** Two's-complement bytes of the serial number. */
  readonly serial: Buffer;
  readonly issuer: Asn1;
  readonly subject: Asn1;
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: KeyObject;
  /** The DER of `publicKey`, where somebody has it: OpenSSL takes its time to write a key. */
  readonly spki?: Buffer;
  readonly extensions: readonly Extension[];
  readonly signingKey: KeyObject;
  /** Digest of the signature; without it, the one that Go picks for the signing key. */
  readonly hash?: Hash;
  /** Flips a bit of the finished signature. */
  readonly tampered?: boolean;
}

/** The draft as a signed certificate, in DER. */
export function signCertificate(draft: CertificateDraft): Buffer {
  const hash = draft.hash ?? hashFor(draft.signingKey);
  const algorithm = signatureAlgorithm(draft.signingKey, hash);
  const tbs = sequence(
    ...(draft.version === 3 ? [tagged(0, [integer(2)])] : []),
    integer(draft.serial),
    algorithm,
    draft.issuer,
    sequence(time(draft.notBefore), time(draft.notAfter)),
    draft.subject,
    decode(draft.spki ?? spkiOf(draft.publicKey)),
    ...(draft.version === 3 && draft.extensions.length > 0
      ? [tagged(3, [sequence(...draft.extensions.map(extensionDer))])]
      : []),
  );
  return sealed(tbs, draft.signingKey, hash, draft.tampered);
}

/** `SEQUENCE { content, algorithm, signature }`, the form that certificates, requests and revocation lists share. */
export function sealed(tbs: Asn1, key: KeyObject, hash: Hash = hashFor(key), tampered = false): Buffer {
  const content = encode(tbs);
  const signature = sign(key.asymmetricKeyType === "ed25519" ? null : digestFor(key, hash), content, key);
  if (tampered) signature.writeUInt8((signature.at(-1) ?? 0) ^ 1, signature.length - 1);
  return enclose(content, encode(signatureAlgorithm(key, hash)), encode(bits(signature)));
}

export function signatureAlgorithm(key: KeyObject, hash: Hash): Asn1 {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return sequence(oid(RSA_SIGNATURE[hash]), nothing());
    case "ed25519":
      return sequence(oid(ED25519));
    default:
      return sequence(oid(ECDSA_SIGNATURE[hash]));
  }
}

/** The SubjectPublicKeyInfo of a key, in DER. */
export function spkiOf(key: KeyObject): Buffer {
  return createPublic(key).export({ type: "spki", format: "der" });
}

export function createPublic(key: KeyObject): KeyObject {
  return key.type === "private" ? createPublicKey(key) : key;
}

function digestFor(key: KeyObject, hash: Hash): Hash {
  return hash === "md5" && key.asymmetricKeyType === "ec" ? "sha1" : hash;
}

/** The digest that Go picks for a key (crypto/x509 signingParamsForKey). */
export function hashFor(key: KeyObject): Hash {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === "secp384r1") return "sha384";
  if (curve === "secp521r1") return "sha512";
  return "sha256";
}
