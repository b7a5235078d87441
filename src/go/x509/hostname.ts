import { isIP } from "node:net";
import type { Certificate } from "./certificate.js";

/** From this many names on, Go ≥1.25.5 counts them instead of listing them. */
const MOST_NAMES = 100;

/** What Go says of a certificate that is not for `host`; nothing if it is. (Go: Certificate.VerifyHostname) */
export function hostnameError(certificate: Certificate, host: string): string | undefined {
  const name = host.replace(/^\[(.+)\]$/, "$1");
  if (isIP(name) !== 0) {
    const wanted = ipBytes(name);
    if (certificate.ipAddresses.some((address) => address.equals(wanted))) return undefined;
    return mismatch(certificate, name);
  }
  const candidate = host.toLowerCase();
  const fits = certificate.dnsNames.some((pattern) =>
    isHostname(candidate, false) && isHostname(pattern, true)
      ? matches(pattern, candidate)
      : candidate !== "" && candidate !== "." && pattern.toLowerCase() === candidate,
  );
  return fits ? undefined : mismatch(certificate, host);
}

function mismatch(certificate: Certificate, host: string): string {
  if (!certificate.hasSan && matches(certificate.commonName, host)) {
    return "x509: certificate relies on legacy Common Name field, use SANs instead";
  }
  const byAddress = isIP(host) !== 0;
  const valid = byAddress ? certificate.ipAddresses.map(ipText) : certificate.dnsNames;
  if (byAddress && valid.length === 0) {
    return `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  }
  if (valid.length >= MOST_NAMES) {
    return `x509: certificate is valid for ${valid.length} ${byAddress ? "IP SANs" : "names"}, but none matched ${host}`;
  }
  if (valid.length === 0) return `x509: certificate is not valid for any names, but wanted to match ${host}`;
  return `x509: certificate is valid for ${valid.join(", ")}, not ${host}`;
}

function matches(pattern: string, host: string): boolean {
  const wanted = host.toLowerCase().replace(/\.$/, "").split(".");
  const parts = pattern.toLowerCase().split(".");
  if (pattern === "" || host === "" || parts.length !== wanted.length) return false;
  return parts.every((part, i) => (i === 0 && part === "*") || part === wanted[i]);
}

function isHostname(host: string, pattern: boolean): boolean {
  const name = pattern ? host : host.replace(/\.$/, "");
  if (name === "" || name === "*") return false;
  return name.split(".").every((part, i) => (pattern && i === 0 && part === "*") || /^[\w][\w-]*$/.test(part));
}

/** The 4 or 16 bytes of an address. */
export function ipBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const words = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const all = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  return Buffer.from(all.map((word) => word.padStart(4, "0")).join(""), "hex");
}

/** Bytes of an address as Go's net.IP prints them. */
export function ipText(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join(".");
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return new URL(`http://[${words.join(":")}]`).hostname.slice(1, -1);
}
