import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { pemBlocks } from "../../../go/index.js";
import type { BackendContext, BackendReply, BackendRequest, Field, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { logLine } from "../../log-line.js";
import { parseCompact } from "../signed-token.js";
import { LOCAL_CA_FILE, noSuchFile } from "./pod.js";

/** The method's configuration as it was written. (vault-plugin-auth-kubernetes: kubeConfig) */
export interface KubernetesConfig {
  readonly host: string;
  readonly caCert: string;
  readonly reviewerJwt: string;
  readonly pemKeys: readonly string[];
  readonly keys: readonly KeyObject[];
  readonly issuer: string;
  readonly disableIssValidation: boolean;
  readonly disableLocalCaJwt: boolean;
  readonly annotationsAsAliasMetadata: boolean;
}

const FIELDS: Readonly<Record<string, Field>> = {
  kubernetes_host: { type: "string", required: true, description: "Base URL of the Kubernetes API server" },
  kubernetes_ca_cert: { type: "string", description: "PEM of the CA that signed the API server's certificate" },
  token_reviewer_jwt: { type: "string", description: "Bearer of the TokenReview; without it the login's own token" },
  pem_keys: { type: "comma-list", description: "Public keys or certificates that sign service account tokens" },
  issuer: { type: "string", deprecated: true, description: "Issuer that tokens must have" },
  disable_local_ca_jwt: { type: "bool", default: false, description: "Do not use the pod's own CA and token" },
};

/** `config`: where the API server is and how its tokens are checked. */
export function configPath(context: BackendContext, store: { config?: KubernetesConfig; changed(): void }): Path {
  const withAnnotations = context.quirk("kubernetes-annotations-as-alias-metadata");
  const write = (request: BackendRequest): BackendReply => {
    const config = readConfig(context, request);
    if ("error" in config) return config;
    store.config = config;
    store.changed();
    return undefined;
  };
  return {
    pattern: "config",
    summary: "Configures the JWT Public Key and Kubernetes API information.",
    fields: {
      ...FIELDS,
      disable_iss_validation: {
        type: "bool",
        deprecated: true,
        default: !context.quirk("kubernetes-issuer-is-validated-by-default"),
        description: "Do not look at the issuer",
      },
      ...(withAnnotations && {
        use_annotations_as_alias_metadata: {
          type: "bool",
          default: false,
          description: "Take alias metadata from the service account's annotations",
        },
      }),
    },
    operations: {
      update: write,
      read: () => (store.config === undefined ? undefined : { data: configData(context, store.config) }),
    },
  };
}

function configData(context: BackendContext, config: KubernetesConfig): Record<string, unknown> {
  return {
    kubernetes_host: config.host,
    kubernetes_ca_cert: config.caCert,
    pem_keys: config.pemKeys,
    issuer: config.issuer,
    disable_iss_validation: config.disableIssValidation,
    disable_local_ca_jwt: config.disableLocalCaJwt,
    ...(context.quirk("kubernetes-config-tells-of-reviewer") && { token_reviewer_jwt_set: config.reviewerJwt !== "" }),
    ...(context.quirk("kubernetes-annotations-as-alias-metadata") && {
      use_annotations_as_alias_metadata: config.annotationsAsAliasMetadata,
    }),
  };
}

interface Refusal {
  readonly error: string;
}

/** A write replaces everything: what is not sent falls back to its default. */
function readConfig(context: BackendContext, { data, exchange }: BackendRequest): KubernetesConfig | Refusal {
  const host = data.string("kubernetes_host");
  if (host === "") return { error: "no host provided" };
  const caCert = data.string("kubernetes_ca_cert");
  const disableLocalCaJwt = data.bool("disable_local_ca_jwt");
  const hasPem = pemBlocks(caCert).length > 0;
  if (disableLocalCaJwt && caCert === "" && context.quirk("kubernetes-local-ca-needs-a-substitute")) {
    return { error: "kubernetes_ca_cert must be given when disable_local_ca_jwt is true" };
  }
  if (caCert !== "" && !hasPem && context.quirk("kubernetes-ca-must-be-pem")) {
    return { error: "The provided CA PEM data contains no valid certificates" };
  }
  const reviewerJwt = data.string("token_reviewer_jwt");
  if (reviewerJwt !== "" && context.quirk("kubernetes-reviewer-must-be-a-jwt")) {
    const parsed = parseCompact(reviewerJwt, "square/go-jose");
    if ("error" in parsed) throw new VaultError(500, parsed.error);
  }
  const pemKeys = data.list("pem_keys");
  const keys: KeyObject[] = [];
  for (const text of pemKeys) {
    const key = publicKey(context, text);
    if ("error" in key) return key;
    keys.push(key);
  }
  const localCa = caCert === "" && !disableLocalCaJwt ? needLocalCa(context) : undefined;
  if (localCa !== undefined) return localCa;
  if (caCert !== "" && !hasPem) {
    const text = "Configured CA PEM data contains no valid certificates, TLS verification will fail";
    exchange.log("warn", logLine(`auth.kubernetes.${context.mount.accessor}`, text));
  }
  return {
    host,
    caCert,
    reviewerJwt,
    pemKeys,
    keys,
    issuer: data.string("issuer"),
    disableIssValidation: data.bool("disable_iss_validation"),
    disableLocalCaJwt,
    annotationsAsAliasMetadata:
      context.quirk("kubernetes-annotations-as-alias-metadata") && data.bool("use_annotations_as_alias_metadata"),
  };
}

function needLocalCa(context: BackendContext): Refusal | undefined {
  if (context.pod !== undefined || !context.quirk("kubernetes-local-ca-is-read-on-write")) return undefined;
  if (context.quirk("kubernetes-unreadable-local-ca-is-400")) return { error: noSuchFile(LOCAL_CA_FILE) };
  throw new VaultError(500, noSuchFile(LOCAL_CA_FILE));
}

/** A public key from the first PEM block of a text, which may be a certificate. (path_config.go: parsePublicKeyPEM) */
function publicKey(context: BackendContext, text: string): KeyObject | Refusal {
  const kinds = context.quirk("kubernetes-keys-of-any-kind") ? "" : "RSA or ECDSA ";
  const noKey = { error: `data does not contain any valid ${kinds}public keys` };
  const block = pemBlocks(text)[0];
  if (block === undefined) return noKey;
  const key = keyOf(block.der);
  if (key === undefined) return { error: "x509: malformed certificate" };
  return key.asymmetricKeyType === "rsa" || key.asymmetricKeyType === "ec" ? key : noKey;
}

function keyOf(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    // Not a bare key: a certificate, then.
  }
  try {
    return new X509Certificate(der).publicKey;
  } catch {
    return undefined;
  }
}
