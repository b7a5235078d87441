import type { Core } from "../core/core.js";
import type { MountEntry } from "../core/mounts.js";

/** A mount's path as its own table shows it: auth mounts without `auth/`. */
export function shownPath(mount: MountEntry): string {
  return mount.class === "auth" ? mount.path.replace(/^auth\//, "") : mount.path;
}

/** A mount as `sys/mounts` and `sys/auth` show it. (vault/logical_system.go: mountInfo) */
export function mountView(core: Core, mount: MountEntry): Record<string, unknown> {
  const known = (mount.class === "auth" ? core.registry.auth : core.registry.secrets).has(mount.type);
  return {
    type: mount.type,
    description: mount.description,
    accessor: mount.accessor,
    local: mount.local,
    seal_wrap: mount.sealWrap,
    external_entropy_access: mount.externalEntropyAccess,
    options: mount.options,
    uuid: mount.uuid,
    plugin_version: mount.pluginVersion,
    running_plugin_version: mount.runningVersion,
    running_sha256: "",
    ...(known && { deprecation_status: "supported" }),
    config: {
      default_lease_ttl: mount.config.defaultLeaseTtl,
      max_lease_ttl: mount.config.maxLeaseTtl,
      force_no_cache: mount.tune.forceNoCache,
      ...optional(mount),
      ...(mount.tune.userLockout !== null && { user_lockout_config: mount.tune.userLockout }),
    },
  };
}

/** A mount as its `tune` path shows it. (vault/logical_system.go: handleTuneReadCommon) */
export function tuneView(core: Core, mount: MountEntry): Record<string, unknown> {
  return {
    description: mount.description,
    default_lease_ttl: core.mounts.defaultLeaseTtl(mount),
    max_lease_ttl: core.mounts.maxLeaseTtl(mount),
    force_no_cache: mount.tune.forceNoCache,
    ...optional(mount),
    ...mount.tune.userLockout,
    ...(mount.options !== null && Object.keys(mount.options).length > 0 && { options: mount.options }),
    ...(mount.pluginVersion !== "" && { plugin_version: mount.pluginVersion }),
    ...(mount.externalEntropyAccess && { external_entropy_access: true }),
  };
}

/** Settings that are shown only once they were set. */
function optional({ class: kind, config, tune }: MountEntry): Record<string, unknown> {
  return {
    ...(kind === "auth" && { token_type: config.tokenType }),
    ...(tune.auditRequestKeys !== null && { audit_non_hmac_request_keys: tune.auditRequestKeys }),
    ...(tune.auditResponseKeys !== null && { audit_non_hmac_response_keys: tune.auditResponseKeys }),
    ...(tune.listingVisibility !== "" && { listing_visibility: tune.listingVisibility }),
    ...(tune.passthroughRequestHeaders !== null && { passthrough_request_headers: tune.passthroughRequestHeaders }),
    ...(tune.allowedResponseHeaders !== null && { allowed_response_headers: tune.allowedResponseHeaders }),
    ...(tune.allowedManagedKeys !== null && { allowed_managed_keys: tune.allowedManagedKeys }),
  };
}
