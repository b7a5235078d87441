import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from "node:crypto";
import { pem } from "../pki/index.js";
import { MistrustError } from "../runtime/index.js";
import { trustDomainId, trustDomainName } from "./spiffe-id.js";

/** A public key that JWT-SVIDs of a trust domain are signed with. */
export interface JwtAuthority {
  readonly kid: string;
  readonly key: KeyObject;
}

/** What a trust domain is verified with. Never changed, only replaced: prepared answers hang off its identity. */
export interface Bundle {
  readonly trustDomain: string;
  /** `spiffe://` and the trust domain. */
  readonly id: string;
  /** X.509 authorities, DER. */
  readonly x509: readonly Buffer[];
  readonly jwt: readonly JwtAuthority[];
  /** All X.509 authorities as PEM, each block followed by a newline. */
  readonly pem: string;
  /** All X.509 authorities, DER without separators. */
  readonly der: Buffer;
  /** The JWT authorities as a JWKS, indented as SPIRE does. */
  readonly jwks: Buffer;
}

export function bundleOf(trustDomain: string, x509: readonly Buffer[], jwt: readonly JwtAuthority[]): Bundle {
  return {
    trustDomain: trustDomainName(trustDomain),
    id: trustDomainId(trustDomain),
    x509,
    jwt,
    pem: x509.map((der) => pem("CERTIFICATE", der)).join(""),
    der: Buffer.concat(x509),
    jwks: jwksOf(jwt),
  };
}

/** Do two bundles say the same? */
export function sameBundle(a: Bundle | undefined, b: Bundle | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.der.equals(b.der) && a.jwks.equals(b.jwks));
}

/** `bundleutil.Marshal` with NoX509SVIDKeys and StandardJWKS: no `use`, no `alg`, no SPIFFE fields, four blanks. */
function jwksOf(authorities: readonly JwtAuthority[]): Buffer {
  const keys = authorities.map(({ kid, key }) => {
    const { kty, crv, x, y, n, e } = key.export({ format: "jwk" });
    return { kty, kid, crv, x, y, n, e };
  });
  return Buffer.from(JSON.stringify({ keys }, undefined, 4));
}

/**
 * Reads a SPIFFE bundle document.
 * @throws MISTRUST_WORLD_REFUSED where it is none
 */
export function readBundle(trustDomain: string, document: string): Bundle {
  const x509: Buffer[] = [];
  const jwt: JwtAuthority[] = [];
  try {
    for (const key of keysOf(JSON.parse(document))) {
      if (key.use === "x509-svid") x509.push(new X509Certificate(Buffer.from(firstOf(key.x5c), "base64")).raw);
      if (key.use === "jwt-svid") {
        jwt.push({ kid: String(key.kid), key: createPublicKey({ key: key as JsonWebKey, format: "jwk" }) });
      }
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MistrustError("MISTRUST_WORLD_REFUSED", `the bundle of ${trustDomain} cannot be read: ${why}`, { cause });
  }
  return bundleOf(trustDomain, x509, jwt);
}

/** The bundle as a SPIFFE bundle document, as `spire-server bundle show -format spiffe` prints it. */
export function bundleDocument(bundle: Bundle): string {
  const x509 = bundle.x509.map((der) => ({
    use: "x509-svid",
    ...new X509Certificate(der).publicKey.export({ format: "jwk" }),
    x5c: [der.toString("base64")],
  }));
  const jwt = bundle.jwt.map(({ kid, key }) => ({ use: "jwt-svid", kid, ...key.export({ format: "jwk" }) }));
  return JSON.stringify({ keys: [...x509, ...jwt], spiffe_sequence: 1, spiffe_refresh_hint: 300 });
}

function keysOf(document: unknown): Record<string, unknown>[] {
  const keys = typeof document === "object" && document !== null && "keys" in document ? document.keys : undefined;
  if (!Array.isArray(keys)) throw new Error('it has no list "keys"');
  return keys.filter((key): key is Record<string, unknown> => typeof key === "object" && key !== null);
}

function firstOf(list: unknown): string {
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return typeof first === "string" ? first : "";
}
