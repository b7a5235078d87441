import { getCiphers } from "node:tls";
import { godebug, type GoBuild } from "../../go/index.js";

/** A cipher suite: its name in IANA's registry and the one that OpenSSL knows it by. */
interface Suite {
  readonly iana: string;
  readonly openssl: string;
  /** Suites that Go dropped from its default list at some time, by the GODEBUG setting that brings them back. */
  readonly unless?: "tlsrsakex" | "tls3des";
}

/** Go's suites for TLS 1.0–1.2 in its order of preference with AES hardware. (Go: crypto/tls/cipher_suites.go) */
const SUITES: readonly Suite[] = [
  { iana: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", openssl: "ECDHE-ECDSA-AES128-GCM-SHA256" },
  { iana: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", openssl: "ECDHE-RSA-AES128-GCM-SHA256" },
  { iana: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", openssl: "ECDHE-ECDSA-AES256-GCM-SHA384" },
  { iana: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", openssl: "ECDHE-RSA-AES256-GCM-SHA384" },
  { iana: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", openssl: "ECDHE-ECDSA-CHACHA20-POLY1305" },
  { iana: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", openssl: "ECDHE-RSA-CHACHA20-POLY1305" },
  { iana: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", openssl: "ECDHE-ECDSA-AES128-SHA" },
  { iana: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", openssl: "ECDHE-RSA-AES128-SHA" },
  { iana: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", openssl: "ECDHE-ECDSA-AES256-SHA" },
  { iana: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", openssl: "ECDHE-RSA-AES256-SHA" },
  { iana: "TLS_RSA_WITH_AES_128_GCM_SHA256", openssl: "AES128-GCM-SHA256", unless: "tlsrsakex" },
  { iana: "TLS_RSA_WITH_AES_256_GCM_SHA384", openssl: "AES256-GCM-SHA384", unless: "tlsrsakex" },
  { iana: "TLS_RSA_WITH_AES_128_CBC_SHA", openssl: "AES128-SHA", unless: "tlsrsakex" },
  { iana: "TLS_RSA_WITH_AES_256_CBC_SHA", openssl: "AES256-SHA", unless: "tlsrsakex" },
  { iana: "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", openssl: "ECDHE-RSA-DES-CBC3-SHA", unless: "tls3des" },
];

const TLS13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

/** What a client of this build puts into its ClientHello, as options of node:tls. */
export interface TlsOffer {
  readonly ciphers: string;
  readonly ecdhCurve: string;
  readonly minVersion: "TLSv1.2";
  readonly maxVersion: "TLSv1.3";
  readonly ALPNProtocols: string[];
}

/** IANA names of the suites that a client of this build offers, TLS 1.3's last as Go sends them. */
export function offeredSuites(build: GoBuild): string[] {
  return [...suites(build).map(({ iana }) => iana), ...TLS13];
}

/** Go's client offers as OpenSSL can make them; level 0 because Go accepts small keys and SHA-1 in places of its own. */
export function tlsOffer(build: GoBuild): TlsOffer {
  const known = new Set(getCiphers());
  const names = suites(build)
    .map(({ openssl }) => openssl)
    .filter((name) => known.has(name.toLowerCase()));
  return {
    ciphers: [...TLS13, ...names, "@SECLEVEL=0"].join(":"),
    ecdhCurve: "X25519:P-256:P-384:P-521",
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    ALPNProtocols: godebug(build, "http2client") === "0" ? ["http/1.1"] : ["h2", "http/1.1"],
  };
}

function suites(build: GoBuild): readonly Suite[] {
  return SUITES.filter(({ unless }) => {
    if (unless === undefined) return true;
    // 3DES without ECDHE (000a) needs both settings; only the ECDHE form is in the list.
    return godebug(build, unless) === "1";
  });
}
