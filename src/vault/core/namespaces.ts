import type { Core } from "./core.js";
import type { StoredToken } from "../token/entry.js";

/** A Vault within a Vault: its mounts, policies and tokens are its own. `path` ends in a slash; the root's is "". */
export interface Namespace {
  readonly id: string;
  readonly uuid: string;
  readonly path: string;
  customMetadata: Readonly<Record<string, unknown>>;
  readonly core: Core;
}

/** All namespaces below the root. (Enterprise, and OpenBao since 2.3) */
export class Namespaces {
  readonly #byPath = new Map<string, Namespace>();
  readonly #make: (parent: Core, path: string) => Namespace;

  constructor(make: (parent: Core, path: string) => Namespace) {
    this.#make = make;
  }

  get(path: string): Namespace | undefined {
    return this.#byPath.get(path);
  }

  /** Those right below `path`, in the order of their names. */
  below(path: string): Namespace[] {
    return [...this.#byPath.values()]
      .filter((one) => one.path.startsWith(path) && /^[^/]+\/$/.test(one.path.slice(path.length)))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** A new namespace, or the one that is there. */
  create(parent: Core, path: string): Namespace {
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    const made = this.#make(parent, path);
    this.#byPath.set(path, made);
    return made;
  }

  /** Removes a namespace with all that lie in it. */
  delete(path: string): void {
    for (const { path: inner, core } of [...this.#byPath.values()]) {
      if (!inner.startsWith(path)) continue;
      core.mounts.stop();
      this.#byPath.delete(inner);
    }
  }

  /** The innermost namespace that a path leads into, and what is left of the path there. */
  locate(path: string): { readonly core: Core; readonly rest: string } | undefined {
    let found: Namespace | undefined;
    for (const one of this.#byPath.values()) {
      if (path.startsWith(one.path) && one.path.length > (found?.path.length ?? 0)) found = one;
    }
    return found && { core: found.core, rest: path.slice(found.path.length) };
  }

  stop(): void {
    for (const { core } of this.#byPath.values()) core.mounts.stop();
    this.#byPath.clear();
  }
}

/** Whose token it is, and by what its paths begin from there: a token of a parent namespace names the child in its policies. */
export function homeOf(core: Core, token: StoredToken): { readonly home: Core; readonly prefix: string } {
  let home = core;
  while (home.parent !== undefined && !home.tokens.owns(token)) home = home.parent;
  return { home, prefix: core.namespace.path.slice(home.namespace.path.length) };
}
