import { createPrivateKey } from "node:crypto";
import { pem } from "../../../pki/index.js";
import { pemBlocks } from "../../../go/index.js";
import type { BackendReply, BackendRequest, FieldData } from "../../core/backend.js";
import type { PkiStore } from "./store.js";
import { authorityWarnings } from "./warnings.js";

/** Shorter is a path that somebody passed for what it leads to. */
const SHORTEST = 75;

/** Takes certificates and keys from elsewhere. (Vault: pathImportIssuers) */
export function importBundle(store: PkiStore, { data }: BackendRequest, keysAllowed: boolean): BackendReply {
  const text = sentText(data);
  if ("error" in text) return text;
  const blocks = pemBlocks(text.pem);
  const keys = blocks.filter(({ type }) => type.endsWith("PRIVATE KEY"));
  const certificates = blocks.filter(({ type }) => type === "CERTIFICATE");
  if (keys.length + certificates.length === 0) return { error: "provided PEM block contained no data" };
  if (keys.length > 0 && (!keysAllowed || !text.isBundle)) {
    return { error: "private keys found in the PEM bundle but not allowed by the path; use /issuers/import/bundle" };
  }
  const takenKeys = keys.map(({ type, der }) => store.addKey(createPrivateKey(pem(type, der))));
  const takenIssuers = certificates.map(({ der }) => store.addIssuer(der));
  return {
    data: {
      existing_issuers: idsOf(takenIssuers.filter(({ existing }) => existing).map(({ issuer }) => issuer)),
      existing_keys: idsOf(takenKeys.filter(({ existing }) => existing).map(({ stored }) => stored)),
      imported_issuers: idsOf(takenIssuers.filter(({ existing }) => !existing).map(({ issuer }) => issuer)),
      imported_keys: idsOf(takenKeys.filter(({ existing }) => !existing).map(({ stored }) => stored)),
      mapping: Object.fromEntries(takenIssuers.map(({ issuer }) => [issuer.id, issuer.keyId])),
    },
    warnings: authorityWarnings(store),
  };
}

/** What was sent, in one of two fields that mean nearly the same. */
function sentText(data: FieldData): { readonly pem: string; readonly isBundle: boolean } | { readonly error: string } {
  const bundle = data.string("pem_bundle");
  const certificate = data.string("certificate");
  if (bundle === "" && certificate === "") return { error: "'pem_bundle' and 'certificate' parameters were empty" };
  if (bundle !== "" && certificate !== "") {
    return { error: "'pem_bundle' and 'certificate' parameters were both provided" };
  }
  const text = bundle === "" ? certificate : bundle;
  if (Buffer.byteLength(text) >= SHORTEST) return { pem: text, isBundle: bundle !== "" };
  return {
    error:
      "provided data for import was too short; perhaps a path was passed to the API rather than the contents of a PEM file",
  };
}

/** Go's nil slice, where there are none. */
function idsOf(taken: readonly { readonly id: string }[]): readonly string[] | null {
  return taken.length === 0 ? null : taken.map(({ id }) => id);
}
