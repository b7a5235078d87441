import type { Backend, BackendContext, BackendReply, BackendRequest, Path } from "../../core/backend.js";
import { formatGoDuration } from "../../../runtime/index.js";
import { dataPath } from "./data.js";
import { detailedMetadataPath, metadataPath } from "./metadata.js";
import { unsigned, VersionedStore } from "./store.js";
import { subkeysPath } from "./subkeys.js";
import { deletePaths } from "./versions.js";

/** KV version 2: every write makes a version. (vault-plugin-secrets-kv: VersionedKVFactory) */
export function versioned(context: BackendContext): Backend {
  const store = new VersionedStore(context);
  const upgrade = context.quirk("kv-remembers-who") ? { actor: "kv_upgrade", operation: "upgrade" } : undefined;
  for (const [path, secret] of context.inherited ?? [])
    store.addVersion(path, { ...store.emptyKey(), oldest: 1 }, secret, upgrade);
  return {
    paths: [
      configPath(store),
      dataPath(store),
      metadataPath(store),
      ...(context.quirk("paths-are-scanned") ? [detailedMetadataPath(store)] : []),
      subkeysPath(store),
      ...deletePaths(store),
      // The last one: what no other path takes is a path of version 1.
      wrongPath(context),
    ],
  };
}

function configPath({ config, context }: VersionedStore): Path {
  const guarded = context.quirk("kv-guards-metadata");
  return {
    pattern: "config",
    summary: "Configures settings for the KV store",
    fields: {
      max_versions: { type: "int", description: "The number of versions to keep for each key" },
      cas_required: { type: "bool", description: "Every write needs the cas parameter" },
      ...(guarded && {
        metadata_cas_required: { type: "bool" as const, description: "Every metadata write needs metadata_cas" },
      }),
      delete_version_after: { type: "signed-duration", description: "How long a version lives; negative = for ever" },
    },
    operations: {
      read: () => ({
        data: {
          max_versions: config.maxVersions,
          cas_required: config.casRequired,
          ...(guarded && { metadata_cas_required: config.metadataCasRequired }),
          delete_version_after: formatGoDuration(config.deleteVersionAfter * 1000),
        },
      }),
      update: ({ data }) => {
        if (data.has("max_versions")) config.maxVersions = unsigned(data.number("max_versions"));
        if (guarded && data.has("metadata_cas_required"))
          config.metadataCasRequired = data.bool("metadata_cas_required");
        if (data.has("cas_required")) config.casRequired = data.bool("cas_required");
        if (data.has("delete_version_after"))
          config.deleteVersionAfter = Math.max(-1, data.number("delete_version_after"));
        return undefined;
      },
    },
  };
}

const ROOTS: readonly string[] = ["metadata", "data", "delete", "undelete", "destroy"];
const SUBCOMMANDS = {
  create: "put",
  update: "put",
  patch: "patch",
  read: "get",
  list: "list",
  scan: "scan",
  delete: "delete",
} as const;

function explainPath({ release }: BackendContext, { path, operation }: BackendRequest): BackendReply {
  const [name, command] = release.product === "vault" ? ["Vault", "vault"] : ["OpenBao", "bao"];
  const warning = ROOTS.includes(path)
    ? "Non-listing operations on the root of a K/V v2 mount are not supported."
    : `Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If using the ${name} CLI, use '${command} kv ${SUBCOMMANDS[operation]}' for this operation.`;
  return { data: null, warnings: [warning], status: 404 };
}

function wrongPath(context: BackendContext): Path {
  const explain = (request: BackendRequest): BackendReply => explainPath(context, request);
  const scan = context.quirk("paths-are-scanned") && { scan: explain };
  return {
    pattern: ".*",
    summary: "Says that the path belongs to version 1 of the store.",
    takesArbitraryInput: true,
    operations: { update: explain, patch: explain, read: explain, delete: explain, list: explain, ...scan },
  };
}
