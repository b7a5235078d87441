import type { BackendContext, BackendReply, Field, FieldData, Path } from "../../core/backend.js";

/** Settings of the method. */
export interface CertConfig {
  /** A token may be renewed without the certificate that it was got with. */
  readonly disableBinding: boolean;
  /** An entity's alias keeps what is known of the certificate. */
  readonly aliasMetadata: boolean;
  readonly ocspCacheSize: number;
  readonly roleCacheSize: number;
  readonly metadataOnFailures: boolean;
}

/** A method that was never configured shows 0 for the cache, whatever the field's default. */
export const NEW_CONFIG: CertConfig = {
  disableBinding: false,
  aliasMetadata: false,
  ocspCacheSize: 0,
  roleCacheSize: 0,
  metadataOnFailures: false,
};

const LARGEST_CACHE = 100_000;

/** `config`. (builtin/credential/cert/path_config.go) */
export function configPath(context: BackendContext, store: { config: CertConfig }): Path {
  const hasOcsp = context.quirk("cert-has-ocsp");
  const hasRoleCache = context.quirk("cert-ocsp-has-ages-and-retries");
  const hasMetadata = context.quirk("cert-metadata-on-failures");
  const fields: Readonly<Record<string, Field>> = {
    disable_binding: { type: "bool", default: false, description: "Renewals need no certificate" },
    enable_identity_alias_metadata: { type: "bool", default: false, description: "Keep the metadata with the alias" },
    ...(hasOcsp && {
      ocsp_cache_size: { type: "int" as const, default: 100, description: "How many OCSP replies are kept" },
    }),
    ...(hasRoleCache && {
      role_cache_size: { type: "int" as const, default: 200, description: "How many roles are kept" },
    }),
    ...(hasMetadata && {
      enable_metadata_on_failures: {
        type: "bool" as const,
        default: false,
        description: "Tell of the certificate where a login fails",
      },
    }),
  };
  return {
    pattern: "config",
    summary: "Settings of the method.",
    fields,
    operations: {
      read: () => ({
        data: {
          disable_binding: store.config.disableBinding,
          enable_identity_alias_metadata: store.config.aliasMetadata,
          ...(hasOcsp && { ocsp_cache_size: store.config.ocspCacheSize }),
          ...(hasRoleCache && { role_cache_size: store.config.roleCacheSize }),
          ...(hasMetadata && { enable_metadata_on_failures: store.config.metadataOnFailures }),
        },
      }),
      update: ({ data }) => write(store, data, { hasOcsp, hasRoleCache }),
    },
  };
}

interface Sizes {
  readonly hasOcsp: boolean;
  readonly hasRoleCache: boolean;
}

function write(store: { config: CertConfig }, data: FieldData, { hasOcsp, hasRoleCache }: Sizes): BackendReply {
  const ocspCacheSize = hasOcsp && data.has("ocsp_cache_size") ? data.number("ocsp_cache_size") : undefined;
  if (ocspCacheSize !== undefined && (ocspCacheSize < 2 || ocspCacheSize > LARGEST_CACHE)) {
    return { error: `invalid ${hasRoleCache ? "ocsp " : ""}cache size, must be >= 2 and <= ${LARGEST_CACHE}` };
  }
  const { disableBinding, aliasMetadata, ocspCacheSize: before } = store.config;
  store.config = {
    disableBinding: data.has("disable_binding") ? data.bool("disable_binding") : disableBinding,
    aliasMetadata: data.has("enable_identity_alias_metadata")
      ? data.bool("enable_identity_alias_metadata")
      : aliasMetadata,
    ocspCacheSize: ocspCacheSize ?? before,
    roleCacheSize:
      hasRoleCache && data.has("role_cache_size") ? data.number("role_cache_size") : store.config.roleCacheSize,
    metadataOnFailures: data.has("enable_metadata_on_failures")
      ? data.bool("enable_metadata_on_failures")
      : store.config.metadataOnFailures,
  };
  return undefined;
}
