import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

export interface VerifyOptions {
  /** What the server presented, leaf first. */
  readonly chain: readonly X509Certificate[];
  readonly roots: readonly X509Certificate[];
  /** The name or address that was dialled. */
  readonly host: string;
  /** ms since the epoch; certificates are judged by a lab's time, not the machine's. */
  readonly now: number;
}

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE = "2.5.29.37.0";

/**
 * Verifies a server's certificate as Go's crypto/x509 does, in its order: the leaf's times, the name, the chain, its usage.
 * @returns Go's words for what is wrong, beginning with `x509: `; `undefined` if nothing is
 */
export function goVerify({ chain, roots, host, now }: VerifyOptions): string | undefined {
  const [leaf, ...intermediates] = chain;
  if (leaf === undefined) return "tls: server did not present a certificate";
  const mistake = timeError(leaf, now) ?? hostError(leaf, host);
  if (mistake !== undefined) return mistake;
  const search: Search = { intermediates, roots, now };
  if (!leadsToRoot(leaf, search, new Set())) return search.error ?? unknownAuthority(search.hint);
  const usages = extendedUsages(leaf);
  if (usages.length > 0 && !usages.includes(SERVER_AUTH) && !usages.includes(ANY_USAGE)) {
    return "x509: certificate specifies an incompatible key usage";
  }
  return undefined;
}

interface Search {
  readonly intermediates: readonly X509Certificate[];
  readonly roots: readonly X509Certificate[];
  readonly now: number;
  /** Why the last candidate of the right name was none. */
  hint?: string;
  error?: string;
}

function leadsToRoot(certificate: X509Certificate, search: Search, seen: Set<X509Certificate>): boolean {
  if (search.roots.some((root) => root.raw.equals(certificate.raw))) return true;
  if (search.roots.some((root) => isParent(root, certificate, search))) return true;
  return search.intermediates.some((candidate) => {
    if (seen.has(candidate) || !isParent(candidate, certificate, search)) return false;
    return leadsToRoot(candidate, search, new Set([...seen, candidate]));
  });
}

function isParent(candidate: X509Certificate, child: X509Certificate, search: Search): boolean {
  if (candidate.subject !== child.issuer) return false;
  const mistake = signatureError(candidate, child);
  if (mistake !== undefined) {
    search.hint = ` (possibly because of ${JSON.stringify(mistake)} while trying to verify candidate authority certificate ${JSON.stringify(nameOf(candidate))})`;
    return false;
  }
  const late = timeError(candidate, search.now);
  if (late !== undefined) search.error = late;
  return late === undefined;
}

function signatureError(parent: X509Certificate, child: X509Certificate): string | undefined {
  if (!parent.ca) return "x509: invalid signature: parent certificate cannot sign this kind of certificate";
  if (child.verify(parent.publicKey)) return undefined;
  return parent.publicKey.asymmetricKeyType === "rsa"
    ? "crypto/rsa: verification error"
    : "x509: ECDSA verification failure";
}

function unknownAuthority(hint = ""): string {
  return `x509: certificate signed by unknown authority${hint}`;
}

function nameOf(certificate: X509Certificate): string {
  const lines = certificate.subject.split("\n");
  const value = (key: string) => lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
  return value("CN") ?? value("O") ?? `serial:${BigInt(`0x${certificate.serialNumber}`)}`;
}

function timeError(certificate: X509Certificate, now: number): string | undefined {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const late = now > to;
  if (!late && now >= from) return undefined;
  const bound = late ? `after ${rfc3339(to)}` : `before ${rfc3339(from)}`;
  return `x509: certificate has expired or is not yet valid: current time ${rfc3339(now)} is ${bound}`;
}

function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Extended key usages. Node's types promise what a certificate may not have. */
function extendedUsages({ keyUsage }: { readonly keyUsage: readonly string[] | undefined }): readonly string[] {
  return keyUsage ?? [];
}

interface Names {
  readonly dns: readonly string[];
  readonly ips: readonly string[];
}

function namesOf({ subjectAltName: text }: X509Certificate): Names | undefined {
  if (text === undefined) return undefined;
  const of = (label: string) =>
    text
      .split(", ")
      .filter((part) => part.startsWith(label))
      .map((part) => part.slice(label.length));
  return { dns: of("DNS:"), ips: of("IP Address:") };
}

/** Why the certificate is not one for `host`. (Go: x509.HostnameError) */
function hostError(certificate: X509Certificate, host: string): string | undefined {
  const names = namesOf(certificate);
  const isAddress = isIP(host) !== 0;
  const fits = isAddress
    ? names?.ips.some((ip) => sameAddress(ip, host))
    : names?.dns.some((pattern) => matchesName(pattern, host));
  if (fits === true) return undefined;
  if (names === undefined && matchesName(/^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? "", host)) {
    return "x509: certificate relies on legacy Common Name field, use SANs instead";
  }
  const valid = isAddress ? names?.ips : names?.dns;
  if (isAddress && (valid?.length ?? 0) === 0) {
    return `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  }
  if (valid === undefined || valid.length === 0)
    return `x509: certificate is not valid for any names, but wanted to match ${host}`;
  return `x509: certificate is valid for ${valid.join(", ")}, not ${host}`;
}

function sameAddress(san: string, host: string): boolean {
  return canonical(san) === canonical(host);
}

/** IPv6 addresses have several spellings; a URL has one. */
function canonical(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : address;
}

function matchesName(pattern: string, host: string): boolean {
  const [want, got] = [pattern.toLowerCase().split("."), host.toLowerCase().replace(/\.$/, "").split(".")];
  return want.length === got.length && want.every((label, at) => label === got[at] || (at === 0 && label === "*"));
}
