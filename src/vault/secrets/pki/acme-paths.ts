import { type BackendReply, type Field, type FieldData, type Path, VaultError } from "../../core/backend.js";
import { goTime } from "./mint.js";
import type { PkiStore } from "./store.js";

const CONFIG_FIELDS = {
  enabled: { type: "bool", default: false },
  allowed_issuers: { type: "comma-list", default: ["*"] },
  allowed_roles: { type: "comma-list", default: ["*"] },
  allow_role_ext_key_usage: { type: "bool", default: false },
  default_directory_policy: { type: "string", default: "sign-verbatim" },
  dns_resolver: { type: "string", default: "" },
  eab_policy: { type: "string", default: "not-required" },
} satisfies Readonly<Record<string, Field>>;
const LATE_FIELDS = { max_ttl: { type: "duration", default: 90 * 86_400 } } satisfies Readonly<Record<string, Field>>;

/** The settings of ACME, and keys to bind accounts with; the protocol itself is not emulated. */
export function acmePaths(store: PkiStore): Path[] {
  const fields: Readonly<Record<string, Field>> = {
    ...CONFIG_FIELDS,
    ...(store.context.quirk("pki-acme-limits-lifetimes") && LATE_FIELDS),
  };
  let config: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(fields).map(([name, { default: value }]) => [name, value]),
  );
  /** Keys by id, with when they were made. */
  const keys = new Map<string, string>();
  const directories = "(roles/[^/]+/|issuer/[^/]+/(roles/[^/]+/)?)?acme";
  return [
    {
      pattern: "config/acme",
      summary: "Settings of ACME.",
      fields,
      operations: {
        read: () => ({ data: config }),
        update: ({ data }) => {
          const sent = Object.keys(fields).filter((name) => data.has(name));
          validate(store, data);
          config = { ...config, ...Object.fromEntries(sent.map((name) => [name, data.value(name)])) };
          return { data: config };
        },
      },
    },
    {
      pattern: `${directories}/new-eab`,
      summary: "A key that binds an ACME account.",
      operations: { update: ({ path }) => newKey(store, keys, path.replace(/new-eab$/, "directory")) },
    },
    {
      pattern: "eab/?",
      summary: "Keys that bind ACME accounts.",
      paged: true,
      operations: { list: () => listKeys(keys) },
    },
    {
      pattern: "eab/(?<key_id>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})",
      summary: "Forget such a key.",
      fields: { key_id: { type: "string" } },
      operations: {
        delete: ({ data }) =>
          keys.delete(data.string("key_id"))
            ? undefined
            : { data: null, warnings: [`No key id found with id: ${data.string("key_id")}`] },
      },
    },
    {
      pattern: `${directories}/(directory|new-nonce|new-account|new-order|revoke-cert)`,
      summary: "ACME, which is not emulated: as while it is disabled.",
      operations: { read: () => DISABLED, update: () => DISABLED },
    },
  ];
}

const DISABLED: BackendReply = { raw: { status: 404, contentType: "application/json", body: "" } };
const POLICIES = ["not-required", "new-account-required", "always-required"];

/** (path_config_acme.go: pathAcmeWrite) @throws VaultError */
function validate(store: PkiStore, data: FieldData): void {
  const sent = (name: string): string[] => (data.has(name) ? data.list(name) : []);
  const refuse = (text: string): never => {
    throw new VaultError(500, text);
  };
  const role = (name: string): boolean => store.roles.has(name);
  const malformed = "The request message was malformed: role does not exist";
  const resolver = data.string("dns_resolver");
  if (resolver !== "" && !/:\d+$/.test(resolver))
    refuse(`failed to parse DNS resolver address: address ${resolver}: missing port in address`);
  if (data.has("eab_policy") && !POLICIES.includes(data.string("eab_policy")))
    refuse(`invalid eab policy name provided, valid values are '${POLICIES.join("', '")}'`);
  const policy = data.string("default_directory_policy");
  const [kind, name = ""] = policy.split(":");
  if (kind === "role") {
    if (!role(name)) refuse(`default directory policy role ${name} is not a valid ACME role: ${malformed}`);
  } else if (!["forbid", "sign-verbatim"].includes(policy)) {
    refuse(`invalid default_directory_policy: string ${policy} not a valid Default Directory Policy`);
  }
  const unknown = sent("allowed_roles").find((one) => one !== "*" && !role(one));
  if (unknown !== undefined) refuse(`allowed_role ${unknown} is not a valid acme role: ${malformed}`);
  for (const reference of sent("allowed_issuers")) {
    const issuer = reference === "*" ? undefined : store.resolve(reference);
    if (typeof issuer === "string")
      refuse(`failed validating allowed_issuers: unable to fetch issuer: ${reference}: ${issuer}`);
  }
}

function newKey({ context }: PkiStore, keys: Map<string, string>, directory: string): BackendReply {
  const id = context.ids.uuid();
  const created = goTime(Math.floor(context.clock.now() / 1_000) * 1_000);
  keys.set(id, created);
  const key = `vault-eab-0-${Buffer.from(context.ids.hex(32), "hex").toString("base64url")}`;
  return { data: { acme_directory: directory, created_on: created, id, key, key_type: "hs" } };
}

function listKeys(keys: ReadonlyMap<string, string>): BackendReply {
  const info = [...keys].map(([id, created]) => [
    id,
    { acme_directory: "acme/directory", created_on: created, key_type: "hs" },
  ]);
  return { data: { keys: [...keys.keys()], key_info: Object.fromEntries(info) as Record<string, unknown> } };
}
