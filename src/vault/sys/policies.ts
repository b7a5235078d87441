import type { BackendReply, BackendRequest, Field } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { rfc3339Nano } from "../core/go.js";
import { type PolicyAbout, PolicyError } from "../policy/index.js";
import { hasQuirk } from "../release.js";
import type { SysPaths } from "./context.js";

const FIELDS: Readonly<Record<string, Field>> = {
  name: { type: "string" },
  policy: { type: "string" },
};

/** With check-and-set and an end. (OpenBao since 2.3, the last two since 2.6) */
const VERSIONED_FIELDS: Readonly<Record<string, Field>> = {
  expiration: { type: "time" },
  ttl: { type: "duration" },
  cas: { type: "int" },
  cas_required: { type: "bool" },
  allow_wildcards_in_identity_templates: { type: "bool" },
  allow_slashes_in_identity_templates: { type: "bool" },
};

/** `policies/acl` and the older `policy`. (vault/logical_system.go: handlePoliciesSet and others) */
export const policyPaths: SysPaths = (core) => {
  const versioned = hasQuirk(core().release, "policies-have-versions");
  const fields = versioned ? { ...FIELDS, ...VERSIONED_FIELDS } : FIELDS;
  const patch = versioned && { patch: (request: BackendRequest) => change(core(), request) };
  const old = { ...fields, rules: { type: "string", deprecated: true } } satisfies Record<string, Field>;
  const list = (): BackendReply => ({ data: { keys: core().policies.names() } });
  const oldList = (): BackendReply => ({ data: { keys: core().policies.names(), policies: core().policies.names() } });
  const set = (request: BackendRequest): BackendReply => write(core(), request);
  return [
    { pattern: "policy/?$", operations: { read: oldList, list: oldList }, summary: "List policies" },
    {
      pattern: "policy/(?<name>.+)",
      fields: old,
      operations: {
        read: (request) => read(core(), request, "rules"),
        update: set,
        ...patch,
        delete: (request) => remove(core(), request),
      },
      summary: "Manage a policy",
    },
    { pattern: "policies/acl/?$", operations: { list }, summary: "List ACL policies" },
    {
      pattern: "policies/acl/(?<name>.+)",
      fields,
      operations: {
        read: (request) => read(core(), request, "policy"),
        update: set,
        ...patch,
        delete: (request) => remove(core(), request),
      },
      summary: "Manage an ACL policy",
    },
  ];
};

function nameOf({ data }: BackendRequest): string {
  return data.string("name").replace(/\/+$/, "").toLowerCase();
}

function read({ policies, release }: Core, request: BackendRequest, key: "rules" | "policy"): BackendReply {
  const name = nameOf(request);
  const text = policies.text(name);
  if (text === undefined) return undefined;
  if (!hasQuirk(release, "policies-have-versions")) return { data: { name, [key]: text } };
  const { version, casRequired, expiration, modified, allowWildcards, allowSlashes } = policies.about(name);
  return {
    data: {
      name,
      [key]: text,
      version,
      cas_required: casRequired,
      allow_wildcards_in_identity_templates: allowWildcards,
      allow_slashes_in_identity_templates: allowSlashes,
      ...(expiration !== undefined && { expiration: rfc3339Nano(expiration) }),
      ...(version > 0 && { modified: rfc3339Nano(modified) }),
    },
  };
}

const IMMUTABLE: ReadonlySet<string> = new Set(["root", "response-wrapping", "control-group"]);

function write(core: Core, request: BackendRequest): BackendReply {
  const { data } = request;
  const sent = data.string("name").replace(/\/+$/, "");
  const name = sent.toLowerCase();
  const warnings = sent === name ? [] : [`policy name was converted to ${name}`];
  let wrote = data.string("policy");
  if (wrote === "" && request.path.startsWith("policy/")) {
    wrote = data.string("rules");
    warnings.push("'rules' is deprecated, please use 'policy' instead");
  }
  if (wrote === "") return { error: "'policy' parameter not supplied or empty" };
  const about = aboutOf(core, request, UNKEPT);
  if ("error" in about) return about;
  const refused = keep(core, name, wrote, about, data.has("cas") ? data.number("cas") : undefined);
  if (refused !== undefined) return refused;
  return warnings.length === 0 ? undefined : { warnings };
}

/** Keeps a policy that can be read and may be changed, or says why not. */
function keep(
  { policies }: Core,
  name: string,
  wrote: string,
  about: Kept,
  cas: number | undefined,
): { readonly error: string } | undefined {
  const text = fromBase64(wrote);
  try {
    policies.parse(text);
  } catch (error) {
    if (error instanceof PolicyError) return { error: `failed to parse policy: ${error.message}` };
    throw error;
  }
  if (IMMUTABLE.has(name)) return { error: `cannot update "${name}" policy` };
  const mismatch = versionMismatch(policies.about(name), about, cas);
  if (mismatch !== undefined) return { error: mismatch };
  policies.set(name, text, about);
  return undefined;
}

type Kept = Omit<PolicyAbout, "version" | "modified">;
const UNKEPT: Kept = { casRequired: false, expiration: undefined, allowWildcards: false, allowSlashes: false };

/** What is to be kept with a policy; what was not sent stays as in `old`. (OpenBao: handlePoliciesSet, handlePoliciesPatch) */
function aboutOf({ release, clock }: Core, { data }: BackendRequest, old: Kept): Kept | { readonly error: string } {
  if (!hasQuirk(release, "policies-have-versions")) return UNKEPT;
  if (data.has("expiration") && data.has("ttl"))
    return { error: "cannot supply both 'expiration' and 'ttl' for policies" };
  let { expiration } = old;
  if (data.has("expiration")) expiration = data.number("expiration");
  if (data.has("ttl")) expiration = clock.now() + data.number("ttl") * 1000;
  if (expiration !== undefined && expiration <= clock.now())
    return { error: "refusing to update policy as expiration time has already elapsed" };
  const flag = (name: string, kept: boolean): boolean => (data.has(name) ? data.bool(name) : kept);
  return {
    expiration,
    casRequired: flag("cas_required", old.casRequired),
    allowWildcards: flag("allow_wildcards_in_identity_templates", old.allowWildcards),
    allowSlashes: flag("allow_slashes_in_identity_templates", old.allowSlashes),
  };
}

/** (OpenBao: vault/policy/policy_store.go setPolicyInternal) */
function versionMismatch(old: PolicyAbout, wanted: Kept, cas: number | undefined): string | undefined {
  if (cas === undefined) {
    const required = old.casRequired || wanted.casRequired;
    return required ? "check-and-set parameter required for this call" : undefined;
  }
  if (cas === -1) return old.version > 0 ? "check-and-set parameter set to -1 on existing entry" : undefined;
  return cas === old.version ? undefined : "check-and-set parameter did not match the current version";
}

function change(core: Core, request: BackendRequest): BackendReply {
  const { data } = request;
  const { policies } = core;
  const sent = data.string("name").replace(/\/+$/, "");
  const name = sent.toLowerCase();
  const old = policies.text(name);
  if (old === undefined) return { error: "policy not found" };
  const wrote = data.has("policy") ? data.string("policy") : old;
  if (wrote === "") return { error: "'policy' parameter not supplied or empty" };
  const about = aboutOf(core, request, policies.about(name));
  if ("error" in about) return about;
  const cas = data.has("cas") ? data.number("cas") : policies.about(name).version;
  const refused = keep(core, name, wrote, about, cas);
  if (refused !== undefined) return refused;
  return { warnings: sent === name ? [] : [`policy name was converted to ${name}`] };
}

/** A policy may be sent as base64; anything that decodes is taken for it. */
function fromBase64(text: string): string {
  if (text.length % 4 !== 0 || !/^[A-Za-z\d+/]+={0,2}$/.test(text)) return text;
  return Buffer.from(text, "base64").toString("utf8");
}

function remove({ policies }: Core, request: BackendRequest): BackendReply {
  const name = nameOf(request);
  if (name === "default") return { error: "cannot delete default policy" };
  if (IMMUTABLE.has(name)) return { error: `cannot delete "${name}" policy` };
  policies.delete(name);
  return undefined;
}
