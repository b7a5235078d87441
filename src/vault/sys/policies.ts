import type { BackendReply, BackendRequest, Field } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { parsePolicy, PolicyError } from "../policy/index.js";
import type { SysPaths } from "./context.js";

const FIELDS: Readonly<Record<string, Field>> = {
  name: { type: "string" },
  policy: { type: "string" },
};

/** `policies/acl` and the older `policy`. (vault/logical_system.go: handlePoliciesSet and others) */
export const policyPaths: SysPaths = (core) => {
  const old = { ...FIELDS, rules: { type: "string", deprecated: true } } satisfies Record<string, Field>;
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
        delete: (request) => remove(core(), request),
      },
      summary: "Manage a policy",
    },
    { pattern: "policies/acl/?$", operations: { list }, summary: "List ACL policies" },
    {
      pattern: "policies/acl/(?<name>.+)",
      fields: FIELDS,
      operations: {
        read: (request) => read(core(), request, "policy"),
        update: set,
        delete: (request) => remove(core(), request),
      },
      summary: "Manage an ACL policy",
    },
  ];
};

function nameOf({ data }: BackendRequest): string {
  return data.string("name").replace(/\/+$/, "").toLowerCase();
}

function read({ policies }: Core, request: BackendRequest, key: "rules" | "policy"): BackendReply {
  const name = nameOf(request);
  const text = policies.text(name);
  return text === undefined ? undefined : { data: { name, [key]: text } };
}

const IMMUTABLE: ReadonlySet<string> = new Set(["root", "response-wrapping", "control-group"]);

function write({ policies }: Core, request: BackendRequest): BackendReply {
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
  const text = fromBase64(wrote);
  try {
    parsePolicy(text);
  } catch (error) {
    if (error instanceof PolicyError) return { error: `failed to parse policy: ${error.message}` };
    throw error;
  }
  if (IMMUTABLE.has(name)) return { error: `cannot update "${name}" policy` };
  policies.set(name, text);
  return warnings.length === 0 ? undefined : { warnings };
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
