import type { BackendContext, BackendReply, Field, FieldData } from "../../core/backend.js";
import { goPrint } from "../../core/go.js";
import { pemBlocks } from "../../../go/index.js";
import { goQuote } from "../../../runtime/index.js";
import { SIGNING_ALGORITHMS } from "../signed-token.js";
import { discover, type KeySource, publicKeyOf, RemoteKeys, staticKeys } from "./keys.js";

export function configFields(context: BackendContext): Readonly<Record<string, Field>> {
  return {
    ...CONFIG_FIELDS,
    ...(context.quirk("jwt-config-tells-its-state") && {
      override_allowed_server_names: { type: "comma-list" as const, description: "Names that a TLS server may have" },
      skip_jwks_validation: { type: "bool" as const, description: "Warn of keys that cannot be loaded" },
    }),
    ...(context.quirk("jwt-may-overlook-extensions") && {
      unsupported_critical_cert_extensions: {
        type: "comma-list",
        description: "Critical extensions of a JWKS server's certificate that do no harm",
      },
    }),
  };
}

const CONFIG_FIELDS: Readonly<Record<string, Field>> = {
  oidc_discovery_url: { type: "string", description: "OIDC discovery URL without .well-known" },
  oidc_discovery_ca_pem: { type: "string", description: "CA for the discovery URL" },
  oidc_client_id: { type: "string", description: "OAuth client id (oidc)" },
  oidc_client_secret: { type: "string", description: "OAuth client secret (oidc)" },
  oidc_response_mode: { type: "string", description: "query or form_post (oidc)" },
  oidc_response_types: { type: "comma-list", description: "code, id_token (oidc)" },
  jwks_url: { type: "string", description: "URL of a JWKS" },
  jwks_ca_pem: { type: "string", description: "CA for the JWKS URL" },
  jwks_pairs: { type: "slice", description: "Several JWKS URLs with their CAs" },
  default_role: { type: "lower-string", description: "Role of logins that name none" },
  jwt_validation_pubkeys: { type: "comma-list", description: "Public keys or certificates in PEM" },
  jwt_supported_algs: { type: "comma-list", description: "Algorithms that count" },
  bound_issuer: { type: "string", description: "The `iss` that tokens must have" },
  provider_config: { type: "map", description: "Provider-specific settings (oidc)" },
  namespace_in_state: { type: "bool", default: true, description: "Pass the namespace in the state (oidc)" },
};

/** The mount's configuration, as it was written, and what it makes possible. */
export interface JwtConfig {
  readonly data: FieldData;
  readonly keys: KeySource;
  /** "" = any. */
  readonly issuer: string;
  /** Empty = all. */
  readonly algorithms: readonly string[];
  readonly defaultRole: string;
  /** Stays as it was where a write says nothing of it. */
  readonly namespaceInState: boolean;
}

/** The new configuration, or the refusal. (vault-plugin-auth-jwt path_config.go pathConfigWrite) */
export async function writtenConfig(
  context: BackendContext,
  data: FieldData,
  before?: JwtConfig,
): Promise<JwtConfig | { readonly error: string }> {
  const hasPairs = context.quirk("jwt-has-jwks-pairs");
  const sources = [
    data.string("oidc_discovery_url"),
    data.string("jwks_url"),
    data.list("jwt_validation_pubkeys").join(""),
  ];
  if (sources.filter((source) => source !== "").length !== 1) {
    const pairs = hasPairs ? ", 'jwks_pairs'" : "";
    return { error: `exactly one of 'jwt_validation_pubkeys', 'jwks_url'${pairs} or 'oidc_discovery_url' must be set` };
  }
  if ((data.string("oidc_client_id") === "") !== (data.string("oidc_client_secret") === "")) {
    return { error: "both 'oidc_client_id' and 'oidc_client_secret' must be set for OIDC" };
  }
  const keys = await keySource(data, hasPairs);
  if ("error" in keys) return keys;
  const algorithms = data.list("jwt_supported_algs");
  const unknown = algorithms.find((algorithm) => !ALGORITHMS.includes(algorithm));
  if (unknown !== undefined)
    return { error: `invalid jwt_supported_algs: unsupported signing algorithm ${JSON.stringify(unknown)}` };
  const refusal = oidcError(data);
  if (refusal !== undefined) return { error: refusal };
  return {
    data,
    keys: keys.keys,
    issuer: data.string("bound_issuer"),
    algorithms,
    defaultRole: data.string("default_role"),
    namespaceInState: data.has("namespace_in_state")
      ? data.bool("namespace_in_state")
      : (before?.namespaceInState ?? true),
  };
}

const RESPONSE_TYPES = ["code", "id_token"];
const PROVIDERS = ["azure", "gsuite", "secureauth", "ibmisam"];

/** What is wrong with the settings of the browser flow, which is not emulated; they are checked all the same. */
function oidcError(data: FieldData): string | undefined {
  const types = data.list("oidc_response_types");
  if (types.some((type) => !RESPONSE_TYPES.includes(type))) {
    return `invalid response_types ${goPrint(types)}. 'code' and 'id_token' are allowed`;
  }
  const mode = data.string("oidc_response_mode");
  if ((mode === "" || mode === "query") && types.includes("id_token")) {
    return "query response_mode may not be used with an id_token response_type";
  }
  if (!["", "query", "form_post"].includes(mode)) return `invalid response_mode: ${goQuote(mode)}`;
  const settings = data.map("provider_config");
  if (Object.keys(settings).length === 0) return undefined;
  const { provider } = settings;
  if (typeof provider !== "string") {
    return "invalid provider_config: 'provider' field not found in provider_config";
  }
  return PROVIDERS.includes(provider)
    ? undefined
    : `invalid provider_config: provider ${goQuote(provider)} not found in custom providers`;
}

const ALGORITHMS: readonly string[] = [...SIGNING_ALGORITHMS, "EdDSA"];

async function keySource(
  data: FieldData,
  namesUrl: boolean,
): Promise<{ readonly keys: KeySource } | { readonly error: string }> {
  const discovery = data.string("oidc_discovery_url");
  if (discovery !== "") {
    const ca = data.string("oidc_discovery_ca_pem");
    try {
      if (ca !== "" && publicKeyOf(ca) === undefined) return { error: "error checking oidc discovery URL" };
      const { jwks_uri, endpoint } = await discover(discovery, ca);
      return { keys: new RemoteKeys(jwks_uri, ca, endpoint) };
    } catch {
      return { error: "error checking oidc discovery URL" };
    }
  }
  if (data.string("oidc_client_id") !== "") return { error: "'oidc_discovery_url' must be set for OIDC" };
  const url = data.string("jwks_url");
  if (url !== "") {
    const ca = data.string("jwks_ca_pem");
    if (ca !== "" && publicKeyOf(ca) === undefined) return { error: "error checking jwks_ca_pem" };
    const keys = new RemoteKeys(url, ca);
    try {
      await keys.refresh();
      return { keys };
    } catch {
      keys.stop();
      return { error: `error checking jwks URL${namesUrl ? ` ${url}` : ""}` };
    }
  }
  const parsed = data.list("jwt_validation_pubkeys").map(publicKeyOf);
  const bad = parsed.indexOf(undefined);
  if (bad !== -1) {
    const isPem = pemBlocks(data.list("jwt_validation_pubkeys")[bad] ?? "").length > 0;
    const why = isPem ? "x509: malformed certificate" : "data does not contain any valid public keys";
    return { error: `error parsing public key: ${why}` };
  }
  return { keys: staticKeys(parsed.filter((key) => key !== undefined)) };
}

/** The configuration as a read shows it; the client secret never is. */
export function shownConfig(context: BackendContext, { data, namespaceInState }: JwtConfig): BackendReply {
  return {
    data: {
      bound_issuer: data.string("bound_issuer"),
      default_role: data.string("default_role"),
      jwks_ca_pem: data.string("jwks_ca_pem"),
      ...(context.quirk("jwt-has-jwks-pairs") && { jwks_pairs: data.list("jwks_pairs") }), // unverified: shape of an empty list
      jwks_url: data.string("jwks_url"),
      jwt_supported_algs: data.list("jwt_supported_algs"),
      jwt_validation_pubkeys: data.list("jwt_validation_pubkeys"),
      namespace_in_state: namespaceInState,
      oidc_client_id: data.string("oidc_client_id"),
      oidc_discovery_ca_pem: data.string("oidc_discovery_ca_pem"),
      oidc_discovery_url: data.string("oidc_discovery_url"),
      oidc_response_mode: data.string("oidc_response_mode"),
      oidc_response_types: data.list("oidc_response_types"),
      provider_config: data.map("provider_config"),
      ...(context.quirk("jwt-config-tells-its-state") && {
        override_allowed_server_names: data.list("override_allowed_server_names"),
        status: "valid",
      }),
      ...(context.quirk("jwt-may-overlook-extensions") && {
        unsupported_critical_cert_extensions: data.list("unsupported_critical_cert_extensions"),
      }),
    },
  };
}
