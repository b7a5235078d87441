import { createPublicKey, type KeyObject } from "node:crypto";
import { type CertificateFields, isSignedBy, parseCertificate } from "../../../pki/index.js";
import { pemBlocks } from "../../../go/index.js";
import { type BackendReply, type BackendRequest, type FieldData, type Path, VaultError } from "../../core/backend.js";
import { privateKeyOf } from "./import.js";
import { goTime } from "./mint.js";
import type { PkiStore, StoredCertificate } from "./store.js";

/** Revoking a certificate, by whoever may, or by whoever has its key. (builtin/logical/pki/path_revoke.go) */
export function revokePaths(store: PkiStore): Path[] {
  const fields = { serial_number: { type: "string" }, certificate: { type: "string" } } as const;
  return [
    {
      pattern: "revoke",
      summary: "Revoke by serial number or certificate.",
      fields,
      operations: { update: (request) => revoke(store, request) },
    },
    {
      pattern: "revoke-with-key",
      summary: "Revoke a certificate whose key one has.",
      fields: { ...fields, private_key: { type: "string" } },
      operations: { update: (request) => revoke(store, request) },
    },
  ];
}

export function revocationTimes(at: number): { revocation_time: number; revocation_time_rfc3339: string } {
  return { revocation_time: Math.floor(at / 1_000), revocation_time_rfc3339: goTime(at) };
}

function revoke(store: PkiStore, { data, path }: BackendRequest): BackendReply {
  const hasSerial = data.has("serial_number");
  const hasCertificate = data.has("certificate");
  if (!hasSerial && !hasCertificate) return { error: "The serial number or certificate to revoke must be provided." };
  if (hasSerial && hasCertificate)
    return { error: "Must provide either the certificate or the serial to revoke; not both." };
  const withKey = path.endsWith("-with-key");
  const key = withKey ? sentKey(data) : undefined;
  if (typeof key === "string") return { error: key };
  const serial = data.string("serial_number");
  if (hasSerial && serial === "") return { error: "The serial number must be provided" };
  const found = hasSerial ? store.certificate(serial) : presented(store, data.string("certificate"));
  if (found === undefined) return { error: `certificate with serial ${serial} not found.` };
  if (key !== undefined && !createPublicKey(key).equals(found.certificate.publicKey)) {
    throw new VaultError(500, "provided private key does not match certificate's public key");
  }
  return revoked(store, found);
}

function revoked(store: PkiStore, found: StoredCertificate): BackendReply {
  const own = [...store.issuers.values()].find(({ certificate }) => certificate.der.equals(found.der));
  if (own !== undefined) return { error: `adding issuer (id: ${own.id}) to its own CRL is not allowed` };
  if (found.revokedAt === undefined) {
    found.revokedAt = store.context.clock.now();
    found.revokedBy =
      [...store.issuers.values()].find((one) => isIssuedBy(found.certificate, one.certificate))?.id ?? "";
    store.crlNumber++;
  }
  return { data: { ...revocationTimes(found.revokedAt), state: "revoked" } };
}

function isIssuedBy(certificate: CertificateFields, above: CertificateFields): boolean {
  return above.subjectDer.equals(certificate.issuerDer) && isSignedBy(certificate.der, above.publicKey);
}

const SHORTEST = 75;

/** The key that was sent, or the refusal. */
function sentKey(data: FieldData): KeyObject | string {
  const text = data.string("private_key");
  if (!data.has("private_key")) return "Must have private key to revoke via the /revoke-with-key path.";
  if (Buffer.byteLength(text) < SHORTEST) {
    return "Provided data for private_key was too short; perhaps a path was passed to the API rather than the contents of a PEM file?";
  }
  const [block] = pemBlocks(text);
  return block === undefined ? "provided PEM block contained no data" : privateKeyOf(block.type, block.der);
}

/**
 * The certificate that was sent, which need not be stored if somebody here has signed it.
 * @throws VaultError
 */
function presented(store: PkiStore, text: string): StoredCertificate {
  if (Buffer.byteLength(text) < SHORTEST) {
    throw new VaultError(
      500,
      "provided certificate data was too short; perhaps a path was passed to the API rather than the contents of a PEM file",
    );
  }
  const [block] = pemBlocks(text);
  if (block === undefined) throw new VaultError(500, "certificate contains no PEM data");
  const certificate = readCertificate(block.der);
  const known = [...store.certificates.values()].find(({ der }) => der.equals(certificate.der));
  if (known !== undefined) return known;
  if (![...store.issuers.values()].some((one) => isIssuedBy(certificate, one.certificate))) {
    throw new VaultError(
      500,
      "unable to verify signature on presented cert from any present issuer in this mount; certificates from previous CAs will need to have their issuing CA and key re-imported if revocation is necessary",
    );
  }
  return store.keep(certificate);
}

/** @throws VaultError */
function readCertificate(der: Buffer): CertificateFields {
  try {
    return parseCertificate(der);
  } catch {
    throw new VaultError(500, "certificate could not be parsed: x509: malformed certificate");
  }
}
