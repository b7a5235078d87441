import { type Authority, createAuthority, type KeyedRequest } from "./authority.js";
import type { CertificateDraft } from "./certificate.js";
import { generateKey } from "./keys.js";
import { encode, primitive, TAG } from "./der.js";
import { authorityKeyId, basicConstraints, EXTENSION } from "./extensions.js";

/** The aspects of a certificate that a defect can spoil; two defects of one aspect exclude each other. */
export type Aspect =
  | "validity"
  | "names"
  | "usage"
  | "key"
  | "serial"
  | "signature"
  | "version"
  | "constraints"
  | "critical extension"
  | "authority key id"
  | "issuer"
  | "chain";

/** How a server certificate is made: its request, who signs it, and what is done to it before it is signed. */
export interface Plan {
  readonly request: KeyedRequest;
  readonly issuer: Authority;
  readonly finish: readonly ((draft: CertificateDraft) => CertificateDraft)[];
  readonly selfSigned: boolean;
}

/** Programs whose opinion of each defect is tested. */
export type Judge = "go" | "openssl" | "curl" | "node";

/** One way in which a server certificate can be wrong. */
export interface Defect {
  /** One sentence for the reference page. */
  readonly says: string;
  readonly changes: readonly Aspect[];
  /** Who refuses such a certificate; the others take it. */
  readonly refusedBy: readonly Judge[];
  apply(plan: Plan): Plan;
}

const DAY = 86_400_000;
const ALL: readonly Judge[] = ["go", "openssl", "curl", "node"];

const withRequest = (plan: Plan, change: Partial<KeyedRequest>): Plan => ({
  ...plan,
  request: { ...plan.request, ...change },
});
const withFinish = (plan: Plan, step: (draft: CertificateDraft) => CertificateDraft): Plan => ({
  ...plan,
  finish: [...plan.finish, step],
});
const withDays = (plan: Plan, from: number, to: number): Plan => {
  const now = plan.issuer.clock.now();
  return withRequest(plan, { notBefore: now + from * DAY, notAfter: now + to * DAY });
};
/** The same with an intermediate authority, which signs instead. */
export const below = (plan: Plan, change: Partial<KeyedRequest>): Plan => ({
  ...plan,
  issuer: plan.issuer.subordinate({ commonName: "mistrust intermediate CA", ...change }),
});
const withoutExtension = (draft: CertificateDraft, id: string): CertificateDraft => ({
  ...draft,
  extensions: draft.extensions.filter((extension) => extension.id !== id),
});

/** Every defect, by the name that scenarios use. */
export const DEFECTS = {
  expired: {
    says: "Its validity ended yesterday.",
    changes: ["validity"],
    refusedBy: ALL,
    apply: (plan) => withDays(plan, -60, -1),
  },
  "not-yet-valid": {
    says: "Its validity begins in thirty days.",
    changes: ["validity"],
    refusedBy: ALL,
    apply: (plan) => withDays(plan, 30, 60),
  },
  "inverted-validity": {
    says: "Its validity ends before it begins.",
    changes: ["validity"],
    refusedBy: ALL,
    apply: (plan) => withDays(plan, 30, -30),
  },
  "wrong-name": {
    says: "It names another host and another address.",
    changes: ["names"],
    refusedBy: ALL,
    apply: (plan) =>
      withRequest(plan, { commonName: "vault.example.com", dns: ["vault.example.com"], ips: ["192.0.2.1"] }),
  },
  "no-san": {
    says: "It names its host in the subject's common name only, which Go has ignored since 1.15.",
    changes: ["names"],
    refusedBy: ["go"],
    apply: (plan) => withRequest(plan, { dns: [], ips: [], uris: [], emails: [] }),
  },
  "no-ip-san": {
    says: "It names hosts but no addresses, so that it fails when dialled by address.",
    changes: ["names"],
    refusedBy: ALL,
    apply: (plan) => withRequest(plan, { ips: [] }),
  },
  "uri-san-only": {
    says: "It names a SPIFFE ID and nothing else.",
    changes: ["names"],
    refusedBy: ["go"],
    apply: (plan) => withRequest(plan, { dns: [], ips: [], uris: ["spiffe://example.org/vault"] }),
  },
  "unknown-ca": {
    says: "An authority signed it that the client was not told of.",
    changes: ["issuer"],
    refusedBy: ALL,
    apply: (plan) => ({
      ...plan,
      issuer: createAuthority({ clock: plan.issuer.clock, commonName: "mistrust unknown CA" }),
    }),
  },
  "replaced-ca": {
    says: "An authority signed it that has the trusted one's name but another key, as after a CA was renewed.",
    changes: ["issuer"],
    refusedBy: ALL,
    apply: (plan) => ({ ...plan, issuer: createAuthority({ clock: plan.issuer.clock, subject: plan.issuer.subject }) }),
  },
  "self-signed": {
    says: "Its own key signed it.",
    changes: ["issuer", "chain"],
    refusedBy: ALL,
    apply: (plan) => ({ ...plan, selfSigned: true }),
  },
  "not-a-ca": {
    says: "Its signer is a certificate that is no authority (CA:FALSE).",
    changes: ["issuer"],
    refusedBy: ALL,
    apply: (plan) => below(plan, { keyUsage: ["digitalSignature"], replacing: [basicConstraints(false)] }),
  },
  "issuer-without-constraints": {
    says: "Its signer does not say whether it is an authority.",
    changes: ["issuer"],
    refusedBy: ALL,
    apply: (plan) => below(plan, { keyUsage: [], without: [EXTENSION.basicConstraints] }),
  },
  "expired-intermediate": {
    says: "It is valid itself, but the authority that signed it has expired.",
    changes: ["issuer"],
    refusedBy: ALL,
    apply: (plan) => {
      const now = plan.issuer.clock.now();
      return below(plan, { notBefore: now - 60 * DAY, notAfter: now - DAY });
    },
  },
  "forbidden-name": {
    says: "The authority that signed it may certify names below example.com only.",
    changes: ["issuer"],
    refusedBy: ALL,
    apply: (plan) => below(plan, { permittedDns: ["example.com"] }),
  },
  "wrong-key-usage": {
    says: "It is for clients (clientAuth), not for servers.",
    changes: ["usage"],
    refusedBy: ALL,
    apply: (plan) => withRequest(plan, { usage: "client" }),
  },
  "weak-signature": {
    says: "It is signed over a SHA-1 digest.",
    changes: ["signature"],
    refusedBy: ALL,
    apply: (plan) => withFinish(plan, (draft) => ({ ...draft, hash: "sha1" })),
  },
  "tampered-signature": {
    says: "A bit of its signature is flipped.",
    changes: ["signature"],
    refusedBy: ALL,
    apply: (plan) => withFinish(plan, (draft) => ({ ...draft, tampered: true })),
  },
  "weak-key": {
    says: "Its RSA key has 1024 bits.",
    changes: ["key"],
    refusedBy: ["openssl", "curl"],
    apply: (plan) => {
      const { keys } = plan.request;
      const key = keys?.key("rsa-1024", "weak") ?? generateKey("rsa-1024");
      return withRequest(plan, { key });
    },
  },
  "unknown-critical-extension": {
    says: "It has a critical extension that nobody knows.",
    changes: ["critical extension"],
    refusedBy: ALL,
    apply: (plan) =>
      withRequest(plan, {
        extensions: [{ id: "1.3.6.1.4.1.99999.1", critical: true, value: encode(primitive(TAG.null, "")) }],
      }),
  },
  "wrong-authority-key-id": {
    says: "It points to another key of its issuer than the one that signed it; OpenSSL minds, Go does not.",
    changes: ["authority key id"],
    refusedBy: ["openssl", "curl", "node"],
    apply: (plan) =>
      withFinish(plan, (draft) => ({
        ...draft,
        extensions: draft.extensions.map((e) =>
          e.id === EXTENSION.authorityKeyId ? authorityKeyId(Buffer.alloc(20, 0x5a)) : e,
        ),
      })),
  },
  "version-1": {
    says: "It is an X.509 version 1 certificate, which has no extensions and so no subjectAltName.",
    changes: ["version", "names", "usage"],
    refusedBy: ["go"],
    apply: (plan) => withFinish(plan, (draft) => ({ ...draft, version: 1 })),
  },
  "negative-serial": {
    says: "Its serial number is negative, which Go refuses since 1.23.",
    changes: ["serial"],
    refusedBy: ["go"],
    apply: (plan) => withRequest(plan, { serial: Buffer.from("80", "hex") }),
  },
  "zero-serial": {
    says: "Its serial number is zero.",
    changes: ["serial"],
    refusedBy: [],
    apply: (plan) => withRequest(plan, { serial: Buffer.from("00", "hex") }),
  },
  "is-a-ca": {
    says: "The server's own certificate is marked as an authority.",
    changes: ["constraints"],
    refusedBy: [],
    apply: (plan) =>
      withFinish(plan, (draft) => ({
        ...draft,
        extensions: [...withoutExtension(draft, EXTENSION.basicConstraints).extensions, basicConstraints(true)],
      })),
  },
} as const satisfies Record<string, Defect>;

export type DefectId = keyof typeof DEFECTS;

export const DEFECT_IDS: readonly DefectId[] = Object.keys(DEFECTS).filter((id): id is DefectId => id in DEFECTS);
