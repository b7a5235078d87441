import { goQuote } from "../../runtime/index.js";
import {
  type BackendReply,
  type BackendRequest,
  type Field,
  type FieldData,
  type Path,
  VaultError,
} from "../core/backend.js";
import { type Core, coreQuirk } from "../core/core.js";
import type { Release } from "../release.js";
import type { SysPaths } from "./context.js";

/** The names that a Vault of about 1.14 has built in. (helper/builtinplugins/registry.go) */
const BUILTIN = {
  auth: [
    "alicloud",
    "approle",
    "aws",
    "azure",
    "cert",
    "cf",
    "gcp",
    "github",
    "jwt",
    "kerberos",
    "kubernetes",
    "ldap",
    "oci",
    "oidc",
    "okta",
    "radius",
    "userpass",
  ],
  database: [
    "cassandra-database-plugin",
    "couchbase-database-plugin",
    "elasticsearch-database-plugin",
    "hana-database-plugin",
    "influxdb-database-plugin",
    "mongodb-database-plugin",
    "mongodbatlas-database-plugin",
    "mssql-database-plugin",
    "mysql-aurora-database-plugin",
    "mysql-database-plugin",
    "mysql-legacy-database-plugin",
    "mysql-rds-database-plugin",
    "postgresql-database-plugin",
    "redis-database-plugin",
    "redis-elasticache-database-plugin",
    "redshift-database-plugin",
    "snowflake-database-plugin",
  ],
  secret: [
    "ad",
    "alicloud",
    "aws",
    "azure",
    "consul",
    "gcp",
    "gcpkms",
    "kubernetes",
    "kv",
    "ldap",
    "mongodbatlas",
    "nomad",
    "openldap",
    "pki",
    "rabbitmq",
    "ssh",
    "terraform",
    "totp",
    "transit",
  ],
} as const;

/** What OpenBao 2.6 has built in. (helper/builtinplugins/registry.go) */
const OPENBAO: Readonly<Record<keyof typeof BUILTIN, readonly string[]>> = {
  auth: ["approle", "cert", "jwt", "kerberos", "kubernetes", "ldap", "oidc", "radius", "userpass"],
  database: [
    "cassandra-database-plugin",
    "influxdb-database-plugin",
    "mysql-aurora-database-plugin",
    "mysql-database-plugin",
    "mysql-legacy-database-plugin",
    "mysql-rds-database-plugin",
    "postgresql-database-plugin",
    "redis-database-plugin",
    "valkey-database-plugin",
  ],
  secret: ["kubernetes", "kv", "ldap", "openldap", "pki", "rabbitmq", "ssh", "totp", "transit"],
};

function builtin({ product }: Release): Readonly<Record<Kind, readonly string[]>> {
  return product === "vault" ? BUILTIN : OPENBAO;
}

const REGISTRATION: Readonly<Record<string, Field>> = {
  sha256: { type: "string" },
  sha_256: { type: "string" },
  command: { type: "string" },
  args: { type: "string-list" },
  env: { type: "string-list" },
  version: { type: "string" },
};
type Kind = keyof typeof BUILTIN;
const KINDS = Object.keys(BUILTIN) as readonly Kind[];

/** `plugins/catalog*`, for reading. (vault/logical_system.go: handlePluginCatalogUntypedList and others) */
export const pluginPaths: SysPaths = (core): Path[] => [
  {
    pattern: "plugins/reload/backend$",
    fields: { plugin: { type: "string" }, mounts: { type: "comma-list" }, scope: { type: "string" } },
    operations: { update: ({ data }) => reload(core(), data) },
    summary: "Reload mounted plugin backends.",
  },
  {
    pattern: "plugins/reload/(?<type>auth|database|secret|unknown)/(?<plugin>.+)$",
    fields: { type: { type: "string" }, plugin: { type: "string" }, scope: { type: "string" } },
    operations: { update: ({ data }) => reload(core(), data) },
    summary: "Reload all instances of a plugin.",
  },
  {
    pattern: "plugins/catalog/?$",
    operations: { read: () => overview(core()), list: () => overview(core()) },
    summary: "Lists all the plugins known to Vault",
  },
  {
    pattern: "plugins/catalog/(?<type>auth|database|secret)/?$",
    fields: { type: { type: "string", description: "The type of the plugin, may be auth, secret, or database" } },
    operations: { list: ({ data }) => ({ data: { keys: kindOf(core().release, data.string("type")) } }) },
    summary: "List the plugins in the catalog.",
  },
  {
    pattern: "plugins/catalog/(?<type>auth|database|secret)/(?<name>.+)",
    fields: {
      type: { type: "string", description: "The type of the plugin, may be auth, secret, or database" },
      name: { type: "string", description: "The name of the plugin" },
      ...REGISTRATION,
    },
    operations: {
      read: (request) => read(core(), request),
      update: ({ data }) => register(core(), data),
      delete: () => undefined,
    },
    summary: "Return the configuration data for the plugin with the given name.",
  },
];

/** No directory holds plugins of somebody else. (vault/logical_system.go: handlePluginCatalogUpdate) */
function register(core: Core, data: FieldData): BackendReply {
  if (data.string("sha256") === "" && data.string("sha_256") === "") {
    return {
      error: coreQuirk(core, "plugins-have-artifacts")
        ? "must provide at least one of sha256 or version: use sha256 for binary registration (version optional) or version only for artifact registration"
        : "missing SHA-256 value",
    };
  }
  if (data.string("command") === "") return { error: "missing command value" };
  throw new VaultError(500, "could not set plugin, plugin directory is not configured");
}

/** (vault/logical_system.go: handlePluginReloadUpdate) */
function reload(core: Core, data: FieldData): BackendReply {
  const mounts = data.list("mounts");
  if (data.string("plugin") === "" && mounts.length === 0) return { error: "plugin or mounts must be provided" };
  const missing = mounts
    .map((path) => `${path.replace(/\/+$/, "")}/`)
    .find((path) => core.mounts.get(path) === undefined);
  if (missing !== undefined) throw new VaultError(500, `cannot fetch mount entry on ${goQuote(missing)}`);
  return { data: { reload_id: core.ids.uuid() } };
}

function kindOf(release: Release, name: string): readonly string[] {
  const kind = KINDS.find((one) => one === name);
  return kind === undefined ? [] : builtin(release)[kind];
}

function overview(core: Core): BackendReply {
  const detailed = KINDS.flatMap((type) =>
    builtin(core.release)[type].map((name) => ({
      builtin: true,
      deprecation_status: "supported",
      name,
      type,
      version: versionOf(core, type, name),
    })),
  );
  return { data: { ...builtin(core.release), detailed } };
}

function read(core: Core, { data }: BackendRequest): BackendReply {
  const [type, name] = [data.string("type"), data.string("name")];
  if (!kindOf(core.release, type).includes(name)) return undefined;
  return {
    data: {
      args: null,
      builtin: true,
      command: "",
      deprecation_status: "supported",
      name,
      sha256: "",
      version: versionOf(core, type, name),
    },
  };
}

/** Of what the fake can mount the version that it emulates; of all others that of Vault itself. */
function versionOf({ registry, release }: Core, type: string, name: string): string {
  const known = type === "auth" ? registry.auth.get(name) : type === "secret" ? registry.secrets.get(name) : undefined;
  return known?.runningVersion(release) ?? `v${release.text}+builtin.${release.product === "vault" ? "vault" : "bao"}`;
}
