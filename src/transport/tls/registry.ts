import { MistrustError, nearest } from "../../runtime/index.js";

/** How a cipher suite agrees on keys and what key the certificate must have; `any` for TLS 1.3. */
export type KeyExchange = "any" | "RSA" | "ECDHE_RSA" | "ECDHE_ECDSA" | "DHE_RSA";

export interface CipherSuite {
  readonly id: number;
  /** As IANA registers it. */
  readonly name: string;
  readonly openssl: string;
  readonly keyExchange: KeyExchange;
}

const SUITES: readonly (readonly [number, string, string, KeyExchange])[] = [
  [0x0005, "TLS_RSA_WITH_RC4_128_SHA", "RC4-SHA", "RSA"],
  [0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA", "RSA"],
  [0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", "RSA"],
  [0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA", "DHE_RSA"],
  [0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", "RSA"],
  [0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA", "DHE_RSA"],
  [0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256", "RSA"],
  [0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256", "RSA"],
  [0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256", "DHE_RSA"],
  [0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256", "DHE_RSA"],
  [0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", "RSA"],
  [0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384", "RSA"],
  [0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256", "DHE_RSA"],
  [0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384", "DHE_RSA"],
  [0x1301, "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", "any"],
  [0x1302, "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", "any"],
  [0x1303, "TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "any"],
  [0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "ECDHE-ECDSA-RC4-SHA", "ECDHE_ECDSA"],
  [0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-ECDSA-DES-CBC3-SHA", "ECDHE_ECDSA"],
  [0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE_ECDSA"],
  [0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE_ECDSA"],
  [0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA", "ECDHE-RSA-RC4-SHA", "ECDHE_RSA"],
  [0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-RSA-DES-CBC3-SHA", "ECDHE_RSA"],
  [0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA", "ECDHE_RSA"],
  [0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA", "ECDHE_RSA"],
  [0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE_ECDSA"],
  [0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384", "ECDHE_ECDSA"],
  [0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256", "ECDHE_RSA"],
  [0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384", "ECDHE_RSA"],
  [0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE_ECDSA"],
  [0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE_ECDSA"],
  [0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE_RSA"],
  [0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE_RSA"],
  [0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE_RSA"],
  [0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE_ECDSA"],
  [0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305", "DHE_RSA"],
];

export const CIPHER_SUITES: readonly CipherSuite[] = SUITES.map(([id, name, openssl, keyExchange]) => ({
  id,
  name,
  openssl,
  keyExchange,
}));

/** Not suites: they say that a client knows of renegotiation (RFC 5746) and fallback (RFC 7507) attacks. */
const SIGNALS: Readonly<Record<number, string>> = {
  0x00ff: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
  0x5600: "TLS_FALLBACK_SCSV",
};

const NAMES: ReadonlyMap<number, string> = new Map(CIPHER_SUITES.map((suite) => [suite.id, suite.name]));

/** IANA's name of a suite, or its number as `0xc0af`. */
export function cipherSuiteName(id: number): string {
  return NAMES.get(id) ?? SIGNALS[id] ?? hex(id);
}

/** @throws MISTRUST_USAGE when there is no such suite */
export function cipherSuite(name: string): CipherSuite {
  const found = CIPHER_SUITES.find((suite) => suite.name === name);
  if (found !== undefined) return found;
  throw unknown(
    "cipher suite",
    name,
    CIPHER_SUITES.map((suite) => suite.name),
  );
}

export const TLS_VERSIONS = { TLSv1: 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304 } as const;
export type TlsVersion = keyof typeof TLS_VERSIONS;

export function versionName(id: number): string {
  return Object.entries(TLS_VERSIONS).find(([, known]) => known === id)?.[0] ?? hex(id);
}

/** Group name → number and OpenSSL's name; no OpenSSL name where Node's cannot do it. */
const GROUPS: Readonly<Record<string, readonly [id: number, openssl: string | undefined]>> = {
  secp256r1: [23, "prime256v1"],
  secp384r1: [24, "secp384r1"],
  secp521r1: [25, "secp521r1"],
  x25519: [29, "X25519"],
  x448: [30, "X448"],
  brainpoolP256r1tls13: [31, undefined],
  brainpoolP384r1tls13: [32, undefined],
  brainpoolP512r1tls13: [33, undefined],
  ffdhe2048: [256, undefined],
  ffdhe3072: [257, undefined],
  ffdhe4096: [258, undefined],
  ffdhe6144: [259, undefined],
  ffdhe8192: [260, undefined],
  SecP256r1MLKEM768: [0x11eb, undefined],
  X25519MLKEM768: [0x11ec, undefined],
  SecP384r1MLKEM1024: [0x11ed, undefined],
  X25519Kyber768Draft00: [0x6399, undefined],
};

export interface Group {
  readonly id: number;
  readonly name: string;
  readonly openssl: string | undefined;
}

export function groupName(id: number): string {
  return Object.entries(GROUPS).find(([, [known]]) => known === id)?.[0] ?? hex(id);
}

/** The names that Go and NIST use for the commonest groups. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
  X25519: "x25519",
  X448: "x448",
  "P-256": "secp256r1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
};

/**
 * A group by IANA's name, or by Go's (`P-256`).
 * @throws MISTRUST_USAGE when there is no such group
 */
export function group(name: string): Group {
  const registered = ALSO_CALLED[name] ?? name;
  const found = GROUPS[registered];
  if (found === undefined) throw unknown("group", name, [...Object.keys(ALSO_CALLED), ...Object.keys(GROUPS)]);
  return { id: found[0], name: registered, openssl: found[1] };
}

/** RFC 8446 §6.2 and its predecessors, with RFC 7301's. */
export const ALERTS = {
  close_notify: 0,
  unexpected_message: 10,
  bad_record_mac: 20,
  decryption_failed: 21,
  record_overflow: 22,
  decompression_failure: 30,
  handshake_failure: 40,
  no_certificate: 41,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  illegal_parameter: 47,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  decrypt_error: 51,
  export_restriction: 60,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  inappropriate_fallback: 86,
  user_canceled: 90,
  no_renegotiation: 100,
  missing_extension: 109,
  unsupported_extension: 110,
  certificate_unobtainable: 111,
  unrecognized_name: 112,
  bad_certificate_status_response: 113,
  bad_certificate_hash_value: 114,
  unknown_psk_identity: 115,
  certificate_required: 116,
  no_application_protocol: 120,
} as const;
export type AlertName = keyof typeof ALERTS;

export function alertName(code: number): string {
  return Object.entries(ALERTS).find(([, known]) => known === code)?.[0] ?? `alert(${code})`;
}

/** GREASE values (RFC 8701), which mean nothing on purpose. */
export function isGrease(id: number): boolean {
  return (id & 0x0f0f) === 0x0a0a && id >> 8 === (id & 0xff);
}

export function hex(id: number): string {
  return `0x${id.toString(16).padStart(4, "0")}`;
}

function unknown(what: string, name: string, names: readonly string[]): MistrustError {
  const near = nearest(name, names);
  return new MistrustError("MISTRUST_USAGE", `there is no TLS ${what} "${name}"`, {
    remedy: near === undefined ? `use one of ${names.join(", ")}` : `did you mean "${near}"?`,
  });
}
