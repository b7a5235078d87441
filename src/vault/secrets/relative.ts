import { type BackendContext, VaultError } from "../core/backend.js";

/**
 * Vault's storage takes no path with `..` anywhere in it. (sdk/logical: StorageView.SanityCheck)
 * @throws VaultError
 */
export function refuseRelative(
  context: Pick<BackendContext, "quirk">,
  path: string,
  doing: string,
  status = 400,
): void {
  const relative = context.quirk("kv-takes-dots-in-paths") ? path.split("/").includes("..") : path.includes("..");
  if (relative) throw new VaultError(status, `${doing}relative paths not supported`);
}
