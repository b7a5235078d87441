import type { KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";
import {
  adoptAuthority,
  type Authority,
  type CertificateFields,
  isSignedBy,
  parseCertificate,
  pem,
  serialText,
} from "../../../pki/index.js";
import type { BackendContext } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import type { Role } from "./role.js";

export interface StoredKey {
  readonly id: string;
  name: string;
  readonly key: KeyObject;
}

export interface Issuer {
  readonly id: string;
  name: string;
  readonly certificate: CertificateFields;
  /** Without a newline at its end. */
  readonly pem: string;
  keyId: string;
  leafNotAfter: "err" | "truncate" | "permit";
}

export interface StoredCertificate {
  readonly certificate: CertificateFields;
  readonly pem: string;
  /** ms since the epoch. */
  revokedAt?: number;
  revokedBy?: string;
}

export interface Urls {
  issuing_certificates: readonly string[];
  crl_distribution_points: readonly string[];
  ocsp_servers: readonly string[];
  enable_templating: boolean;
}

/** Everything that one PKI mount keeps. */
export class PkiStore {
  readonly roles = new Map<string, Role>();
  readonly keys = new Map<string, StoredKey>();
  readonly issuers = new Map<string, Issuer>();
  readonly certificates = new Map<string, StoredCertificate>();
  urls: Urls = { issuing_certificates: [], crl_distribution_points: [], ocsp_servers: [], enable_templating: false };
  defaultIssuer = "";
  defaultFollowsLatest = false;
  crlNumber = 0;

  constructor(readonly context: BackendContext) {}

  get hasUrls(): boolean {
    const { issuing_certificates, crl_distribution_points, ocsp_servers } = this.urls;
    return issuing_certificates.length + crl_distribution_points.length + ocsp_servers.length > 0;
  }

  /** Keeps a key, or finds the same one. */
  addKey(key: KeyObject, name = ""): { readonly stored: StoredKey; readonly existing: boolean } {
    const spki = publicDer(key);
    for (const stored of this.keys.values()) if (publicDer(stored.key).equals(spki)) return { stored, existing: true };
    const stored: StoredKey = { id: this.context.ids.uuid(), name, key };
    this.keys.set(stored.id, stored);
    for (const issuer of this.issuers.values())
      if (publicDer(issuer.certificate.publicKey).equals(spki)) this.#pair(issuer, stored);
    return { stored, existing: false };
  }

  /** Keeps an issuer, or finds the same one. The first that has a key becomes the default. */
  addIssuer(der: Buffer, name = ""): { readonly issuer: Issuer; readonly existing: boolean } {
    for (const issuer of this.issuers.values())
      if (issuer.certificate.der.equals(der)) return { issuer, existing: true };
    const certificate = parseCertificate(der);
    const issuer: Issuer = {
      id: this.context.ids.uuid(),
      name,
      certificate,
      pem: trimmedPem(der),
      keyId: "",
      leafNotAfter: "err",
    };
    this.issuers.set(issuer.id, issuer);
    const spki = publicDer(certificate.publicKey);
    for (const stored of this.keys.values()) if (publicDer(stored.key).equals(spki)) this.#pair(issuer, stored);
    return { issuer, existing: false };
  }

  #pair(issuer: Issuer, key: StoredKey): void {
    issuer.keyId = key.id;
    if (this.defaultIssuer === "") this.defaultIssuer = issuer.id;
  }

  /** By id, by name, or `default`. */
  findIssuer(reference: string): Issuer | undefined {
    if (reference === "default") return this.issuers.get(this.defaultIssuer);
    return this.issuers.get(reference) ?? [...this.issuers.values()].find(({ name }) => name === reference);
  }

  /** As findIssuer, with the refusal of a real mount (Vault: resolveIssuerReference). */
  resolve(reference: string): Issuer | string {
    const issuer = this.findIssuer(reference);
    if (issuer !== undefined) return issuer;
    return reference === "default"
      ? "no default issuer currently configured"
      : `unable to find PKI issuer for reference: ${reference}`;
  }

  /** The issuer and those in this mount that stand above it, nearest first. */
  chainOf(issuer: Issuer): readonly Issuer[] {
    const chain: Issuer[] = [issuer];
    for (let at = issuer; ;) {
      const above = [...this.issuers.values()].find(
        (other) =>
          !chain.includes(other) &&
          other.certificate.subjectDer.equals(at.certificate.issuerDer) &&
          isSignedBy(at.certificate.der, other.certificate.publicKey),
      );
      if (above === undefined) return chain;
      chain.push(above);
      at = above;
    }
  }

  /**
   * The issuer as something that signs.
   * @throws VaultError when it cannot
   */
  authority(issuer: Issuer): Authority {
    const key = this.keys.get(issuer.keyId);
    if (key === undefined)
      throw new VaultError(500, "error fetching CA certificate: unable to fetch corresponding key for issuer");
    return adoptAuthority(issuer.certificate.der, key.key, issuer.certificate.subject, this.context.clock);
  }

  keep(der: Buffer): StoredCertificate {
    const certificate = parseCertificate(der);
    const stored: StoredCertificate = { certificate, pem: trimmedPem(der) };
    this.certificates.set(serialText(certificate.serial), stored);
    return stored;
  }

  /** By serial number, with colons or dashes. */
  certificate(serial: string): StoredCertificate | undefined {
    return this.certificates.get(serial.replaceAll("-", ":").toLowerCase());
  }
}

export function trimmedPem(der: Buffer): string {
  return pem("CERTIFICATE", der).trim();
}

function publicDer(key: KeyObject): Buffer {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return half.export({ type: "spki", format: "der" });
}
