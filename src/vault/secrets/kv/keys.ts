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

/** The answer to a LIST; an empty folder is one that does not exist. */
export function listing(keys: readonly string[]): { readonly data: { readonly keys: readonly string[] } } | undefined {
  return keys.length === 0 ? undefined : { data: { keys } };
}
