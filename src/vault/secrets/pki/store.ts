import type { KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";
import {
  adoptAuthority,
  type Authority,
  type CertificateFields,
  isSignedBy,
  parseCertificate,
  pem,
  colonHex,
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
  leafNotAfter: "err" | "always_enforce_err" | "truncate" | "permit";
  /** As it was written last; a write without it empties it. Only authorities that were made here begin with one. */
  revocationAlgorithm: string;
  usage: readonly IssuerUsage[];
  /** Ids, its own first; empty = Vault finds the chain by itself. */
  manualChain: readonly string[];
  /** Its own URLs, which are not the mount's. */
  urls?: Urls;
  /** ms since the epoch. */
  revokedAt?: number;
}

/** What an issuer may be used for, in the order in which Vault names them. */
export const ISSUER_USAGES = ["crl-signing", "issuing-certificates", "ocsp-signing", "read-only"] as const;
export type IssuerUsage = (typeof ISSUER_USAGES)[number];

/** A certificate as a mount has signed it. */
export interface Signed {
  readonly der: Buffer;
  readonly serial: Buffer;
  /** ms since the epoch, of which certificates keep whole seconds. */
  readonly notAfter: number;
}

export class StoredCertificate implements Signed {
  readonly der: Buffer;
  readonly serial: Buffer;
  readonly notAfter: number;
  readonly pem: string;
  /** ms since the epoch. */
  revokedAt?: number;
  revokedBy?: string;
  #fields: CertificateFields | undefined;

  constructor({ der, serial, notAfter }: Signed) {
    this.der = der;
    this.serial = serial;
    this.notAfter = Math.floor(notAfter / 1_000) * 1_000;
    this.pem = trimmedPem(der);
  }

  /** Read when somebody asks: most certificates are handed out and never looked at again. */
  get certificate(): CertificateFields {
    return (this.#fields ??= parseCertificate(this.der));
  }
}

export interface Urls {
  issuing_certificates: readonly string[];
  crl_distribution_points: readonly string[];
  delta_crl_distribution_points: readonly string[];
  ocsp_servers: readonly string[];
  enable_templating: boolean;
}

export const NO_URLS: Urls = {
  issuing_certificates: [],
  crl_distribution_points: [],
  delta_crl_distribution_points: [],
  ocsp_servers: [],
  enable_templating: false,
};

/** Everything that one PKI mount keeps. */
export class PkiStore {
  readonly roles = new Map<string, Role>();
  readonly keys = new Map<string, StoredKey>();
  readonly issuers = new Map<string, Issuer>();
  readonly certificates = new Map<string, StoredCertificate>();
  urls: Urls = NO_URLS;
  /** Tells this mount from others in its status. */
  readonly uuid: string;
  /** Settings of revocation. */
  revocation: Readonly<Record<string, unknown>> = { expiry: "72h" };
  /** Where this cluster is reached, for templates in URLs. */
  cluster = { path: "", aia_path: "" };
  defaultIssuer = "";
  defaultKey = "";
  defaultFollowsLatest = false;
  crlNumber = 0;
  readonly #authorities = new WeakMap<StoredKey, { readonly issuer: Issuer; readonly authority: Authority }>();
  /** By the ids of two issuers: did the second sign the first? */
  readonly #signed = new Map<string, boolean>();

  constructor(readonly context: BackendContext) {
    this.uuid = context.ids.uuid();
  }

  get hasUrls(): boolean {
    return Object.values(this.urls).some((list: boolean | readonly string[]) => Array.isArray(list) && list.length > 0);
  }

  /**
   * What a certificate of that issuer says: the issuer's own lists where it has any, else the mount's. (Vault: getAIAURLs)
   * @throws VaultError where a template cannot be filled in
   */
  urlsOf({ id, urls }: Issuer): Urls {
    const filled = this.templated(urls ?? this.urls, id);
    if (typeof filled === "string") throw new VaultError(500, filled);
    return filled;
  }

  /** What a new root says of itself, which has no id yet. */
  urlsOfRoot(): Urls {
    const filled = this.templated(this.urls, "");
    return typeof filled === "string" ? NO_URLS : filled;
  }

  /** URLs with their templates filled in, or why that cannot be. (issuing/aia.go: ToURLEntries) */
  templated(urls: Urls, issuer: string): Urls | string {
    if (!urls.enable_templating) return urls;
    const { path, aia_path } = this.cluster;
    const values = [
      ["{{cluster_path}}", path, "local cluster address information (path)"],
      ["{{cluster_aia_path}}", aia_path, "local cluster address information (aia_path)"],
      ["{{issuer_id}}", issuer, "an issuer_id for this operation"],
    ] as const;
    const lists: [string, readonly string[]][] = [];
    for (const name of URL_LISTS) {
      for (const [template, value, what] of values) {
        if (value === "" && urls[name].some((url) => url.includes(template)))
          return `unable to template AIA URLs as we lack ${what}`;
      }
      const filled = urls[name].map((url) =>
        values.reduce((text, [template, value]) => text.replaceAll(template, value), url),
      );
      const wrong = filled.find((url) => !isUrl(url));
      if (wrong !== undefined) return `error validating templated ${name}; invalid URI: ${wrong}`;
      lists.push([name, filled]);
    }
    return { ...urls, ...(Object.fromEntries(lists) as Partial<Urls>) };
  }

  /** Keeps a key, or finds the same one. */
  addKey(key: KeyObject, name = ""): { readonly stored: StoredKey; readonly existing: boolean } {
    const spki = publicDer(key);
    for (const stored of this.keys.values()) if (publicDer(stored.key).equals(spki)) return { stored, existing: true };
    const stored: StoredKey = { id: this.context.ids.uuid(), name, key };
    this.keys.set(stored.id, stored);
    if (this.keys.size === 1) this.defaultKey = stored.id;
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
      revocationAlgorithm: "",
      usage: ISSUER_USAGES.filter((usage) => usage !== "crl-signing" || certificate.keyUsage.includes("crlSign")),
      manualChain: [],
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

  /** By id, by name, or `default`; the refusal of a real mount otherwise. (Vault: resolveKeyReference) */
  resolveKey(reference: string): StoredKey | string {
    if (reference === "default") return this.keys.get(this.defaultKey) ?? "no default key currently configured";
    const key = this.keys.get(reference) ?? [...this.keys.values()].find(({ name }) => name === reference);
    return key ?? `unable to find PKI key for reference: ${reference}`;
  }

  /** As findIssuer, with the refusal of a real mount (Vault: resolveIssuerReference). */
  resolve(reference: string): Issuer | string {
    const issuer = this.findIssuer(reference);
    if (issuer !== undefined) return issuer;
    return reference === "default"
      ? "no default issuer currently configured"
      : `unable to find PKI issuer for reference: ${reference}`;
  }

  /**
   * As resolve.
   * @throws VaultError where there is none
   */
  required(reference: string): Issuer {
    const issuer = this.resolve(reference);
    if (typeof issuer === "string") throw new VaultError(500, issuer);
    return issuer;
  }

  /**
   * As resolve, of an issuer that is to sign certificates.
   * @throws VaultError where there is none, or it may not
   */
  issuing(reference: string): Issuer {
    const issuer = this.resolve(reference);
    if (typeof issuer === "string")
      throw new VaultError(500, `could not fetch the CA certificate (was one set?): ${issuer}`);
    const { id, name, usage } = issuer;
    if (usage.includes("issuing-certificates")) return issuer;
    const named = `[id:${id}${name === "" ? "" : ` / name:${name}`}]`;
    throw new VaultError(
      500,
      `error fetching CA certificate: error while attempting to use issuer ${id}: requested usage issuing-certificates for issuer ${named} but only had usage ${usage.join(",")}`,
    );
  }

  /** The issuer and those in this mount that stand above it, nearest first. */
  chainOf(issuer: Issuer): readonly Issuer[] {
    if (issuer.manualChain.length > 0) return issuer.manualChain.flatMap((id) => this.issuers.get(id) ?? []);
    const chain: Issuer[] = [issuer];
    for (let at = issuer; ;) {
      const above = [...this.issuers.values()].find(
        (other) =>
          !chain.includes(other) &&
          other.certificate.subjectDer.equals(at.certificate.issuerDer) &&
          this.#isSignedBy(at, other),
      );
      if (above === undefined) return chain;
      chain.push(above);
      at = above;
    }
  }

  #isSignedBy(issuer: Issuer, above: Issuer): boolean {
    const pair = `${issuer.id} ${above.id}`;
    const known = this.#signed.get(pair);
    if (known !== undefined) return known;
    const found = isSignedBy(issuer.certificate.der, above.certificate.publicKey);
    this.#signed.set(pair, found);
    return found;
  }

  /**
   * The issuer as something that signs.
   * @throws VaultError when it cannot
   */
  authority(issuer: Issuer): Authority {
    const key = this.keys.get(issuer.keyId);
    if (key === undefined)
      throw new VaultError(500, "error fetching CA certificate: unable to fetch corresponding key for issuer");
    const known = this.#authorities.get(key);
    if (known?.issuer === issuer) return known.authority;
    const { der, subject } = issuer.certificate;
    const authority = adoptAuthority(der, key.key, subject, this.context.clock);
    this.#authorities.set(key, { issuer, authority });
    return authority;
  }

  keep(signed: Signed): StoredCertificate {
    const stored = new StoredCertificate(signed);
    this.certificates.set(colonHex(signed.serial), stored);
    return stored;
  }

  /** By serial number, with colons or dashes. */
  certificate(serial: string): StoredCertificate | undefined {
    return this.certificates.get(serial.replaceAll("-", ":").toLowerCase());
  }
}

/** The lists of URLs that certificates tell. */
export const URL_LISTS = [
  "issuing_certificates",
  "crl_distribution_points",
  "delta_crl_distribution_points",
  "ocsp_servers",
] as const;

/** What Vault takes for a URL: a scheme, a host, and no template. (issuing/aia.go: isURL) */
export function isUrl(text: string): boolean {
  if (text.length <= 3 || text.startsWith(".") || /\{\{(issuer_id|cluster_path|cluster_aia_path)\}\}/.test(text))
    return false;
  return URL.canParse(text.includes("://") ? text : `http://${text}`) && /^\w+:\/\/[^/]/.test(text);
}

export function trimmedPem(der: Buffer): string {
  return pem("CERTIFICATE", der).trim();
}

function publicDer(key: KeyObject): Buffer {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return half.export({ type: "spki", format: "der" });
}
