import { type Check, pass, refuse, skip, type Verdict } from "../../../journal/index.js";
import { type CertificateFields, isSignedBy } from "../../../pki/index.js";
import { glob } from "../../../runtime/index.js";
import type { BackendReply } from "../../core/backend.js";
import { hasExtensions } from "./extensions.js";
import type { CertRole, ConstraintName } from "./role.js";

export interface CertLogin {
  /** Refusals do not tell what was tried. */
  readonly saysLess: boolean;
  /** Is every certificate that no role takes told the same? */
  readonly saysOne: boolean;
  readonly hasTls: boolean;
  /** What the client presented, leaf first. */
  readonly chain: readonly CertificateFields[];
  readonly roles: readonly CertRole[];
  /** ms since the epoch. */
  readonly now: number;
  readonly isPeerAllowed: (cidrs: readonly string[]) => boolean;
  /** The roles that trust the chain, then those whose constraints hold. */
  matched: readonly CertRole[];
}

const NO_MATCH = "invalid certificate or no client certificate supplied";
const NO_MATCH_AND_ERRORS = `${NO_MATCH}; additionally got errors during verification: <nil>`;
const NO_CERTIFICATE = "no client certificate found";
const FAILED = "failed to match all constraints for this login certificate";
const NO_CHAIN = "no chain matching all constraints could be found for this login certificate";

/** The steps of a certificate login in Vault's order (builtin/credential/cert/path_login.go verifyCredentials). */
export const LOGIN_CHECKS: readonly Check<CertLogin, BackendReply>[] = [
  {
    id: "tls",
    doc: "The request came over TLS.",
    run: ({ hasTls, saysLess }) =>
      hasTls ? pass() : refuse<BackendReply>({ error: saysLess ? NO_CERTIFICATE : "tls connection required" }),
  },
  {
    id: "client-certificate",
    doc: "The client presented a certificate.",
    run: ({ chain, saysLess }) =>
      chain.length > 0
        ? pass(chain[0]?.subjectText)
        : refuse<BackendReply>(
            { error: saysLess ? NO_CERTIFICATE : "client certificate must be supplied" },
            { remedy: "let the client present a certificate" },
          ),
  },
  {
    id: "certificate-times",
    doc: "The certificate is valid now; an expired one is a 500, not a 400, and whose it is does not matter.",
    run: ({ chain: [leaf], now }) => {
      if (leaf === undefined || (now <= leaf.notAfter && now >= leaf.notBefore)) return pass();
      const when = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
      const side = now > leaf.notAfter ? `is after ${when(leaf.notAfter)}` : `is before ${when(leaf.notBefore)}`;
      return unverified(
        `x509: certificate has expired or is not yet valid: current time ${when(now)} ${side}`,
        `valid from ${when(leaf.notBefore)} to ${when(leaf.notAfter)}`,
      );
    },
  },
  {
    id: "key-usage",
    doc: "A certificate whose chain leads to a role's CA is one for clients; another kind is a 500.",
    run: (login) => {
      const [leaf] = login.chain;
      if (leaf === undefined || isForClients(leaf)) return pass();
      if (!login.roles.some((role) => hasSigned(login, role))) return skip("no role's CA signed it");
      return unverified("x509: certificate specifies an incompatible key usage", leaf.extendedKeyUsage.join(", "));
    },
  },
  {
    id: "trusted-certificate",
    doc: "A role's certificate signed the presented one, or is the presented one and the role's constraints hold.",
    wants: ({ roles }) => roles.map((role) => role.parsed.map((one) => one.subjectText).join(" ")).join(", "),
    run: (login) => {
      const [leaf] = login.chain;
      const pinned = leaf === undefined ? [] : login.roles.filter((role) => pins(role, leaf) && meets(role, leaf));
      login.matched = [...pinned, ...login.roles.filter((role) => hasSigned(login, role))];
      if (login.matched.length === 0) {
        const error = login.saysOne ? FAILED : login.saysLess ? NO_MATCH : NO_MATCH_AND_ERRORS;
        return refuse<BackendReply>({ error }, { got: leaf?.subjectText ?? "" });
      }
      return pass(login.matched.map(({ name }) => name).join(", "));
    },
  },
  {
    id: "constraints",
    doc: "The certificate meets every constraint of one of those roles.",
    wants: ({ matched }) => matched.map((role) => JSON.stringify(role.lists)).join(" or "),
    run: (login) => {
      const [leaf] = login.chain;
      login.matched = leaf === undefined ? [] : login.matched.filter((role) => meets(role, leaf));
      return login.matched.length > 0
        ? pass()
        : refuse<BackendReply>({ error: login.saysOne ? FAILED : NO_CHAIN }, { got: leaf?.subjectText ?? "" });
    },
  },
  {
    id: "cidr",
    doc: "The peer lies within the role's `token_bound_cidrs`.",
    run: ({ matched: [role], isPeerAllowed }) =>
      isPeerAllowed(role?.token.boundCidrs ?? [])
        ? pass()
        : refuse<BackendReply>({ error: "permission denied", status: 403 }),
  },
];

/** What Go's verification of the chain says goes out as an error of the method itself. (validateConnState) */
function unverified(why: string, got: string): Verdict<BackendReply> {
  return refuse<BackendReply>({ error: `failed to verify client's certificate: ${why}`, status: 500 }, { got });
}

/** A certificate that names no usages is good for all. */
function isForClients({ extendedKeyUsage }: CertificateFields): boolean {
  return extendedKeyUsage.length === 0 || extendedKeyUsage.some((usage) => usage === "clientAuth" || usage === "any");
}

/** The role holds that very certificate, which is no CA's. */
function pins({ parsed: [trusted] }: CertRole, leaf: CertificateFields): boolean {
  return trusted !== undefined && !trusted.isCa && trusted.der.equals(leaf.der);
}

/** One of the role's CAs is the end of a chain that the presented certificates lead to. */
function hasSigned({ chain: [leaf, ...others] }: CertLogin, { parsed }: CertRole): boolean {
  if (leaf === undefined || parsed[0]?.isCa !== true) return false;
  return parsed.some((trusted) => leadsTo(leaf, others, trusted));
}

function leadsTo(at: CertificateFields, others: readonly CertificateFields[], root: CertificateFields): boolean {
  if (at.issuerDer.equals(root.subjectDer) && isSignedBy(at.der, root.publicKey)) return true;
  const above = others.find((other) => at.issuerDer.equals(other.subjectDer) && isSignedBy(at.der, other.publicKey));
  return (
    above !== undefined &&
    leadsTo(
      above,
      others.filter((other) => other !== above),
      root,
    )
  );
}

/** What each constraint looks at. */
const LOOKS_AT: Readonly<Partial<Record<ConstraintName, (leaf: CertificateFields) => readonly string[]>>> = {
  allowed_names: (leaf) => [leaf.subject.commonName ?? "", ...leaf.dns, ...leaf.emails],
  allowed_common_names: (leaf) => [leaf.subject.commonName ?? ""],
  allowed_dns_sans: (leaf) => leaf.dns,
  allowed_email_sans: (leaf) => leaf.emails,
  allowed_uri_sans: (leaf) => leaf.uris,
  allowed_organizational_units: (leaf) => leaf.subject.organizationalUnit ?? [],
  allowed_organizations: (leaf) => leaf.subject.organization ?? [],
};

function meets(role: CertRole, leaf: CertificateFields): boolean {
  if (!hasExtensions(role.lists.required_extensions ?? [], leaf)) return false;
  return Object.entries(LOOKS_AT).every(([name, values]) => {
    const allowed = role.lists[name as ConstraintName] ?? [];
    return allowed.length === 0 || allowed.some((pattern) => values(leaf).some((value) => glob(pattern, value)));
  });
}
