import { pem, colonHex } from "../../../pki/index.js";
import type { BackendReply, BackendRequest, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { listReply, NOT_FOUND } from "../../core/sdk.js";
import { goTime } from "./mint.js";
import type { Issuer, PkiStore } from "./store.js";

const CHAIN = "application/pem-certificate-chain";
const CERTIFICATE = "application/pkix-cert";

/** What anybody may read without a token. */
export const UNAUTHENTICATED = [
  "cert/*",
  "ca/pem",
  "ca_chain",
  "ca",
  "crl/delta",
  "crl/delta/pem",
  "crl/pem",
  "crl",
  "issuer/+/crl/der",
  "issuer/+/crl/pem",
  "issuer/+/crl",
  "issuer/+/pem",
  "issuer/+/der",
  "issuer/+/json",
  "issuers/",
];

/** Reading issuers, certificates and revocation lists, and revoking. */
export function readPaths(store: PkiStore): Path[] {
  const read = (
    pattern: string,
    summary: string,
    handler: (request: BackendRequest) => BackendReply,
    fields?: Path["fields"],
  ): Path => ({
    pattern,
    summary,
    ...(fields !== undefined && { fields }),
    operations: { read: handler },
  });
  const reference = { issuer_ref: { type: "string" } } as const;
  const serial = { serial: { type: "string" } } as const;
  return [
    read("ca(/pem)?", "The default issuer.", ({ path }) => rawIssuer(store, path.endsWith("/pem"))),
    read("ca_chain", "The default issuer's chain.", () =>
      raw(CERTIFICATE, chainText(store, store.findIssuer("default"))),
    ),
    read("crl(/pem)?", "The revocation list.", ({ path }) => rawList(store, path.endsWith("/pem"))),
    read("cert/ca", "The default issuer.", () => knownIssuer(store, (issuer) => ({ certificate: issuer.pem }))),
    read("cert/ca_chain", "The default issuer's chain.", () =>
      knownIssuer(store, (issuer) => ({ ca_chain: chainText(store, issuer), certificate: chainText(store, issuer) })),
    ),
    read("cert/crl", "The revocation list.", () => ({ data: { certificate: listPem(store), ...NOT_REVOKED } })),
    read(
      "cert/(?<serial>[0-9A-Fa-f-:]+)",
      "A certificate by its serial number.",
      (request) => readCertificate(store, request),
      serial,
    ),
    read(
      "cert/(?<serial>[0-9A-Fa-f-:]+)/raw(/pem)?",
      "A certificate's bytes.",
      (request) => rawCertificate(store, request),
      serial,
    ),
    {
      pattern: "certs/?",
      summary: "Serial numbers.",
      operations: { list: () => listReply(store.certificates.keys()) },
    },
    {
      pattern: "revoke",
      summary: "Revoke by serial number or certificate.",
      fields: { serial_number: { type: "string" }, certificate: { type: "string" } },
      operations: { update: (request) => revoke(store, request) },
    },
    { pattern: "issuers/?", summary: "Issuers.", operations: { list: () => listIssuers(store) } },
    { pattern: "keys/?", summary: "Keys.", operations: { list: () => listKeys(store) } },
    read(
      "issuer/(?<issuer_ref>[^/]+)/json",
      "An issuer's certificate.",
      (request) => issuerJson(store, request),
      reference,
    ),
    read(
      "issuer/(?<issuer_ref>[^/]+)/(pem|der)",
      "An issuer's bytes.",
      (request) => issuerBytes(store, request),
      reference,
    ),
    read(
      "issuer/(?<issuer_ref>[^/]+)/crl(/pem|/der)?",
      "An issuer's revocation list.",
      ({ path }) => rawList(store, path.endsWith("/pem")),
      reference,
    ),
  ];
}

const NOT_REVOKED = { revocation_time: 0, revocation_time_rfc3339: "" };

function raw(contentType: string, body: string | Buffer): BackendReply {
  return { raw: { status: body.length === 0 ? 204 : 200, contentType, body } };
}

function rawIssuer(store: PkiStore, asPem: boolean): BackendReply {
  const issuer = store.findIssuer("default");
  if (asPem) return raw(CHAIN, issuer?.pem ?? "");
  return raw(CERTIFICATE, issuer?.certificate.der ?? Buffer.alloc(0));
}

function chainText(store: PkiStore, issuer: Issuer | undefined): string {
  return issuer === undefined
    ? ""
    : store
        .chainOf(issuer)
        .map((one) => one.pem)
        .join("\n");
}

function knownIssuer(store: PkiStore, data: (issuer: Issuer) => Record<string, unknown>): BackendReply {
  const issuer = store.resolve("default");
  return typeof issuer === "string" ? { error: issuer } : { data: { ...data(issuer), ...NOT_REVOKED } };
}

function listDer(store: PkiStore): Buffer {
  const issuer = store.findIssuer("default");
  if (issuer === undefined || issuer.keyId === "") return Buffer.alloc(0);
  const revoked = [...store.certificates.values()].flatMap(({ certificate, revokedAt }) =>
    revokedAt === undefined ? [] : [{ serial: certificate.serial, revokedAt }],
  );
  return store.authority(issuer).revocationList({ revoked, number: store.crlNumber });
}

function listPem(store: PkiStore): string {
  const der = listDer(store);
  return der.length === 0 ? "" : pem("X509 CRL", der).trim();
}

function rawList(store: PkiStore, asPem: boolean): BackendReply {
  return asPem ? raw("application/x-pem-file", listPem(store)) : raw("application/pkix-crl", listDer(store));
}

function readCertificate(store: PkiStore, { data }: BackendRequest): BackendReply {
  const found = store.certificate(data.string("serial"));
  if (found === undefined) return NOT_FOUND;
  if (found.revokedAt === undefined) return { data: { certificate: found.pem, ...NOT_REVOKED } };
  return { data: { certificate: found.pem, ...revocation(found.revokedAt), issuer_id: found.revokedBy ?? "" } };
}

function rawCertificate(store: PkiStore, { data, path }: BackendRequest): BackendReply {
  const found = store.certificate(data.string("serial"));
  if (path.endsWith("/pem")) return raw(CHAIN, found?.pem ?? "");
  return raw(CERTIFICATE, found?.der ?? Buffer.alloc(0));
}

function revocation(at: number): { revocation_time: number; revocation_time_rfc3339: string } {
  return { revocation_time: Math.floor(at / 1_000), revocation_time_rfc3339: goTime(at) };
}

function revoke(store: PkiStore, { data }: BackendRequest): BackendReply {
  const serial = data.string("serial_number");
  const certificate = data.string("certificate").trim();
  const hasSerial = data.has("serial_number");
  const hasCertificate = data.has("certificate");
  if (!hasSerial && !hasCertificate) return { error: "The serial number or certificate to revoke must be provided." };
  if (hasSerial && hasCertificate)
    return { error: "Must provide either the certificate or the serial to revoke; not both." };
  if (hasSerial && serial === "") return { error: "The serial number must be provided" };
  const found =
    serial === "" ? [...store.certificates.values()].find((one) => one.pem === certificate) : store.certificate(serial);
  if (found === undefined) return { error: `certificate with serial ${serial} not found.` };
  if (found.revokedAt === undefined) {
    found.revokedAt = store.context.clock.now();
    const issuer = [...store.issuers.values()].find((one) =>
      one.certificate.subjectDer.equals(found.certificate.issuerDer),
    );
    found.revokedBy = issuer?.id ?? "";
    store.crlNumber++;
  }
  return { data: { ...revocation(found.revokedAt), state: "revoked" } };
}

function listIssuers(store: PkiStore): BackendReply {
  const issuers = [...store.issuers.values()];
  const info = issuers.map((issuer) => [
    issuer.id,
    {
      is_default: issuer.id === store.defaultIssuer,
      issuer_name: issuer.name,
      key_id: issuer.keyId,
      serial_number: colonHex(issuer.certificate.serial),
    },
  ]);
  return {
    data: { key_info: Object.fromEntries(info) as Record<string, unknown>, keys: issuers.map(({ id }) => id).sort() },
  };
}

function listKeys(store: PkiStore): BackendReply {
  const keys = [...store.keys.values()];
  const info = keys.map(({ id, name }) => [id, { is_default: id === store.defaultKey, key_name: name }]);
  return {
    data: { key_info: Object.fromEntries(info) as Record<string, unknown>, keys: keys.map(({ id }) => id).sort() },
  };
}

/** @throws VaultError as Vault 1.14 does: a bare 500 for an unknown issuer */
function issuerOf(store: PkiStore, { data }: BackendRequest): Issuer {
  const issuer = store.resolve(data.string("issuer_ref"));
  if (typeof issuer === "string") throw new VaultError(500, issuer);
  return issuer;
}

function issuerJson(store: PkiStore, request: BackendRequest): BackendReply {
  const issuer = issuerOf(store, request);
  return {
    data: {
      ca_chain: store.chainOf(issuer).map((one) => `${one.pem}\n`),
      certificate: `${issuer.pem}\n`,
      issuer_id: issuer.id,
      issuer_name: issuer.name,
    },
  };
}

function issuerBytes(store: PkiStore, request: BackendRequest): BackendReply {
  const issuer = issuerOf(store, request);
  return request.path.endsWith("/pem") ? raw(CHAIN, `${issuer.pem}\n`) : raw(CERTIFICATE, issuer.certificate.der);
}
