import { createPrivateKey, type KeyObject } from "node:crypto";
import { parseCertificate, pem } from "../../../pki/index.js";
import { pemBlocks } from "../../../go/index.js";
import type { BackendReply, BackendRequest } from "../../core/backend.js";
import type { Issuer, PkiStore } from "./store.js";
import { authorityWarnings } from "./warnings.js";

/** Shorter is a path that somebody passed for what it leads to. */
const SHORTEST = 75;

/** Takes certificates and keys from elsewhere. (Vault: pathImportIssuers) */
export function importBundle(store: PkiStore, { data }: BackendRequest, from: Source): BackendReply {
  const text = data.string(from === "certificate" ? "certificate" : "pem_bundle");
  if (text === "") return { error: "'pem_bundle' and 'certificate' parameters were empty" };
  if (Buffer.byteLength(text) < SHORTEST) return { error: TOO_SHORT };
  const blocks = pemBlocks(text);
  if (blocks.length === 0 || /-----END [^-]+-----\s*\S[^-]*$/.test(text)) {
    return { error: "provided PEM block contained no data" };
  }
  const certificates = blocks.filter(({ type }) => type === "CERTIFICATE" || type === "X509 CERTIFICATE");
  const keys = blocks.filter(({ type }) => !NEITHER.includes(type));
  if (keys.length > 0 && from !== "bundle") {
    return { error: "private keys found in the PEM bundle but not allowed by the path; use /issuers/import/bundle" };
  }
  const takenKeys: ReturnType<PkiStore["addKey"]>[] = [];
  for (const [at, { type, der }] of keys.entries()) {
    const key = privateKeyOf(type, der);
    if (typeof key === "string") return { error: `Error parsing key ${at}: ${key}` };
    takenKeys.push(store.addKey(key));
  }
  const takenIssuers: ReturnType<PkiStore["addIssuer"]>[] = [];
  for (const [at, { der }] of certificates.entries()) {
    const wrong = authorityError(der);
    if (wrong !== undefined) return { error: `Error parsing issuer ${at}: ${wrong}\n${pem("CERTIFICATE", der)}` };
    takenIssuers.push(store.addIssuer(der));
  }
  const made = takenIssuers.filter(({ existing }) => !existing).map(({ issuer }) => issuer);
  if (made.length > 0) store.crlNumber++;
  return {
    data: {
      existing_issuers: idsOf(takenIssuers.filter(({ existing }) => existing).map(({ issuer }) => issuer)),
      existing_keys: idsOf(takenKeys.filter(({ existing }) => existing).map(({ stored }) => stored)),
      imported_issuers: idsOf(made),
      imported_keys: idsOf(takenKeys.filter(({ existing }) => !existing).map(({ stored }) => stored)),
      mapping: Object.fromEntries(takenIssuers.map(({ issuer }) => [issuer.id, issuer.keyId])),
    },
    warnings: [...followLatest(store, made), ...keylessWarning(store, takenIssuers), ...authorityWarnings(store)],
  };
}

/** From which field it is taken, and whether there may be keys in it. */
export type Source = "bundle" | "certificates" | "certificate";

const TOO_SHORT =
  "provided data for import was too short; perhaps a path was passed to the API rather than the contents of a PEM file";
/** Blocks that are no keys. */
const NEITHER = ["CERTIFICATE", "X509 CERTIFICATE", "CRL", "X509 CRL", "EC PARAMS", "EC PARAMETERS"];

/** The private key, or why it is none. */
export function privateKeyOf(type: string, der: Buffer): KeyObject | string {
  try {
    return createPrivateKey(pem(type, der));
  } catch {
    // unverified: Go lists how each of its three parsers failed
    return "failed to parse PEM block: got errors attempting to parse DER private key";
  }
}

function authorityError(der: Buffer): string | undefined {
  try {
    return parseCertificate(der).isCa ? undefined : "Refusing to import non-CA certificate";
  } catch {
    return "unable to parse certificate: x509: malformed certificate";
  }
}

/** The newest issuer becomes the default where that is wanted, if there is one to choose. */
function followLatest(store: PkiStore, made: readonly Issuer[]): string[] {
  const [first, ...others] = made.filter(({ keyId }) => keyId !== "");
  if (!store.defaultFollowsLatest || first === undefined) return [];
  if (others.length > 0) {
    return [
      "Default issuer left unchanged: could not select new issuer automatically as multiple imported issuers had key material in Vault.",
    ];
  }
  store.defaultIssuer = first.id;
  return [];
}

function keylessWarning(
  store: PkiStore,
  taken: readonly { readonly issuer: Issuer; readonly existing: boolean }[],
): string[] {
  const chosen = taken.find(({ issuer }) => issuer.id === store.defaultIssuer);
  return chosen?.issuer.keyId === "" ? [KEYLESS] : [];
}

export const KEYLESS =
  "The default issuer has no key associated with it. Some operations like issuing certificates and signing CRLs will be unavailable with the requested default issuer until a key is imported or the default issuer is changed.";

/** Go's nil slice, where there are none. */
function idsOf(taken: readonly { readonly id: string }[]): readonly string[] | null {
  return taken.length === 0 ? null : taken.map(({ id }) => id);
}
