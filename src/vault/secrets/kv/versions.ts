import type { BackendReply, BackendRequest, Path } from "../../core/backend.js";
import type { Attribution, KeyMetadata, Version, VersionedStore } from "./store.js";

/** What is done to one version. */
type Deed = (key: KeyMetadata, version: Version, request: BackendRequest) => void;

/** `delete/`, `undelete/` and `destroy/<path>`, each for the versions that the request lists. (path_delete.go, path_destroy.go) */
export function deletePaths(store: VersionedStore): Path[] {
  return [
    versionsPath(store, "delete", "No version number provided", (_, version, request) => {
      if (store.isDeleted(version)) return;
      version.deletion = store.now();
      version.deletedBy = store.attribution(request);
    }),
    versionsPath(store, "undelete", "No version number provided", (key, version) => {
      version.deletion = store.deletionTime(key, store.now());
      version.deletedBy = undefined;
    }),
    versionsPath(store, "destroy", "no version number provided", (_, version) => {
      version.destroyed = true;
      version.data = undefined;
    }),
  ];
}

/** Who did it; that versions are undeleted is told by its own name, not as the update that it is. */
function doneBy(store: VersionedStore, request: BackendRequest, verb: string): Attribution | undefined {
  const by = store.attribution(request);
  return by === undefined || verb !== "undelete" ? by : { ...by, operation: verb };
}

function versionsPath(store: VersionedStore, verb: string, missing: string, deed: Deed): Path {
  const update = (request: BackendRequest): BackendReply => {
    const numbers = request.data.list("versions").map(Number);
    if (numbers.length === 0) return { error: missing };
    const key = store.keys.get(request.data.string("path"));
    if (key === undefined) return undefined;
    for (const number of numbers) {
      const version = key.versions.get(number);
      if (version !== undefined && !version.destroyed) deed(key, version, request);
    }
    if (verb !== "destroy") key.lastUpdatedBy = doneBy(store, request, verb);
    return undefined;
  };
  return {
    pattern: `${verb}/(?<path>.*)`,
    summary: `${verb}s one or more versions in the KV store.`,
    fields: {
      path: { type: "string", description: "Location of the secret" },
      versions: { type: "comma-int-list", description: "Numbers of the versions" },
    },
    operations: { update },
  };
}
