import { goQuote } from "../../runtime/index.js";
import { godebug, toolchainAtLeast, type GoBuild } from "../build.js";
import { parseCertificate, type Certificate } from "./certificate.js";
import { hostnameError } from "./hostname.js";
import { nameConstraintError } from "./name-constraints.js";
import { signatureError } from "./signature.js";

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE = "2.5.29.37.0";

export interface VerifyOptions {
  readonly roots: readonly Certificate[];
  readonly host: string;
  /** ms since the epoch. */
  readonly now: number;
  readonly build: GoBuild;
}

interface Search extends VerifyOptions {
  readonly intermediates: readonly Certificate[];
}

/**
 * Judges a server's chain (DER, leaf first) as Go's client does: the leaf's time, then its names, then the chain, then key
 * usage. The first that fails is the answer, so an expired certificate for another name of an unknown CA is "expired".
 * @returns the error's text without what net/http puts before it, or nothing (Go: crypto/x509 Certificate.Verify)
 */
export function verifyServerChain(chain: readonly Buffer[], options: VerifyOptions): string | undefined {
  const certificates = chain.map(parseCertificate);
  const negative = certificates.some(({ serial }) => serial < 0n);
  if (negative && godebug(options.build, "x509negativeserial") === "0") {
    return "tls: failed to parse certificate from server: x509: negative serial number";
  }
  const [leaf, ...intermediates] = certificates;
  if (leaf === undefined) return "tls: received empty certificates message";
  const error = verify(leaf, { ...options, intermediates });
  if (error === undefined) return undefined;
  return toolchainAtLeast(options.build, "1.20") ? `tls: failed to verify certificate: ${error}` : error;
}

function verify(leaf: Certificate, search: Search): string | undefined {
  const invalid = validityError(leaf, [], false, search) ?? hostnameError(leaf, search.host);
  if (invalid !== undefined) return invalid;
  const trusted = search.roots.some((root) => root.raw.equals(leaf.raw));
  const built = trusted ? { chains: [[leaf]] } : buildChains(leaf, [leaf], search);
  if (built.error !== undefined) return built.error;
  let constraint: string | undefined;
  const usable = built.chains.filter((chain) => {
    if (!allowsServerAuth(chain)) return false;
    const violated = nameConstraintError(chain);
    constraint ??= violated;
    return violated === undefined;
  });
  if (usable.length > 0) return undefined;
  return constraint ?? "x509: certificate specifies an incompatible key usage";
}

/** Go: Certificate.isValid. `above` is the chain that the certificate would be put on top of. */
function validityError(
  certificate: Certificate,
  above: readonly Certificate[],
  isIntermediate: boolean,
  { now }: Search,
): string | undefined {
  if (certificate.unhandledCritical.length > 0) return "x509: unhandled critical extension";
  const { notBefore, notAfter, basicConstraints } = certificate;
  const when =
    now < notBefore ? `before ${rfc3339(notBefore)}` : now > notAfter ? `after ${rfc3339(notAfter)}` : undefined;
  if (when !== undefined) {
    return `x509: certificate has expired or is not yet valid: current time ${rfc3339(now)} is ${when}`;
  }
  if (isIntermediate && basicConstraints?.isCa !== true) {
    return "x509: certificate is not authorized to sign other certificates";
  }
  if (
    basicConstraints !== undefined &&
    basicConstraints.maxPathLen >= 0 &&
    above.length - 1 > basicConstraints.maxPathLen
  ) {
    return "x509: too many intermediates for path length constraint";
  }
  return undefined;
}

interface Built {
  readonly chains: readonly (readonly Certificate[])[];
  readonly error?: string;
}

/** Go: Certificate.buildChains. A candidate that fails leaves its reason as a hint; one out of date is the error itself. */
function buildChains(certificate: Certificate, current: readonly Certificate[], search: Search): Built {
  const chains: (readonly Certificate[])[] = [];
  let error: string | undefined;
  let hint: { readonly text: string; readonly candidate: Certificate } | undefined;
  const consider = (candidate: Certificate, isRoot: boolean): void => {
    if (candidate.publicKey === undefined || current.some(({ raw }) => raw.equals(candidate.raw))) return;
    const unsigned = signatureError(certificate, candidate, search.build);
    if (unsigned !== undefined) {
      hint ??= { text: unsigned, candidate };
      return;
    }
    error = validityError(candidate, current, !isRoot, search);
    if (error !== undefined) {
      hint ??= { text: error, candidate };
      return;
    }
    const longer = [...current, candidate];
    if (isRoot) return void chains.push(longer);
    const above = buildChains(candidate, longer, search);
    error = above.error;
    chains.push(...above.chains);
  };
  for (const root of potentialParents(certificate, search.roots)) consider(root, true);
  for (const intermediate of potentialParents(certificate, search.intermediates)) consider(intermediate, false);
  if (chains.length > 0) return { chains };
  return { chains, error: error ?? unknownAuthority(hint) };
}

/** Certificates named as the issuer, those whose key id fits first. (Go: CertPool.findPotentialParents) */
function potentialParents(child: Certificate, pool: readonly Certificate[]): readonly Certificate[] {
  const rank = ({ subjectKeyId }: Certificate): number => {
    if (subjectKeyId === undefined || child.authorityKeyId === undefined) return 1;
    return subjectKeyId.equals(child.authorityKeyId) ? 0 : 2;
  };
  return pool.filter(({ rawSubject }) => rawSubject.equals(child.rawIssuer)).sort((a, b) => rank(a) - rank(b));
}

function unknownAuthority(hint: { readonly text: string; readonly candidate: Certificate } | undefined): string {
  const text = "x509: certificate signed by unknown authority";
  if (hint === undefined) return text;
  const { commonName, organization, serial } = hint.candidate;
  const name = commonName || organization || `serial:${serial}`;
  return `${text} (possibly because of ${goQuote(hint.text)} while trying to verify candidate authority certificate ${goQuote(name)})`;
}

function allowsServerAuth(chain: readonly Certificate[]): boolean {
  return chain.every(
    ({ extKeyUsage }) =>
      extKeyUsage.length === 0 || extKeyUsage.includes(SERVER_AUTH) || extKeyUsage.includes(ANY_USAGE),
  );
}

/** A time in UTC as Go's time.RFC3339 writes it. */
function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
