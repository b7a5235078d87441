import { parseSigningRequest, type SigningRequest } from "../../../pki/index.js";
import type { BackendReply, BackendRequest } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { authorityRequest } from "./generate.js";
import { certificateData } from "./issue.js";
import { notAfterOf } from "./mint.js";
import { formatOf } from "./output.js";
import { permissiveRole } from "./role.js";
import type { PkiStore } from "./store.js";
import { authorityWarnings } from "./warnings.js";

/** Signs the request of an authority below. (Vault: pathIssuerSignIntermediate) */
export function signIntermediate(store: PkiStore, request: BackendRequest): BackendReply {
  const { data } = request;
  const format = formatOf(data);
  if (format === undefined) return { error: 'The "format" path parameter must be "pem" or "der"' };
  const issuer = store.resolve(data.string("issuer_ref"));
  if (typeof issuer === "string")
    throw new VaultError(500, `could not fetch the CA certificate (was one set?): ${issuer}`);
  const csr = requestOf(data.string("csr"));
  if (typeof csr === "string") return { error: csr };
  const role = { ...permissiveRole(data), key_type: "any" };
  // An intermediate may outlive its issuer; Vault only warns.
  const notAfter = notAfterOf(store.context, role, data, { ...issuer, leafNotAfter: "permit" });
  if ("error" in notAfter) return notAfter;
  const wanted = authorityRequest(store, role, request, notAfter.at);
  const ownNames = data.bool("use_csr_values") || data.string("common_name") === "";
  const signed = store
    .authority(issuer)
    .certify(csr.publicKey, { ...wanted, ...(ownNames && { subject: csr.subject }) }, csr.spki);
  const made = store.keep({ ...signed, notAfter: notAfter.at });
  const reply = certificateData(store, format, made, issuer, false);
  const above = store
    .chainOf(issuer)
    .map(({ pem, certificate }) => (format === "der" ? certificate.der.toString("base64") : pem));
  return {
    data: { ...reply, ca_chain: [reply.certificate, ...above] },
    warnings: [
      ...authorityWarnings(store, {
        outlivesIssuer: issuer.certificate.notAfter < made.notAfter,
        subject: made.certificate.subjectText,
      }),
      ...notAfter.warnings,
    ],
  };
}

function requestOf(text: string): SigningRequest | string {
  if (text === "") return '"csr" is empty';
  try {
    return parseSigningRequest(text);
  } catch {
    return "csr contains no data";
  }
}
