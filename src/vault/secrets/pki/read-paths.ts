import { type CertificateFields, colonHex, pem } from "../../../pki/index.js";
import type { BackendReply, BackendRequest, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { listReply, NOT_FOUND } from "../../core/sdk.js";
import { parseDurationSeconds } from "../../core/go.js";
import { revocationTimes } from "./revoke-paths.js";
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
  "issuer/+/crl/delta",
  "issuer/+/crl/delta/der",
  "issuer/+/crl/delta/pem",
  "issuer/+/crl/der",
  "issuer/+/crl/pem",
  "issuer/+/crl",
  "issuer/+/pem",
  "issuer/+/der",
  "issuer/+/json",
  "issuers/",
  "unified-crl",
  "unified-crl/pem",
  "unified-crl/delta",
  "unified-crl/delta/pem",
  "unified-ocsp",
  "unified-ocsp/*",
  "issuer/+/unified-crl",
  "issuer/+/unified-crl/*",
  "ocsp",
  "ocsp/*",
  "acme/directory",
  "acme/new-nonce",
  "acme/new-account",
  "acme/new-order",
  "acme/revoke-cert",
  "issuer/+/acme/directory",
  "roles/+/acme/directory",
  "issuer/+/roles/+/acme/directory",
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
    read("crl(/pem|/delta(/pem)?)?", "The revocation list, or what came to it since.", ({ path }) =>
      rawList(store, store.findIssuer("default"), path),
    ),
    ...["ca", "ca_chain"].map((what) =>
      read(`cert/${what}/raw(/pem)?`, "The default issuer's bytes.", ({ path }) =>
        what === "ca"
          ? rawIssuer(store, path.endsWith("/pem"))
          : raw(CERTIFICATE, chainText(store, store.findIssuer("default"))),
      ),
    ),
    read("cert/ca", "The default issuer.", () => knownIssuer(store, (issuer) => ({ certificate: issuer.pem }))),
    read("cert/ca_chain", "The default issuer's chain.", () =>
      knownIssuer(store, (issuer) => ({ ca_chain: chainText(store, issuer), certificate: chainText(store, issuer) })),
    ),
    {
      pattern: "ocsp",
      summary: "OCSP, which answers that it understands no request.",
      operations: { update: () => MALFORMED },
    },
    read("cert/(crl|delta-crl)", "The revocation list.", ({ path }) => ({
      data: { certificate: listPem(store, store.required("default"), path.includes("delta")), ...NOT_REVOKED },
    })),
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
      paged: true,
      operations: { list: () => listReply(store.certificates.keys()) },
    },
    { pattern: "issuers/?", summary: "Issuers.", paged: true, operations: { list: () => listIssuers(store) } },
    { pattern: "keys/?", summary: "Keys.", paged: true, operations: { list: () => listKeys(store) } },
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
      "issuer/(?<issuer_ref>[^/]+)/crl(/delta)?(/pem|/der)?",
      "An issuer's revocation list.",
      (request) => issuerList(store, request),
      reference,
    ),
  ];
}

/** An OCSPResponse of status malformedRequest. (RFC 6960 §4.2.1) */
const MALFORMED: BackendReply = {
  raw: { status: 400, contentType: "application/ocsp-response", body: Buffer.from("30030a0101", "hex") },
};

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
  return typeof issuer === "string"
    ? { error: issuer }
    : { data: { ...data(issuer), ...authorityKeyId(store, issuer.certificate), ...NOT_REVOKED } };
}

/** What an issuer has revoked, signed by it now; a delta holds nothing, since full lists are never late. */
function listDer(store: PkiStore, issuer: Issuer | undefined, isDelta: boolean): Buffer {
  if (issuer === undefined || issuer.keyId === "" || !issuer.usage.includes("crl-signing")) return Buffer.alloc(0);
  const number = store.crlNumber;
  const authority = store.authority(issuer);
  if (isDelta) return authority.revocationList({ revoked: [], number: number + 1, deltaOf: number });
  const revoked = [...store.certificates.values()].flatMap(({ certificate, revokedAt, revokedBy }) =>
    revokedAt === undefined || revokedBy !== issuer.id || store.revocation.disable === true
      ? []
      : [{ serial: certificate.serial, revokedAt }],
  );
  const life = parseDurationSeconds(store.revocation.expiry) * 1_000;
  return authority.revocationList({ revoked, number, nextUpdate: store.context.clock.now() + life });
}

function listPem(store: PkiStore, issuer: Issuer | undefined, isDelta: boolean): string {
  const der = listDer(store, issuer, isDelta);
  return der.length === 0 ? "" : pem("X509 CRL", der).trim();
}

function rawList(store: PkiStore, issuer: Issuer | undefined, path: string): BackendReply {
  const isDelta = path.includes("/delta");
  return path.endsWith("/pem")
    ? raw("application/x-pem-file", listPem(store, issuer, isDelta))
    : raw("application/pkix-crl", listDer(store, issuer, isDelta));
}

/** In bytes where the path says which, else as data. */
function issuerList(store: PkiStore, request: BackendRequest): BackendReply {
  const issuer = issuerOf(store, request);
  const { path } = request;
  const isDelta = path.includes("/delta");
  if (path.endsWith("/der")) return rawList(store, issuer, path);
  const text = listPem(store, issuer, isDelta);
  if (path.endsWith("/pem")) return raw("application/x-pem-file", text === "" ? "" : `${text}\n`);
  return { data: { crl: text === "" ? "" : `${text}\n` } };
}

/** Of the key that signed it, where the release tells that. */
function authorityKeyId(
  { context }: PkiStore,
  { authorityKeyId: id }: CertificateFields,
): { readonly authority_key_id?: string } {
  return context.quirk("pki-names-authority-keys") && id !== undefined ? { authority_key_id: colonHex(id) } : {};
}

function readCertificate(store: PkiStore, { data }: BackendRequest): BackendReply {
  const found = store.certificate(data.string("serial"));
  if (found === undefined) return NOT_FOUND;
  const certificate = { certificate: found.pem, ...authorityKeyId(store, found.certificate) };
  if (found.revokedAt === undefined) return { data: { ...certificate, ...NOT_REVOKED } };
  return { data: { ...certificate, ...revocationTimes(found.revokedAt), issuer_id: found.revokedBy ?? "" } };
}

function rawCertificate(store: PkiStore, { data, path }: BackendRequest): BackendReply {
  const found = store.certificate(data.string("serial"));
  if (path.endsWith("/pem")) return raw(CHAIN, found?.pem ?? "");
  return raw(CERTIFICATE, found?.der ?? Buffer.alloc(0));
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
