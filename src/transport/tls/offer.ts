import { randomBytes, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { MistrustError, parseVersion, type Version } from "../../runtime/index.js";
import { FRONTS, type Front } from "./fronts/index.js";
import {
  CIPHER_SUITES,
  type CipherSuite,
  cipherSuite,
  group,
  type Group,
  TLS_VERSIONS,
  type TlsVersion,
} from "./registry.js";
import type { KeyAndCertificate, TlsSettings } from "./settings.js";

/** The settings of a listener worked out: what it will accept, in numbers, and what Node needs to do it. */
export interface Offer {
  readonly settings: TlsSettings;
  readonly front: Front;
  readonly go: Version;
  readonly versions: readonly number[];
  /** Those of TLS 1.2 and before, best first. */
  readonly cipherSuites: readonly CipherSuite[];
  readonly cipherSuites13: readonly CipherSuite[];
  readonly groups: readonly Group[];
  readonly alpn: readonly string[];
  readonly clientCertificate: "none" | "request" | "require";
  /** The certificate for a server name, or the default one. */
  identityFor(serverName: string | undefined): Identity;
}

export interface Identity {
  readonly keyType: "RSA" | "ECDSA";
  readonly context: SecureContext;
  /** What is sent, leaf first. */
  readonly certificatePem: string;
}

/** A current Go, where the settings do not name one. */
const CURRENT_GO: Version = [1, 26, 0];

/**
 * Works the settings out and builds their secure contexts.
 * @throws MISTRUST_USAGE for names that do not exist, MISTRUST_CONFLICT for settings that exclude each other
 */
export function offerOf(settings: TlsSettings): Offer {
  const front = FRONTS[settings.front ?? "vault"];
  const go = parseVersion(settings.go ?? "") ?? CURRENT_GO;
  const named = (settings.cipherSuites ?? []).map(cipherSuite);
  const older = named.filter((suite) => suite.keyExchange !== "any");
  const newer = named.filter((suite) => suite.keyExchange === "any");
  const plan = {
    settings,
    front,
    go,
    versions: versionsBetween(settings.minVersion ?? "TLSv1.2", settings.maxVersion ?? "TLSv1.3"),
    cipherSuites: older.length > 0 || newer.length === 0 ? (older.length > 0 ? older : front.cipherSuites(go)) : [],
    cipherSuites13: newer.length > 0 ? newer : CIPHER_SUITES.filter((suite) => suite.keyExchange === "any"),
    groups: (settings.curves ?? front.groups(go)).map(group),
    alpn: settings.alpn ?? front.alpn,
    clientCertificate: settings.clientCertificate ?? front.clientCertificate,
  };
  const standard = identity(settings, plan);
  const byName = new Map(
    Object.entries(settings.sni ?? {}).map(([name, pair]) => [name.toLowerCase(), identity(pair, plan)]),
  );
  const identityFor = (serverName: string | undefined): Identity => {
    const name = serverName?.toLowerCase();
    return byName.get(name ?? "") ?? byName.get(`*.${name?.split(".").slice(1).join(".") ?? ""}`) ?? standard;
  };
  return { ...plan, identityFor };
}

function versionsBetween(min: TlsVersion, max: TlsVersion): number[] {
  const versions = Object.values(TLS_VERSIONS).filter((id) => id >= TLS_VERSIONS[min] && id <= TLS_VERSIONS[max]);
  if (versions.length > 0) return versions.reverse();
  throw new MistrustError("MISTRUST_CONFLICT", `TLS cannot begin at ${min} and end at ${max}`, {
    remedy: "let minVersion be the older of the two",
  });
}

function identity(pair: KeyAndCertificate, offer: Omit<Offer, "identityFor">): Identity {
  const { settings, versions } = offer;
  const name = (id: number | undefined): TlsVersion =>
    (Object.entries(TLS_VERSIONS) as [TlsVersion, number][]).find(([, known]) => known === id)?.[0] ?? "TLSv1.2";
  const ciphers = [...offer.cipherSuites13, ...offer.cipherSuites].map((suite) => suite.openssl);
  const curves = offer.groups.flatMap((item) => item.openssl ?? []);
  const context = createSecureContext({
    cert: pair.certificatePem,
    key: pair.keyPem,
    minVersion: name(versions.at(-1)),
    maxVersion: name(versions[0]),
    // Security level 0, so that what the settings name is what counts and not OpenSSL's own opinion of it.
    ciphers: `${ciphers.join(":")}:@SECLEVEL=0`,
    honorCipherOrder: true,
    ecdhCurve: curves.length === 0 ? "X25519:prime256v1" : curves.join(":"),
    // A server that asks for certificates cannot resume sessions without one.
    sessionIdContext: randomBytes(16).toString("hex"),
    ...(settings.clientCa !== undefined && { ca: settings.clientCa }),
  });
  const keyType = new X509Certificate(pair.certificatePem).publicKey.asymmetricKeyType === "rsa" ? "RSA" : "ECDSA";
  return { keyType, context, certificatePem: pair.certificatePem };
}
