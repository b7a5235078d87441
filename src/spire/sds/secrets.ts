import type { Bundle } from "../bundle.js";
import type { Identity, WorkloadView } from "../manager.js";
import {
  type Any,
  field,
  type Secret,
  secretCodec,
  validatorConfig,
  VALIDATOR_TYPE,
} from "../../transport/grpc/sds-messages.js";
import type { Style } from "./style.js";

/**
 * Secrets as serialized resources of a DiscoveryResponse. Each is made once for as long as the identity, bundle or view
 * that it shows is the same object.
 */
export class Secrets {
  readonly #made = new WeakMap<object, Map<string, Buffer>>();

  /** @param type type URL of the resources */
  constructor(readonly type: string) {}

  certificate(identity: Identity, name: string): Buffer {
    return this.#once(identity.svid, name, () => ({
      name,
      tlsCertificate: {
        certificateChain: { inlineBytes: Buffer.from(identity.svid.chainPem) },
        privateKey: { inlineBytes: Buffer.from(identity.svid.keyPem) },
      },
    }));
  }

  bundle(bundle: Bundle, name: string, style: Style): Buffer {
    return this.#once(bundle, `${style} ${name}`, () => ({
      name,
      validationContext:
        style === "spiffe-validator" ? validator([bundle]) : { trustedCa: { inlineBytes: Buffer.from(bundle.pem) } },
    }));
  }

  /** All bundles of a workload in one validator, by trust domain name. */
  allBundles(view: WorkloadView, name: string): Buffer {
    return this.#once(view, name, () => ({ name, validationContext: validator([view.bundle, ...view.federated]) }));
  }

  #once(of: object, key: string, make: () => Secret): Buffer {
    const made = this.#made.get(of) ?? new Map<string, Buffer>();
    this.#made.set(of, made);
    const known = made.get(key);
    if (known !== undefined) return known;
    const resource = field(2, anyBytes({ type_url: this.type, value: secretCodec.encode(make()) }));
    made.set(key, resource);
    return resource;
  }
}

function validator(bundles: readonly Bundle[]): NonNullable<Secret["validationContext"]> {
  const trustDomains = [...bundles]
    .sort((a, b) => (a.trustDomain < b.trustDomain ? -1 : 1))
    .map((bundle) => ({ name: bundle.trustDomain, trustBundle: { inlineBytes: Buffer.from(bundle.pem) } }));
  return {
    customValidatorConfig: {
      name: "envoy.tls.cert_validator.spiffe",
      typedConfig: { type_url: VALIDATOR_TYPE, value: validatorConfig.encode({ trustDomains }) },
    },
  };
}

function anyBytes({ type_url: type, value }: Any): Buffer {
  return Buffer.concat([field(1, type), field(2, value)]);
}
