/** What stands right below `prefix` (empty, or with a slash at its end): keys, and folders with a slash at their end. */
export function childrenOf(keys: Iterable<string>, prefix: string): string[] {
  const children = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(prefix) || key === prefix) continue;
    const rest = key.slice(prefix.length);
    const slash = rest.indexOf("/");
    children.add(slash === -1 ? rest : rest.slice(0, slash + 1));
  }
  return [...children].sort();
}

/** All keys below `prefix`, however deep: those of a folder, then its folders' from the last to the first. (OpenBao: sdk/logical ScanView) */
export function allBelow(keys: Iterable<string>, prefix: string): string[] {
  const known = [...keys];
  const below = (folder: string): string[] => {
    const children = childrenOf(known, `${prefix}${folder}`).map((child) => `${folder}${child}`);
    const folders = children.filter((child) => child.endsWith("/")).reverse();
    return [...children.filter((child) => !child.endsWith("/")), ...folders.flatMap(below)];
  };
  return below("");
}

/** The answer to a SCAN, which may find nothing. */
export function scanned(keys: readonly string[]): { readonly data: { readonly keys?: readonly string[] } } {
  return { data: keys.length === 0 ? {} : { keys } };
}

/** The answer to a LIST; an empty folder is one that does not exist. */
export function listing(keys: readonly string[]): { readonly data: { readonly keys: readonly string[] } } | undefined {
  return keys.length === 0 ? undefined : { data: { keys } };
}
