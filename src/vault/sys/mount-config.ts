import type { MountConfig } from "../core/backend.js";
import { CONVERT } from "../core/convert.js";
import { goType, parseDurationSeconds } from "../core/go.js";
import { SYSTEM_TTL, type TuneSettings } from "../core/mounts.js";

const TOKEN_TYPES: ReadonlySet<string> = new Set(["default-service", "default-batch", "service", "batch"]);

const TEXTS = [
  "default_lease_ttl",
  "max_lease_ttl",
  "listing_visibility",
  "token_type",
  "plugin_version",
  "plugin_name",
];
const LISTS = [
  "audit_non_hmac_request_keys",
  "audit_non_hmac_response_keys",
  "passthrough_request_headers",
  "allowed_response_headers",
  "allowed_managed_keys",
];

/** Is each setting of the type that it has to have? Texts may be numbers and lists may be texts. (vault/mount.go: APIMountConfig) */
function isConvertible(raw: Readonly<Record<string, unknown>>): boolean {
  const isText = (value: unknown): boolean => ["string", "json.Number"].includes(goType(value));
  const fits = (names: readonly string[], test: (value: unknown) => boolean): boolean =>
    names.every((name) => raw[name] === undefined || raw[name] === null || test(raw[name]));
  const isList = (value: unknown): boolean =>
    typeof value === "string" || (Array.isArray(value) && value.every((item) => isText(item)));
  return fits(TEXTS, isText) && fits(LISTS, isList) && fits(["force_no_cache"], (value) => typeof value === "boolean");
}

/** The `config` of a new mount; a text is the refusal. (vault/logical_system.go: handleMount, handleEnableAuth) */
export function newMountConfig(raw: Readonly<Record<string, unknown>>, auth: boolean): Partial<MountConfig> | string {
  if (!isConvertible(raw)) return `unable to convert given ${auth ? "auth" : "mount"} config information`;
  const [defaultLeaseTtl, maxLeaseTtl] = [span(raw.default_lease_ttl), span(raw.max_lease_ttl)];
  if (typeof defaultLeaseTtl === "string")
    return `unable to parse default TTL of ${show(raw.default_lease_ttl)}: ${defaultLeaseTtl}`;
  if (typeof maxLeaseTtl === "string") return `unable to parse max TTL of ${show(raw.max_lease_ttl)}: ${maxLeaseTtl}`;
  if (maxLeaseTtl !== 0 && defaultLeaseTtl > maxLeaseTtl)
    return "given default lease TTL greater than given max lease TTL";
  if (defaultLeaseTtl > SYSTEM_TTL && maxLeaseTtl === 0) {
    return `given default lease TTL greater than system max lease TTL of ${SYSTEM_TTL}`;
  }
  const type = auth ? tokenType(raw.token_type) : { tokenType: "default-service" as const };
  if (typeof type === "string") return type;
  return { defaultLeaseTtl, maxLeaseTtl, ...type };
}

export function tokenType(value: unknown): Pick<MountConfig, "tokenType"> | string {
  if (value === undefined || value === "" || value === null) return { tokenType: "default-service" };
  const text = show(value);
  return TOKEN_TYPES.has(text) ? { tokenType: text as MountConfig["tokenType"] } : "invalid value for 'token_type'";
}

const VISIBILITIES: ReadonlySet<string> = new Set(["", "hidden", "unauth"]);

/** The settings that are kept as they were sent. */
export function settings(raw: Readonly<Record<string, unknown>>): Partial<TuneSettings> | string {
  const tune: Partial<TuneSettings> = {};
  const visibility = raw.listing_visibility;
  if (visibility !== undefined) {
    if (!VISIBILITIES.has(show(visibility))) return `invalid listing_visibility ${show(visibility)}`;
    tune.listingVisibility = show(visibility) === "hidden" ? "hidden" : show(visibility);
  }
  if (raw.force_no_cache !== undefined) tune.forceNoCache = CONVERT.bool(raw.force_no_cache) === true;
  const list = (name: string): readonly string[] | undefined =>
    raw[name] === undefined ? undefined : (CONVERT["comma-list"](raw[name]) as readonly string[]);
  const lists = {
    auditRequestKeys: list("audit_non_hmac_request_keys"),
    auditResponseKeys: list("audit_non_hmac_response_keys"),
    passthroughRequestHeaders: list("passthrough_request_headers"),
    allowedResponseHeaders: list("allowed_response_headers"),
    allowedManagedKeys: list("allowed_managed_keys"),
  };
  for (const [name, value] of Object.entries(lists))
    if (value !== undefined) Object.assign(tune, { [name]: value.length === 0 ? null : value });
  return tune;
}

/** Seconds; `system` and blank are 0; a text says what is wrong. */
export function span(value: unknown): number | string {
  if (value === undefined || value === null || value === "" || value === "system") return 0;
  try {
    return Math.trunc(parseDurationSeconds(value));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
