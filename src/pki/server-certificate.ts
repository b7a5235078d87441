import { MistrustError } from "../runtime/index.js";
import { type Authority, createAuthority, type KeyedRequest } from "./authority.js";
import { createPublic, signCertificate } from "./certificate.js";
import { type Aspect, below, type Defect, type DefectId, DEFECTS, type Plan } from "./defects.js";
import { keyPem } from "./keys.js";

/** What the server sends after its own certificate; `reversed`: two intermediates, of which the upper comes first. */
export type ChainShape = "full" | "leaf-only" | "reversed" | "wrong-intermediate";

export interface ServerCertificateOptions {
  /** The authority that clients are told to trust. */
  readonly authority: Authority;
  readonly request: KeyedRequest;
  readonly defects?: readonly DefectId[];
  /** Puts an intermediate authority between root and leaf. Without it the root signs, unless a defect puts one there. */
  readonly chain?: ChainShape;
}

/** A server's certificate as it will be sent. */
export interface ServerCertificate {
  /** The leaf first: no server starts with a key that belongs to another. */
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly leaf: Buffer;
}

/**
 * A server certificate with any number of defects.
 * @throws MISTRUST_CONFLICT when two of them spoil the same aspect
 */
export function mintServerCertificate(options: ServerCertificateOptions): ServerCertificate {
  const { authority, request, defects = [], chain } = options;
  refuseConflicts(defects, chain);
  const start: Plan = { request, issuer: authority, finish: [], selfSigned: false };
  const spoilt = defects.reduce<Plan>((plan, id) => (DEFECTS[id] as Defect).apply(plan), start);
  const { issuer, selfSigned } = withIntermediates(spoilt, chain);
  const key = issuer.keyFor(spoilt.request);
  const signer = selfSigned ? createAuthority({ ...spoilt.request, clock: authority.clock, key }) : issuer;
  const draft = spoilt.finish.reduce((made, step) => step(made), signer.draft(createPublic(key), spoilt.request));
  const leaf = signer.seal(signCertificate(draft));
  return {
    certificatePem: selfSigned ? leaf.certificatePem : shaped(leaf.certificatePem, issuer, chain),
    keyPem: keyPem(key),
    leaf: leaf.der,
  };
}

/** As many authorities between root and leaf as the chain's shape needs. */
function withIntermediates(plan: Plan, chain: ChainShape | undefined): Plan {
  const has = plan.issuer.intermediatesPem !== "";
  if (chain === "reversed") return below(has ? plan : below(plan, { commonName: "mistrust upper CA" }), {});
  return chain === undefined || has ? plan : below(plan, {});
}

function shaped(leafPem: string, issuer: Authority, chain: ChainShape = "full"): string {
  switch (chain) {
    case "full":
      return leafPem + issuer.intermediatesPem;
    case "leaf-only":
      return leafPem;
    case "reversed":
      return leafPem + (issuer.intermediatesPem.match(CERTIFICATES) ?? []).reverse().join("");
    case "wrong-intermediate": {
      const stranger = createAuthority({ clock: issuer.clock, commonName: "mistrust unrelated CA" });
      return leafPem + stranger.subordinate({ commonName: "mistrust unrelated intermediate CA" }).certificatePem;
    }
  }
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g;

function refuseConflicts(ids: readonly DefectId[], chain: ChainShape | undefined): void {
  const spoilt = new Map<Aspect, string>();
  if (chain !== undefined) spoilt.set("chain", `chain: ${chain}`);
  for (const id of ids) {
    for (const aspect of DEFECTS[id].changes) {
      const other = spoilt.get(aspect);
      if (other !== undefined) {
        throw new MistrustError("MISTRUST_CONFLICT", `"${other}" and "${id}" both decide the certificate's ${aspect}`, {
          remedy: "leave one of them out",
        });
      }
      spoilt.set(aspect, id);
    }
  }
}
