import type { Backend, Field, Handler, OperationName, Path } from "./backend.js";
import { PathSet } from "./path-set.js";

/** A path of a backend, ready to match. */
export interface Route {
  readonly path: Path;
  readonly regex: RegExp;
  readonly fields: Readonly<Record<string, Field>>;
}

export interface Match {
  readonly route: Route;
  /** What the path's named groups caught. */
  readonly captures: Readonly<Record<string, string>>;
}

const NO_FIELDS: Readonly<Record<string, Field>> = {};
const NO_CAPTURES: Readonly<Record<string, string>> = {};

/** A backend with its patterns compiled once, at mount time. (sdk/framework/backend.go) */
export class Framework {
  readonly routes: readonly Route[];
  readonly unauthenticated: PathSet;
  readonly sudo: PathSet;

  constructor(readonly backend: Backend) {
    this.routes = backend.paths.map((path) => ({
      path,
      regex: new RegExp(`^${path.pattern.replace(/^\^/, "").replace(/\$$/, "")}$`),
      fields: path.fields ?? NO_FIELDS,
    }));
    this.unauthenticated = new PathSet(backend.unauthenticated ?? []);
    this.sudo = new PathSet(backend.sudo ?? []);
  }

  /** The first path whose pattern fits. */
  match(path: string): Match | undefined {
    for (const route of this.routes) {
      const found = route.regex.exec(path);
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
