/**
 * Paths in Vault's notation for special paths: exact, a prefix with `*` at its end, or with `+` for one segment.
 * (vault/router.go: LoginPath, RootPath)
 */
export class PathSet {
  readonly #exact = new Set<string>();
  readonly #prefixes: string[] = [];
  readonly #wild: { readonly parts: readonly string[]; readonly prefix: boolean }[] = [];

  constructor(paths: readonly string[]) {
    for (const path of paths) {
      const prefix = path.endsWith("*");
      const bare = prefix ? path.slice(0, -1) : path;
      if (/(?:^|\/)\+(?:\/|$)/.test(path)) this.#wild.push({ parts: bare.split("/"), prefix });
      else if (prefix) this.#prefixes.push(bare);
      else this.#exact.add(path);
    }
  }

  has(path: string): boolean {
    if (this.#exact.has(path)) return true;
    for (const prefix of this.#prefixes) if (path.startsWith(prefix)) return true;
    return this.#wild.length > 0 && this.#hasWild(path.split("/"));
  }

  #hasWild(segments: readonly string[]): boolean {
    return this.#wild.some(({ parts, prefix }) => {
      if (prefix ? segments.length < parts.length : segments.length !== parts.length) return false;
      return parts.every((part, i) => {
        if (part === "+" || part === segments[i]) return true;
        return prefix && i === parts.length - 1 && (segments[i] ?? "").startsWith(part);
      });
    });
  }
}
