import type { Backend, Field, Handler, OperationName, Path } from "./backend.js";
import { PathSet } from "./path-set.js";

const NO_FIELDS: Readonly<Record<string, Field>> = {};
const NO_CAPTURES: Readonly<Record<string, string>> = {};

/** A path of a backend; its pattern is compiled when it is first tried, since most are never asked for. */
export class Route {
  readonly fields: Readonly<Record<string, Field>>;
  /** Do its lists come in pages? */
  readonly paged: boolean;
  #regex: RegExp | undefined;

  /** @param pages the fields of a path whose lists come in pages; none where the release has no pages */
  constructor(
    readonly path: Path,
    pages: Readonly<Record<string, Field>>,
  ) {
    const fields = path.fields ?? NO_FIELDS;
    this.paged = path.paged === true && pages !== NO_FIELDS;
    this.fields = this.paged ? { ...fields, ...pages } : fields;
  }

  exec(path: string): RegExpExecArray | null {
    this.#regex ??= new RegExp(`^${this.path.pattern.replace(/^\^/, "").replace(/\$$/, "")}$`);
    return this.#regex.exec(path);
  }
}

export interface Match {
  readonly route: Route;
  /** What the path's named groups caught. */
  readonly captures: Readonly<Record<string, string>>;
}

/** A backend as a table of routes. (sdk/framework/backend.go) */
export class Framework {
  readonly routes: readonly Route[];
  readonly unauthenticated: PathSet;
  readonly sudo: PathSet;

  constructor(
    readonly backend: Backend,
    pages: Readonly<Record<string, Field>> = NO_FIELDS,
  ) {
    this.routes = backend.paths.map((path) => new Route(path, pages));
    this.unauthenticated = new PathSet(backend.unauthenticated ?? []);
    this.sudo = new PathSet(backend.sudo ?? []);
  }

  /** The first path whose pattern fits. */
  match(path: string): Match | undefined {
    for (const route of this.routes) {
      const found = route.exec(path);
      if (found === null) continue;
      return { route, captures: captured(found) };
    }
    return undefined;
  }
}

/** A group that took no part is an empty text, as Go's regexp has it. */
function captured(found: RegExpExecArray): Readonly<Record<string, string>> {
  if (found.groups === undefined) return NO_CAPTURES;
  const captures: Record<string, string> = {};
  for (const name of Object.keys(found.groups)) captures[name] = found.groups[name] ?? "";
  return captures;
}

export function handlerOf(path: Path, operation: string): Handler | undefined {
  return path.operations[operation as OperationName];
}
