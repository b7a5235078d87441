import { goQuote } from "../../runtime/index.js";
import type { BackendReply, BackendRequest, Field } from "../core/backend.js";
import { VaultError } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { JsonNumber } from "../core/json.js";
import type { Mounted, UserLockoutTuning } from "../core/mounts.js";
import { settings, span, tokenType } from "./mount-config.js";
import { tuneView } from "./mount-view.js";

export const TUNE_FIELDS: Readonly<Record<string, Field>> = {
  path: { type: "string" },
  default_lease_ttl: { type: "string" },
  max_lease_ttl: { type: "string" },
  description: { type: "string" },
  audit_non_hmac_request_keys: { type: "comma-list" },
  audit_non_hmac_response_keys: { type: "comma-list" },
  options: { type: "key-values" },
  listing_visibility: { type: "string" },
  passthrough_request_headers: { type: "comma-list" },
  allowed_response_headers: { type: "comma-list" },
  allowed_managed_keys: { type: "comma-list" },
  token_type: { type: "string" },
  plugin_version: { type: "string" },
  user_lockout_config: { type: "map" },
};

const UNTUNABLE = ["audit/", "sys/", "cubbyhole/", "identity/"] as const;

/** The settings of the mount that `path` is or lies below. (vault/logical_system.go: handleTuneReadCommon) */
export function readTune(core: Core, path: string): BackendReply {
  const mounted = core.mounts.match(path);
  return mounted === undefined
    ? { error: `cannot fetch sysview for path ${goQuote(path)}` }
    : { data: tuneView(core, mounted.mount) };
}

/**
 * Changes a mount's settings one after the other: what stands before a refused one has been changed.
 * (vault/logical_system.go: handleTuneWriteCommon)
 */
export async function writeTune(core: Core, path: string, request: BackendRequest): Promise<BackendReply> {
  if (UNTUNABLE.some((start) => path.startsWith(start))) return { error: `cannot tune ${goQuote(path)}` };
  const mounted = core.mounts.match(path);
  if (mounted === undefined) return { error: `tune of path ${goQuote(path)} failed: no mount entry found` };
  for (const step of STEPS) {
    const refusal = step(request, mounted, core);
    if (refusal !== undefined) return { error: refusal };
  }
  return await tuneOptions(core, request, mounted);
}

/** Changes one kind of setting, or says why not. */
type Step = (request: BackendRequest, mounted: Mounted, core: Core) => string | undefined;

const tuneTtls: Step = ({ data }, { mount: { config } }) => {
  const wanted = (name: string, now: number): number | string =>
    data.string(name) === "" ? now : span(data.string(name));
  const defaultLeaseTtl = wanted("default_lease_ttl", config.defaultLeaseTtl);
  const maxLeaseTtl = wanted("max_lease_ttl", config.maxLeaseTtl);
  if (typeof defaultLeaseTtl === "string") return defaultLeaseTtl;
  if (typeof maxLeaseTtl === "string") return maxLeaseTtl;
  if (maxLeaseTtl !== 0 && maxLeaseTtl < defaultLeaseTtl) {
    return `backend max lease TTL of ${maxLeaseTtl} would be less than backend default lease TTL of ${defaultLeaseTtl}`;
  }
  Object.assign(config, { defaultLeaseTtl, maxLeaseTtl });
  return undefined;
};

const LOCKING: ReadonlySet<string> = new Set(["ldap", "approle", "userpass"]);
const UNLOCKED: UserLockoutTuning = {
  user_lockout_counter_reset_duration: 0,
  user_lockout_threshold: 0,
  user_lockout_duration: 0,
  user_lockout_disable: false,
};

const LOCKOUT_SPANS = [
  ["lockout_duration", "user_lockout_duration"],
  ["lockout_counter_reset_duration", "user_lockout_counter_reset_duration"],
] as const;
const LOCKOUT_TEXTS = ["lockout_threshold", "lockout_duration", "lockout_counter_reset_duration"] as const;

/** The kind that reflection sees in a decoded value: a json.Number is a string, null is nothing. */
function goKind(value: unknown): string {
  if (value === null || value === undefined) return "undefined";
  return value instanceof JsonNumber ? "string" : typeof value === "number" ? "string" : typeof value;
}

/** The text in a decoded value; nothing else than text and numbers holds one. */
function goPrintable(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || value instanceof JsonNumber ? String(value) : "";
}

const tuneLockout: Step = ({ data }, { mount }) => {
  const sent = data.map("user_lockout_config");
  if (Object.keys(sent).length === 0) return undefined;
  const text = (name: string): string => goPrintable(sent[name]);
  const isText = (name: string): boolean => ["string", "undefined"].includes(goKind(sent[name]));
  if (!LOCKOUT_TEXTS.every(isText) || !["boolean", "undefined"].includes(goKind(sent.lockout_disable))) {
    return "unable to convert given user lockout config information";
  }
  if (!LOCKING.has(mount.type.toLowerCase())) {
    return `tuning of user lockout configuration for auth type ${goQuote(mount.type)} not allowed`;
  }
  mount.tune.userLockout ??= UNLOCKED;
  const threshold = text("lockout_threshold");
  if (threshold !== "" && !/^\d+$/.test(threshold)) {
    const why = `strconv.ParseUint: parsing ${goQuote(threshold)}: invalid syntax`;
    throw new VaultError(500, `unable to parse user lockout threshold: ${why}`);
  }
  if (threshold !== "")
    mount.tune.userLockout = { ...mount.tune.userLockout, user_lockout_threshold: Number(threshold) };
  for (const [name, shown] of LOCKOUT_SPANS) {
    const said = text(name);
    if (said === "") continue;
    const seconds = span(said === "system" ? 0 : said);
    if (typeof seconds === "string") return seconds;
    mount.tune.userLockout = { ...mount.tune.userLockout, [shown]: seconds };
  }
  const disable = sent.lockout_disable;
  if (typeof disable === "boolean")
    mount.tune.userLockout = { ...mount.tune.userLockout, user_lockout_disable: disable };
  return undefined;
};

const tuneDescription: Step = ({ data }, { mount }) => {
  if (data.has("description")) mount.description = data.string("description");
  return undefined;
};

/** (hashicorp/go-version: VersionRegexpRaw) */
const VERSION = /^v?\d+(?:\.\d+)*(?:-[\d]+[\dA-Za-z-~]*|[-+.~]?[A-Za-z-~]+[\dA-Za-z-~.]*)?(?:\+[\dA-Za-z-~.]+)?$/;

/** Why a mount cannot run this version of its plugin. (vault/logical_system.go: validateVersion) */
export function versionProblem(core: Core, kind: "auth" | "secret", type: string, version: string): string | undefined {
  if (!VERSION.test(version)) {
    return `version ${goQuote(version)} is not a valid semantic version: Malformed version: ${version}`;
  }
  const known = (kind === "auth" ? core.registry.auth : core.registry.secrets).get(type);
  if (known?.runningVersion(core.release) === version) return undefined;
  return `plugin not found in the catalog: ${type}, version=${version}`;
}

const checkVersion: Step = ({ data }, { mount }, core) => {
  if (!data.has("plugin_version")) return undefined;
  return versionProblem(core, mount.class === "auth" ? "auth" : "secret", mount.type, data.string("plugin_version"));
};

const KEPT_BEFORE = ["audit_non_hmac_request_keys", "audit_non_hmac_response_keys", "listing_visibility"] as const;
const KEPT_AFTER = ["passthrough_request_headers", "allowed_response_headers", "allowed_managed_keys"] as const;

/** The settings that are kept as they were sent. */
function keep(names: readonly string[]): Step {
  return ({ body, data, path }, { mount }) => {
    // The path for auth mounts takes managed keys and does not keep them; that for all mounts does.
    const isKept = (name: string): boolean => name !== "allowed_managed_keys" || !path.startsWith("auth/");
    const kept = names.filter((name) => data.has(name) && isKept(name));
    const sent = Object.fromEntries(kept.map((name) => [name, body[name]]));
    const tune = settings(sent);
    if (typeof tune === "string") return tune;
    Object.assign(mount.tune, tune);
    return undefined;
  };
}

const tuneTokenType: Step = ({ data }, { mount }) => {
  if (!data.has("token_type")) return undefined;
  if (mount.class !== "auth") return "'token_type' can only be modified on auth mounts";
  if (mount.type === "token") return "'token_type' cannot be set for 'token' or 'ns_token' auth mounts";
  const type = tokenType(data.string("token_type"));
  if (typeof type === "string") return type;
  Object.assign(mount.config, type);
  return undefined;
};

const STEPS: readonly Step[] = [
  tuneTtls,
  tuneLockout,
  tuneDescription,
  checkVersion,
  keep(KEPT_BEFORE),
  tuneTokenType,
  keep(KEPT_AFTER),
];

/** Options come last. A version can only go up, and the backend of the new one takes over what the old one kept. */
async function tuneOptions(core: Core, { data }: BackendRequest, { mount }: Mounted): Promise<BackendReply> {
  const sent = Object.entries(data.map("options")).map(([name, value]) => [name, String(value)] as const);
  if (sent.length === 0) return undefined;
  const version = new Map(sent).get("version");
  const [now, next] = [Number(mount.options?.version ?? 0), Number(version ?? 0)];
  if (version !== undefined) {
    if (!/^[-+]?\d*$/.test(version)) {
      return { error: `unable to parse options: strconv.ParseInt: parsing ${goQuote(version)}: invalid syntax` };
    }
    if (next !== 1 && next !== 2) return { error: `invalid version provided: ${next}` };
    if (now > next) return { error: `cannot downgrade mount from version ${now}` };
  }
  const options = new Map(Object.entries(mount.options ?? {}));
  for (const [name, value] of sent) {
    if (value === "" && name !== "version") options.delete(name);
    else options.set(name, value);
  }
  mount.options = Object.fromEntries(options);
  if (version === undefined || now === next) return undefined;
  const type = (mount.class === "auth" ? core.registry.auth : core.registry.secrets).get(mount.type);
  if (type !== undefined) core.mounts.reload(mount.path, await type.load());
  return {
    warnings: [
      `Upgrading mount from version ${now} to version ${next}. This mount will be unavailable for a brief period and will resume service shortly.`,
    ],
  };
}
