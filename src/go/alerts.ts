/** Go's names of TLS alerts. (Go: crypto/tls/alert.go) */
const TEXTS: Readonly<Record<number, string>> = {
  0: "close notify",
  10: "unexpected message",
  20: "bad record MAC",
  21: "decryption failed",
  22: "record overflow",
  30: "decompression failure",
  40: "handshake failure",
  42: "bad certificate",
  43: "unsupported certificate",
  44: "revoked certificate",
  45: "expired certificate",
  46: "unknown certificate",
  47: "illegal parameter",
  48: "unknown certificate authority",
  49: "access denied",
  50: "error decoding message",
  51: "error decrypting message",
  60: "export restriction",
  70: "protocol version not supported",
  71: "insufficient security level",
  80: "internal error",
  86: "inappropriate fallback",
  90: "user canceled",
  100: "no renegotiation",
  109: "missing extension",
  110: "unsupported extension",
  111: "certificate unobtainable",
  112: "unrecognized name",
  113: "bad certificate status response",
  114: "bad certificate hash value",
  115: "unknown PSK identity",
  116: "certificate required",
  120: "no application protocol",
  121: "encrypted client hello required",
};

/** Go's text for an alert that the peer sent: `remote error: tls: handshake failure`. */
export function remoteAlert(alert: number): string {
  return `remote error: tls: ${TEXTS[alert] ?? `alert(${alert})`}`;
}

/** The number of the alert in an OpenSSL error, if that is what the error is about. */
export function alertNumber(error: Error): number | undefined {
  const match = /SSL alert number (\d+)/.exec(error.message);
  return match === null ? undefined : Number(match[1]);
}
